"""Bridges, ports and routes of a lab, in network namespaces of its own; one veth pair joins them to the machine."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import shutil
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.paths import LabPaths
from lab.plan import Link, Plan
from lab.run import run
from lab.topology import Host

NAMESPACES = Path("/run/netns")
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
UPLINK = "uplink"


def machine_state() -> dict[str, Any]:
    """Whether the machine forwards, and whether it has the folder that iproute2 mounts for its namespaces."""
    return {"forwarding": FORWARDING.read_text().strip(), "namespaces": NAMESPACES.exists()}


def restore_machine(before: dict[str, Any]) -> None:
    """Undo what all labs together changed; a namespace that somebody else made since keeps the folder."""
    FORWARDING.write_text(before["forwarding"])
    if before.get("namespaces") is False and NAMESPACES.is_dir() and not any(NAMESPACES.iterdir()):
        # iproute2 binds the folder to itself, which is not to be told from a plain folder by its device.
        with contextlib.suppress(LabError):
            run(["umount", str(NAMESPACES)])
        NAMESPACES.rmdir()


def used_ranges(ignore: set[str]) -> list[ipaddress.IPv4Network]:
    """The networks this machine has addresses in or routes to, not counting some interfaces."""
    routes = json.loads(run(["ip", "-json", "-4", "route", "show", "table", "all"]) or "[]")
    found = []
    for route in routes:
        if route["dst"] == "default" or route.get("dev") in ignore or route.get("type") in ("broadcast", "multicast"):
            continue
        network = ipaddress.IPv4Network(route["dst"], strict=False)
        if network.prefixlen and not network.is_loopback:
            found.append(network)
    return found


def _batch(namespace: str | None, lines: list[str]) -> None:
    if lines:
        run(["ip", *(["-n", namespace] if namespace else []), "-batch", "-"], stdin="\n".join(lines) + "\n")


def _links(namespace: str | None = None) -> set[str]:
    found = json.loads(run(["ip", *(["-n", namespace] if namespace else []), "-json", "link", "show"]) or "[]")
    return {link["ifname"] for link in found}


def _namespace(name: str) -> None:
    path = NAMESPACES / name
    # A file that is no mount is what is left of a namespace whose mounts went with a machine or a container.
    if path.exists() and path.stat().st_dev == path.parent.stat().st_dev:
        path.unlink()
    if not path.exists():
        run(["ip", "netns", "add", name])
    run(["ip", "-n", name, "link", "set", "lo", "up"])


def _set(namespace: str, **values: str) -> None:
    """Set sysctls that exist in a namespace; which ones do depends on the machine's kernel."""
    script = 'for pair; do file="/proc/sys/net/${pair%%=*}"; [ ! -e "$file" ] || echo "${pair#*=}" >"$file"; done'
    pairs = [f"{key.replace('__', '/')}={value}" for key, value in values.items()]
    run(["ip", "netns", "exec", namespace, "sh", "-c", script, "sh", *pairs])


def ruleset(lab: LabPaths, plan: Plan) -> str:
    """The lab's table on the machine: what leaves the lab takes the machine's address, and fits its uplink."""
    sources = ", ".join(str(plan.cidrs[network.name]) for network in plan.topology.networks if network.masquerade)
    sources = f"{sources}, {plan.lab_address}"
    return f"""table ip {lab.table} {{}}
delete table ip {lab.table}
table ip {lab.table} {{
    chain postrouting {{
        type nat hook postrouting priority srcnat;
        ip saddr {{ {sources} }} ip daddr != {plan.range} oifname != "{lab.uplink}" masquerade
    }}
    chain forward {{
        type filter hook forward priority mangle;
        iifname "{lab.uplink}" tcp flags syn tcp option maxseg size set rt mtu
        oifname "{lab.uplink}" tcp flags syn tcp option maxseg size set rt mtu
    }}
}}
"""


def create(lab: LabPaths, plan: Plan) -> None:
    """Make what is missing of the lab's networks; what exists stays."""
    _namespace(lab.namespace)
    _set(
        lab.namespace,
        ipv4__ip_forward="1",
        **{"bridge__bridge-nf-call-iptables": "0", "bridge__bridge-nf-call-ip6tables": "0"},
    )
    if UPLINK not in _links(lab.namespace):
        if lab.uplink in _links():
            _batch(None, [f"link delete {lab.uplink}"])
        _batch(None, [f"link add {lab.uplink} type veth peer name {UPLINK} netns {lab.namespace}"])
    _batch(
        lab.namespace,
        [
            f"addr replace {plan.lab_address}/30 dev {UPLINK}",
            f"link set {UPLINK} up",
            f"route replace default via {plan.machine_address}",
        ],
    )
    lines = [f"addr replace {plan.machine_address}/30 dev {lab.uplink}", f"link set {lab.uplink} up"]
    lines += [
        f"route replace {plan.cidrs[network.name]} via {plan.lab_address}"
        for network in plan.topology.networks
        if network.gateway
    ]
    _batch(None, lines)
    run(["nft", "-f", "-"], stdin=ruleset(lab, plan))
    FORWARDING.write_text("1")
    existing = _links(lab.namespace)
    lines = []
    for network in plan.topology.networks:
        bridge = plan.bridge(network)
        if bridge not in existing:
            # No address of its own on the wire and no snooping: what hosts send arrives, VRRP's multicast too.
            lines.append(f"link add {bridge} type bridge forward_delay 0 mcast_snooping 0")
        lines.append(f"link set {bridge} mtu {network.mtu} up")
        if network.gateway:
            cidr = plan.cidrs[network.name]
            lines.append(f"addr replace {plan.gateway(network)}/{cidr.prefixlen} dev {bridge}")
    _batch(lab.namespace, lines)


def plug(lab: LabPaths, plan: Plan, host: Host) -> None:
    """Make a host's ports: taps for a User Mode Linux host, veth pairs into a namespace of its own for a container."""
    existing = _links(lab.namespace)
    inside = lab.host_namespace(host.name)
    if host.kind == "container":
        _namespace(inside)
    lines = []
    for link in plan.links(host):
        if link.port not in existing:
            lines.append(_port(host, link, inside))
        lines.append(f"link set {link.port} mtu {link.network.mtu} master {plan.bridge(link.network)} up")
    _batch(lab.namespace, lines)


def _port(host: Host, link: Link, inside: str) -> str:
    if host.kind == "uml":
        return f"tuntap add name {link.port} mode tap"
    peer = f"peer name {link.interface} address {link.mac} mtu {link.network.mtu} netns {inside}"
    return f"link add {link.port} type veth {peer}"


def unplug(lab: LabPaths, plan: Plan, host: Host) -> None:
    """Take a container's network away with all state its kernel keeps; a User Mode Linux host's dies with it."""
    if (NAMESPACES / lab.host_namespace(host.name)).exists():
        # They would go with the namespace in their own time, and `plug` would take one that goes for one that stays.
        existing = _links(lab.namespace)
        _batch(lab.namespace, [f"link delete {link.port}" for link in plan.links(host) if link.port in existing])
        run(["ip", "netns", "delete", lab.host_namespace(host.name)])


def set_link(lab: LabPaths, plan: Plan, host: Host, network: str | None, up: bool) -> list[str]:
    """Cut or heal a host's cable to one network, or to all; gives the names of the networks."""
    links = [link for link in plan.links(host) if network in (None, link.network.name)]
    if not links:
        raise LabError(f"{host.name} is not on network {network!r}; expected one of {', '.join(host.networks)}.")
    _batch(lab.namespace, [f"link set {link.port} {'up' if up else 'down'}" for link in links])
    return [link.network.name for link in links]


def cut_links(lab: LabPaths, plan: Plan, host: Host) -> list[str]:
    """Networks a host is cut from."""
    shown = json.loads(run(["ip", "-n", lab.namespace, "-json", "link", "show"]))
    up = {link["ifname"] for link in shown if "UP" in link["flags"]}
    return [link.network.name for link in plan.links(host) if link.port not in up]


def destroy(lab: LabPaths) -> None:
    """Remove every namespace, interface, route and table of a lab, whatever of it exists."""
    if NAMESPACES.is_dir():
        for path in sorted(NAMESPACES.iterdir()):
            if path.name == lab.namespace or path.name.startswith(f"{lab.namespace}."):
                run(["ip", "netns", "delete", path.name])
    # It goes with the namespace of its peer, but in its own time.
    if Path("/sys/class/net", lab.uplink).exists():
        with contextlib.suppress(LabError):
            run(["ip", "link", "delete", lab.uplink])
        if Path("/sys/class/net", lab.uplink).exists():
            raise LabError(f"the interface {lab.uplink} stays; expected to delete it: ip link delete {lab.uplink}")
    if shutil.which("nft"):
        run(["nft", "-f", "-"], stdin=f"table ip {lab.table} {{}}\ndelete table ip {lab.table}\n")
