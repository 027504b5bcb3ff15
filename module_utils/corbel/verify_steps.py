# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""The steps of a verification in order, what each needs, and where to look when one fails."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.corbel import verify_cloud, verify_objects
from ansible.module_utils.corbel.verify_cloud import Ask, Cloud, compute_services, network_agents, settled
from ansible.module_utils.corbel.verify_dashboard import Dashboard
from ansible.module_utils.corbel.verify_run import Outcome, Step
from ansible.module_utils.corbel.verify_servers import Servers
from ansible.module_utils.corbel.verify_stack import Stack
from ansible.module_utils.corbel.verify_transfer import Enter, Transfer
from ansible.module_utils.corbel.verify_volumes import Volumes

VOLUME_TYPES = ("block-storage", "volumev3")
COMPUTE = ("nova_compute", "nova", "neutron_openvswitch")
VOLUME = ("cinder_volume", "cinder", "nova_compute")
NETWORK = ("neutron_openvswitch", "neutron_l3", "neutron")


def steps(
    cloud: Cloud,
    servers: Servers,
    catalogue: list[dict[str, Any]],
    ask: Ask,
    *,
    stack: Stack | None = None,
    dashboard: Dashboard | None = None,
    enter: Enter | None = None,
) -> list[Step]:
    """Return every step; removal comes first, for what an interrupted verification left, and last."""
    make = verify_cloud.make_network
    cloud.has_volumes = any(service.get("type") in VOLUME_TYPES for service in catalogue)
    return [
        Step("endpoints", "Endpoints answer over TLS", lambda: verify_cloud.endpoints(cloud, catalogue, ask),
             suspects=("load_balancer", "keystone")),
        Step("services", "Compute services are up", lambda: settled(cloud, compute_services),
             suspects=("nova", "nova_compute", "message_queue")),
        Step("agents", "Network agents are alive", lambda: settled(cloud, network_agents),
             suspects=("neutron", "neutron_openvswitch", "message_queue")),
        Step("leftovers", "Nothing is left of an earlier run", lambda: verify_cloud.clean(cloud),
             suspects=("nova", "neutron")),
        Step("network", "Network, router and rules are made", lambda: make(cloud), ("leftovers",), ("neutron",)),
        Step("servers", "Servers become active", servers.create, ("services", "network"), COMPUTE),
        Step("console", "Consoles show the boot", servers.booted, ("servers",), ("nova_compute", "nova")),
        Step("address", "A floating IP is associated", servers.associate, ("servers",), ("neutron", "neutron_l3")),
        Step("ssh", "SSH works from this machine", servers.connect, ("address",),
             ("neutron_l3", "neutron_metadata", "neutron_dhcp", "neutron_openvswitch")),
        Step("metadata", "The metadata service answers", servers.metadata, ("ssh",), ("neutron_metadata", "nova")),
        Step("neighbours", "Servers reach each other", servers.neighbours, ("ssh",), ("neutron_openvswitch",)),
        Step("rule", "Removing the SSH rule cuts it", servers.cut, ("ssh",), ("neutron_openvswitch", "neutron")),
        # While the servers are on different hosts still.
        *(volume_steps(Volumes(cloud, servers), enter) if cloud.has_volumes else []),
        Step("resize", "A server is resized", servers.resize, ("ssh",), COMPUTE),
        Step("migrate", "A server is migrated", servers.migrate, ("ssh",), COMPUTE),
        *(stack_steps(stack) if stack else []),
        *(dashboard_steps(dashboard) if dashboard else []),
        *verify_objects.steps(cloud, catalogue),
        Step("removal", "Everything is removed", lambda: verify_cloud.clean(cloud), suspects=("nova", "neutron"),
             always=True),
    ]  # fmt: skip


def stack_steps(stack: Stack) -> list[Step]:
    """Return the steps of a cloud that has orchestration."""
    suspects = ("heat", "nova", "neutron")
    return [
        Step("stack", "A stack is made and signalled", stack.create, ("servers", "address"), suspects),
        Step("stack-update", "A stack is updated", stack.update, ("stack",), suspects),
        Step("stack-rollback", "A failed update rolls back", stack.roll_back, ("stack-update",), suspects),
        Step("stack-delete", "A stack leaves nothing", stack.delete, ("stack",), suspects),
    ]


def dashboard_steps(dashboard: Dashboard) -> list[Step]:
    """Return the steps of a cloud that has a dashboard."""
    suspects = ("horizon", "load_balancer", "keystone")
    return [Step("dashboard", "The dashboard lets in who may", dashboard.check, suspects=suspects)]


def volume_steps(volumes: Volumes, enter: Enter | None) -> list[Step]:
    """Return the steps of a cloud with block storage; a second account needs a way to enter."""
    transfer = Transfer(volumes, enter) if enter else None
    return [
        Step("volume_services", "Volume services are up", lambda: settled(volumes.cloud, lambda _: volumes.services()),
             suspects=("cinder_volume", "cinder", "message_queue")),
        Step("volume", "A volume is made", volumes.create, ("volume_services",), VOLUME),
        Step("volume_write", "A server writes to a volume", volumes.write, ("volume", "ssh"), VOLUME),
        # While the volume is small: what takes long is copied byte by byte.
        Step("volume_backup", "A backup is made and restored", volumes.backup, ("volume_write",),
             ("cinder_backup", "swift", "cinder")),
        Step("volume_elsewhere", "Another reads it and sees it grow", volumes.elsewhere, ("volume_write",), VOLUME),
        Step("volume_copy", "Snapshots and clones are true", volumes.copy, ("volume_elsewhere",), VOLUME),
        Step("volume_boot", "A server boots from a volume", volumes.boot, ("volume",), VOLUME),
        *([Step("volume_transfer", "A volume is handed over", transfer.hand_over, ("volume",), (*VOLUME, "keystone"))]
          if transfer else []),
        Step("volume_retype", "A volume gets another type", volumes.retype, ("volume_copy",), VOLUME),
        Step("volume_full", "A backend without room says so", volumes.full, ("volume",), VOLUME),
    ]  # fmt: skip


def alone(cloud: Cloud) -> list[Step]:
    """Return the steps of object storage without the rest of OpenStack."""
    return verify_objects.steps(cloud, [{"type": verify_objects.TYPE}])


def places(outcomes: list[Outcome], groups: dict[str, list[str]], units: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return on which host to read the journal of which units, most suspect first, each host once."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.result != "failed":
            continue
        for suspect in outcome.suspects:
            hosts = groups.get(suspect, [])
            for host in [outcome.host] if outcome.host in hosts else hosts:
                known = found.setdefault(str(host), [])
                known += [unit for unit in units.get(suspect, []) if unit not in known]
    return [{"host": host, "units": names} for host, names in found.items() if names]


def unit_names(catalogue: list[dict[str, Any]], others: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the units of every group: those of the catalogue's entries and of what they stand on."""
    entries = {
        entry["name"]: [part["name"] for part in (*entry.get("apis", []), *entry.get("daemons", []))]
        for entry in catalogue
    }
    merged = {name: [*names, *others.get(name, [])] for name, names in entries.items()}
    return {**others, **merged}
