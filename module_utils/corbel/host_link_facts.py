"""Network interfaces of a host: state, MTU, bonds, routes and bridges. Standard library only."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.host_files import names, text
from ansible.module_utils.corbel.host_run import Run

ROUTE_UP, ROUTE_GATEWAY = 0x1, 0x2
# The kernel's flag of a route that came with a router advertisement.
ADVERTISED = 0x00040000
OVS_SOCKET = "run/openvswitch/db.sock"


@dataclass(frozen=True)
class Link:
    """A network interface."""

    name: str
    mtu: int = 0
    # Whether it is off, or without a carrier; drivers that cannot tell have one.
    down: bool = False
    mac: str = ""
    # Address to length of its prefix.
    prefixes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Bond:
    """A bond, and those of its members that carry nothing."""

    name: str
    members: tuple[str, ...]
    down: tuple[str, ...] = ()


@dataclass
class LinkFacts:
    """What the checks of the network look at; empty is not known."""

    links: list[Link] = field(default_factory=list)
    bonds: list[Bond] = field(default_factory=list)
    # None: the table of routes could not be read.
    routed: bool | None = None
    # Of the default route; without an address where it leads to a line with one other end.
    gateway: str = ""
    gateway_link: str = ""
    # Interfaces on which a router advertised itself.
    advertised: list[str] = field(default_factory=list)
    # Cards in each bridge of Open vSwitch.
    bridges: dict[str, list[str]] = field(default_factory=dict)

    def of_address(self, address: str) -> Link | None:
        """Give the interface that has an address."""
        return next((one for one in self.links if address in dict(one.prefixes)), None)

    def gateway_source(self) -> str:
        """Give the host's address in the network of the default gateway."""
        if not self.gateway:
            return ""
        there = ip_address(self.gateway)
        own = [row for one in self.links if one.name == self.gateway_link for row in one.prefixes]
        return next((local for local, length in own if there in ip_network(f"{local}/{length}", strict=False)), "")


def gather(root: Path, addresses: str, bridges: Iterable[str], run: Run) -> LinkFacts:
    """Read everything; `addresses` is the answer of `ip -j address show`."""
    table = text(root / "proc/net/route")
    route = default_route(table)
    return LinkFacts(
        links=links(addresses),
        bonds=bonds(root),
        routed=bool(route) if table else None,
        gateway=route[0] if route else "",
        gateway_link=route[1] if route else "",
        advertised=advertised(text(root / "proc/net/ipv6_route")),
        bridges=cards(root, bridges, run),
    )


def links(output: str) -> list[Link]:
    """Read the answer of `ip -j address show`."""
    rows: list[dict[str, Any]] = json.loads(output or "[]")
    return [
        Link(
            row["ifname"],
            int(row.get("mtu") or 0),
            row.get("operstate") == "DOWN" and "LOWER_UP" not in row.get("flags", []),
            str(row.get("address", "")),
            tuple((one["local"], int(one.get("prefixlen", 0))) for one in row.get("addr_info", []) if "local" in one),
        )
        for row in rows
        if "ifname" in row
    ]


def bonds(root: Path) -> list[Bond]:
    """Read the bonds of the kernel and which members are without a carrier."""
    found = []
    net = root / "sys/class/net"
    for name in text(net / "bonding_masters").split():
        members = tuple(text(net / name / "bonding/slaves").split())
        down = tuple(one for one in members if text(net / one / "operstate").strip() == "down")
        found.append(Bond(name, members, down))
    return found


def default_route(table: str) -> tuple[str, str] | None:
    """Give gateway and interface of the default route with the least metric."""
    best: tuple[int, str, str] | None = None
    for line in table.splitlines()[1:]:
        words = line.split()
        if len(words) < 8 or words[1] != "00000000" or words[7] != "00000000" or not int(words[3], 16) & ROUTE_UP:
            continue
        gateway = ""
        if int(words[3], 16) & ROUTE_GATEWAY:
            gateway = socket.inet_ntoa(struct.pack("=I", int(words[2], 16)))
        row = (int(words[6]), gateway, words[0])
        best = row if best is None or row[0] < best[0] else best
    return best[1:] if best else None


def advertised(table: str) -> list[str]:
    """Name the interfaces whose default route of IPv6 came with a router advertisement."""
    rows = [line.split() for line in table.splitlines()]
    return sorted(
        {
            words[9]
            for words in rows
            if len(words) > 9 and words[1] == "00" and set(words[0]) == {"0"} and int(words[8], 16) & ADVERTISED
        }
    )


def cards(root: Path, bridges: Iterable[str], run: Run) -> dict[str, list[str]]:
    """Name the network cards in each of these bridges, where Open vSwitch runs."""
    if not (root / OVS_SOCKET).exists():
        return {}
    net = root / "sys/class/net"
    known = set(names(net))
    found = {}
    for bridge in sorted(set(bridges) & known):
        output = run(["ovs-vsctl", "--timeout=5", "list-ports", bridge])
        found[bridge] = [port for port in output.split() if (net / port / "device").exists()]
    return found
