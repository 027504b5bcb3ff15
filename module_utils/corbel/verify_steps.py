# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""The steps of a verification in order, what each needs, and where to look when one fails."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.corbel import verify_cloud, verify_objects
from ansible.module_utils.corbel.verify_cloud import Ask, Cloud, compute_services, network_agents, settled
from ansible.module_utils.corbel.verify_run import Outcome, Step
from ansible.module_utils.corbel.verify_servers import Servers

COMPUTE = ("nova_compute", "nova", "neutron_openvswitch")
NETWORK = ("neutron_openvswitch", "neutron_l3", "neutron")


def steps(cloud: Cloud, servers: Servers, catalogue: list[dict[str, Any]], ask: Ask) -> list[Step]:
    """Return every step; removal comes first, for what an interrupted verification left, and last."""
    make = verify_cloud.make_network
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
        Step("resize", "A server is resized", servers.resize, ("ssh",), COMPUTE),
        Step("migrate", "A server is migrated", servers.migrate, ("ssh",), COMPUTE),
        *verify_objects.steps(cloud, catalogue),
        Step("removal", "Everything is removed", lambda: verify_cloud.clean(cloud), suspects=("nova", "neutron"),
             always=True),
    ]  # fmt: skip


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
