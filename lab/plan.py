"""Addresses, interfaces and hardware addresses of a lab, computed from its topology."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from lab.errors import LabError
from lab.topology import Host, Network, Topology

# Reserved for tests of devices (RFC 2544): in use nowhere but in laboratories.
POOL = ipaddress.IPv4Network("198.18.0.0/15")


@dataclass(frozen=True)
class Link:
    """One interface of a host and what it is plugged into."""

    network: Network
    interface: str  # in the host
    port: str  # in the namespace of the lab
    mac: str
    address: str | None
    prefix: int
    gateway: str | None  # the default route


@dataclass(frozen=True)
class Plan:
    """A lab with all its addresses."""

    name: str
    topology: Topology
    range: ipaddress.IPv4Network
    cidrs: dict[str, ipaddress.IPv4Network]

    @property
    def machine_address(self) -> str:
        """The machine's end of the link between machine and lab: the last /30 of the range."""
        return str(self.range[-3])

    @property
    def lab_address(self) -> str:
        """The lab's end of that link."""
        return str(self.range[-2])

    def bridge(self, network: Network) -> str:
        """Name of a network's bridge."""
        return f"br{self.topology.networks.index(network)}"

    def gateway(self, network: Network) -> str:
        """The lab's own address on a network."""
        return str(self.cidrs[network.name][1])

    @property
    def gateways(self) -> list[str]:
        """All addresses at which hosts reach the lab."""
        return [self.gateway(network) for network in self.topology.networks if network.gateway]

    def host(self, name: str) -> Host:
        """The host of that name."""
        for host in self.topology.hosts:
            if host.name == name:
                return host
        known = ", ".join(host.name for host in self.topology.hosts)
        raise LabError(f"lab {self.name} has no host {name!r}; expected one of {known}.")

    def links(self, host: Host) -> list[Link]:
        """The interfaces of a host, eth0 first."""
        links = []
        lab = hashlib.sha256(self.name.encode()).digest()[0]
        for position, name in enumerate(host.networks):
            network = next(entry for entry in self.topology.networks if entry.name == name)
            index = self.topology.networks.index(network)
            cidr = self.cidrs[name]
            links.append(
                Link(
                    network,
                    f"eth{position}",
                    f"h{host.number}n{index}",
                    f"52:54:00:{lab:02x}:{host.number:02x}:{index:02x}",
                    str(cidr[host.number]) if network.addresses else None,
                    cidr.prefixlen,
                    self.gateway(network) if position == 0 else None,
                )
            )
        return links

    def address(self, host: Host) -> str:
        """Where a host is reached."""
        return str(self.cidrs[self.topology.networks[0].name][host.number])

    def addresses(self, host: Host) -> dict[str, str]:
        """Network to address, for the inventory."""
        return {link.network.name: link.address for link in self.links(host) if link.address}

    def serials(self, host: Host) -> list[str]:
        """Serial numbers of a host's further disks, by which the inventory names them."""
        return [f"{self.name}-{host.name}-disk{index}" for index in range(1, len(host.disks) + 1)]


def choose_range(wanted: str | None, taken: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """The range asked for, or the first free /20; refuses what the machine or another lab uses."""
    used = list(taken)
    if wanted is None:
        # The first /20 is left to labs that name their range.
        for candidate in list(POOL.subnets(new_prefix=20))[1:]:
            if not any(candidate.overlaps(other) for other in used):
                return candidate
        raise LabError(
            f"no free /20 in {POOL}; remove a lab (python3 -m lab status lists them) or give a topology a `range`."
        )
    chosen = ipaddress.IPv4Network(wanted)
    for other in used:
        if chosen.overlaps(other):
            raise LabError(
                f"the range {chosen} overlaps {other}, which this machine uses; "
                "give the topology another `range`, or `auto`."
            )
    return chosen


def make(name: str, topology: Topology, chosen: ipaddress.IPv4Network) -> Plan:
    """Give every network its addresses."""
    free = chosen.subnets(new_prefix=24)
    cidrs: dict[str, ipaddress.IPv4Network] = {}
    for network in topology.networks:
        cidr = ipaddress.IPv4Network(network.cidr) if network.cidr else next(free)
        if not cidr.subnet_of(chosen) or cidr.prefixlen > 24:
            raise LabError(f"network {network.name} is {cidr}; expected a /24 or larger inside the range {chosen}.")
        for other, taken in cidrs.items():
            if cidr.overlaps(taken):
                raise LabError(
                    f"network {network.name} ({cidr}) overlaps {other} ({taken}); give each a `cidr` of its own."
                )
        cidrs[network.name] = cidr
    plan = Plan(name, topology, chosen, cidrs)
    last = ipaddress.IPv4Address(plan.machine_address)
    for key, cidr in cidrs.items():
        if last in cidr:
            raise LabError(
                f"network {key} ({cidr}) covers the end of the range {chosen}, which links machine and lab; move it."
            )
    return plan
