# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""What the verification asks of the control plane, and the resources it makes and removes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.corbel.cloud_api import Api, CloudError
from ansible.module_utils.corbel.verify_run import NotApplicableError, Poll, StepError

PREFIX = "corbel-verify"
# Asks an endpoint for its root: status code, or an exception with what went wrong.
Ask = Callable[[str], int]


@dataclass
class Settings:
    """What the operator chose; see roles/cloud_verify."""

    image: str
    flavor: str
    resize_flavor: str
    external_network: str
    user: str
    servers: int
    migration: str
    keep: bool
    interfaces: list[str]
    cidr: str
    boot_marker: str
    timeouts: dict[str, float]


@dataclass
class Cloud:
    """The cloud under verification and what was found or made so far."""

    api: Api
    settings: Settings
    run_id: str
    poll: Poll
    network_id: str = ""
    subnet_id: str = ""
    router_id: str = ""
    group_id: str = ""
    mtu: int = 0
    has_volumes: bool = False
    servers: list[dict[str, Any]] = field(default_factory=list)
    # Remove what services beside compute and network keep, before that of these two; each gives the number.
    removers: list[Callable[[Cloud], int]] = field(default_factory=list)
    computes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{PREFIX}-{self.run_id}"

    def timeout(self, what: str) -> float:
        return self.settings.timeouts[what]

    def one(self, service: str, path: str, key: str, what: str) -> dict[str, Any]:
        """Return the only element of a collection, or say what is missing."""
        found = self.api.items(service, path, key)
        if len(found) != 1:
            raise StepError(f"found {len(found)} {what}, expected one; playbooks/resources.yml makes it")
        return found[0]


def endpoints(cloud: Cloud, catalogue: list[dict[str, Any]], ask: Ask) -> str:
    """Every endpoint of the catalogue answers over TLS with a certificate that this machine trusts."""
    urls = sorted(
        {
            endpoint["url"].partition("%(")[0]
            for service in catalogue
            for endpoint in service["endpoints"]
            if endpoint["interface"] in cloud.settings.interfaces
        }
    )
    problems = []
    for url in urls:
        if not url.startswith("https://"):
            problems.append(f"{url} is not https")
            continue
        try:
            status = ask(url)
        except OSError as error:
            problems.append(f"{url}: {error}")
            continue
        if status >= 500:
            problems.append(f"{url} answered {status}")
    if problems:
        raise StepError("; ".join(problems))
    if not urls:
        raise StepError(f"the catalogue has no endpoint for {', '.join(cloud.settings.interfaces)}")
    return f"{len(urls)} endpoints answer over TLS"


def settled(cloud: Cloud, look: Callable[[Cloud], str]) -> str:
    """Look again for a while: what was restarted reports late."""
    complaint: StepError | None = None

    def ask() -> str | None:
        nonlocal complaint
        try:
            return look(cloud)
        except StepError as error:
            complaint = error
            return None

    try:
        return str(cloud.poll.until(ask, cloud.timeout("settle"), lambda: str(complaint)))
    except StepError as error:
        raise StepError(str(error), complaint.host if complaint else None) from error


def compute_services(cloud: Cloud) -> str:
    """Every compute service is up and enabled."""
    services = cloud.api.items("compute", "/os-services", "services")
    down = sorted((entry["host"], entry["binary"]) for entry in services if entry["state"] != "up")
    if down:
        raise StepError(f"down: {', '.join(f'{binary} on {host}' for host, binary in down)}", down[0][0])
    usable = [entry for entry in services if entry["binary"] == "nova-compute" and entry["status"] == "enabled"]
    cloud.computes = sorted(entry["host"] for entry in usable)
    if not cloud.computes:
        raise StepError("the compute service knows no enabled compute host; expected every host of group nova_compute")
    return f"{len(services)} up; compute hosts {', '.join(cloud.computes)}"


def network_agents(cloud: Cloud) -> str:
    """Every network agent is alive."""
    agents = cloud.api.items("network", "/agents", "agents")
    dead = sorted((entry["host"], entry["agent_type"]) for entry in agents if not entry["alive"])
    if dead:
        raise StepError(f"not alive: {', '.join(f'{kind} on {host}' for host, kind in dead)}", dead[0][0])
    if not agents:
        raise StepError("the network service knows no agent; expected one on every network and compute host")
    return f"{len(agents)} alive"


def make_network(cloud: Cloud) -> str:
    """Make a tenant network with a router to the external network, and a security group for the servers."""
    api, settings, name = cloud.api, cloud.settings, cloud.name
    path = f"/networks?name={settings.external_network}&router:external=true"
    external = cloud.one("network", path, "networks", f"external networks named {settings.external_network}")
    made = api.call("network", "POST", "/networks", {"network": {"name": name}})["network"]
    cloud.network_id, cloud.mtu = made["id"], made.get("mtu") or 1450
    subnet = {"network_id": cloud.network_id, "name": name, "ip_version": 4, "cidr": settings.cidr}
    cloud.subnet_id = api.call("network", "POST", "/subnets", {"subnet": subnet})["subnet"]["id"]
    router = {"name": name, "external_gateway_info": {"network_id": external["id"]}}
    cloud.router_id = api.call("network", "POST", "/routers", {"router": router})["router"]["id"]
    interface = f"/routers/{cloud.router_id}/add_router_interface"
    api.call("network", "PUT", interface, {"subnet_id": cloud.subnet_id})
    group = {"security_group": {"name": name, "description": PREFIX}}
    cloud.group_id = api.call("network", "POST", "/security-groups", group)["security_group"]["id"]
    allow(cloud, "icmp", None)
    allow(cloud, "tcp", 22)
    kind = made.get("provider:network_type", "unknown type")
    return f"{kind} network {settings.cidr}, MTU {cloud.mtu}, router to {settings.external_network}"


def allow(cloud: Cloud, protocol: str, port: int | None) -> str:
    rule = {
        "security_group_id": cloud.group_id,
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": protocol,
        "port_range_min": port,
        "port_range_max": port,
    }
    made = cloud.api.call("network", "POST", "/security-group-rules", {"security_group_rule": rule})
    return str(made["security_group_rule"]["id"])


def forbid_ssh(cloud: Cloud) -> None:
    """Remove the rule that lets SSH in."""
    path = f"/security-group-rules?security_group_id={cloud.group_id}"
    for rule in cloud.api.items("network", path, "security_group_rules"):
        if rule["direction"] == "ingress" and rule["port_range_min"] == 22:
            cloud.api.call("network", "DELETE", f"/security-group-rules/{rule['id']}")


def leftovers(cloud: Cloud) -> list[tuple[str, str, str]]:
    """Return what a verification made and has not removed, as service, path and name."""
    found = []
    collections = (
        ("compute", f"/servers?name={PREFIX}", "servers", "/servers"),
        ("network", f"/floatingips?description={PREFIX}", "floatingips", "/floatingips"),
        ("network", f"/routers?project_id={cloud.api.project_id}", "routers", "/routers"),
        ("network", f"/networks?project_id={cloud.api.project_id}", "networks", "/networks"),
        ("network", f"/security-groups?description={PREFIX}", "security_groups", "/security-groups"),
    )
    for service, query, key, path in collections:
        for entry in cloud.api.items(service, query, key):
            name = entry.get("name") or entry.get("description") or ""
            if name.startswith(PREFIX):
                found.append((service, f"{path}/{entry['id']}", name))
    for entry in cloud.api.items("compute", "/os-keypairs", "keypairs"):
        if entry["keypair"]["name"].startswith(PREFIX):
            found.append(("compute", f"/os-keypairs/{entry['keypair']['name']}", entry["keypair"]["name"]))
    return found


def volume_leftovers(cloud: Cloud) -> list[tuple[str, str, str]]:
    """Return the same of volumes, what depends on others first; nothing in a cloud without the service."""
    if not cloud.has_volumes:
        return []
    found = []
    for kind in ("backups", "snapshots", "volumes"):
        for entry in cloud.api.items("block_storage", f"/{kind}/detail", kind):
            if (entry.get("name") or "").startswith(PREFIX):
                found.append(("block_storage", f"/{kind}/{entry['id']}", entry["name"]))
    return found


def clean_volumes(cloud: Cloud) -> int:
    """Remove volumes and what is made of them; what others depend on goes when those are gone."""
    removed = len(volume_leftovers(cloud))

    def none_left() -> bool | None:
        left = volume_leftovers(cloud)
        for service, path, _ in left:
            # A volume with snapshots, or one that is still being detached, is refused: ask again.
            with contextlib.suppress(CloudError):
                cloud.api.call(service, "DELETE", path)
        return None if left else True

    def complaint() -> str:
        return f"could not remove {', '.join(f'{path} ({name})' for _, path, name in volume_leftovers(cloud))}"

    cloud.poll.until(none_left, cloud.timeout("volume"), complaint)
    return removed


def clean(cloud: Cloud) -> str:
    """Remove everything that this or an interrupted verification made."""
    if cloud.settings.keep and cloud.network_id:
        raise NotApplicableError(f"kept as asked: everything named {cloud.name}; the next verification removes it")
    others = sum(remove(cloud) for remove in cloud.removers)
    found = leftovers(cloud)
    for service, path, _ in found:
        if path.startswith("/routers/"):
            detach(cloud, path)
        # What is gone or still in use is seen below.
        with contextlib.suppress(CloudError):
            cloud.api.call(service, "DELETE", path)
        if path.startswith("/servers/"):
            gone(cloud, path)
    volumes = clean_volumes(cloud)
    left = leftovers(cloud)
    if left:
        raise StepError(f"could not remove {', '.join(sorted(f'{path} ({name})' for _, path, name in left))}")
    removed = len(found) + volumes + others
    return f"{removed} resources removed" if removed else "nothing to remove"


def detach(cloud: Cloud, router: str) -> None:
    identifier = router.rpartition("/")[2]
    for port in cloud.api.items("network", f"/ports?device_id={identifier}", "ports"):
        for address in port["fixed_ips"] if "interface" in port["device_owner"] else []:
            with contextlib.suppress(CloudError):
                path = f"{router}/remove_router_interface"
                cloud.api.call("network", "PUT", path, {"subnet_id": address["subnet_id"]})


def gone(cloud: Cloud, server: str) -> None:
    """Wait until a server is gone: its port and address are in use until then."""
    identifier = server.rpartition("/")[2]

    def absent() -> bool | None:
        known = cloud.api.items("compute", f"/servers?uuid={identifier}", "servers")
        return None if any(entry["id"] == identifier for entry in known) else True

    cloud.poll.until(absent, cloud.timeout("delete"), lambda: f"server {identifier} was not gone")
