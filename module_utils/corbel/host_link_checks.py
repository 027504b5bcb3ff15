"""Checks of interfaces, bonds, routes and bridges. Pure functions, standard library only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from ansible.module_utils.corbel.host_link_facts import Link, LinkFacts
from ansible.module_utils.corbel.preflight_finding import WARNING, Finding

# Networks that no router should take part in.
QUIET = ("tunnel", "storage")


def check(facts: LinkFacts, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Run all checks of this file."""
    for network, address in expected["addresses"].items():
        link = facts.of_address(address)
        if link:
            yield from of_network(link, network, address, expected["networks"].get(network) or {})
            if network in QUIET and link.name in facts.advertised and link.name != facts.gateway_link:
                yield Finding(
                    "HOST-028",
                    f"a default route of IPv6 on {link.name}, from a router that advertises itself there",
                    f"no router on the {network} network; packets would leave by it",
                    f"stop the router, or set net.ipv6.conf.{link.name}.accept_ra to 0 with host_base_sysctl",
                    variable=f"corbel_networks.{network}",
                    severity=WARNING,
                )
    yield from provider(facts, expected["bridges"])
    yield from routes(facts)


def of_network(link: Link, network: str, address: str, declared: Mapping[str, Any]) -> Iterator[Finding]:
    """Check the interface that has the address of a network."""
    if link.down:
        yield Finding(
            "HOST-023",
            f"interface {link.name} with {address} is down, or has no carrier",
            f"an interface that is up for the {network} network",
            f"look at the cable and the switch, or run: ip link set {link.name} up",
            variable=f"corbel_addresses.{network}",
        )
    mtu = int(declared.get("mtu") or 0)
    if 0 < link.mtu < mtu:
        yield Finding(
            "HOST-024",
            f"MTU {link.mtu} of interface {link.name}",
            f"at least {mtu}, the MTU of the {network} network; larger packets would be lost",
            f"raise it on the host, or lower corbel_networks.{network}.mtu",
            variable=f"corbel_networks.{network}.mtu",
        )
    cidr = str(declared.get("cidr") or "")
    length = dict(link.prefixes).get(address)
    if cidr and length is not None and length != ip_network(cidr, strict=False).prefixlen:
        yield Finding(
            "HOST-025",
            f"{address}/{length} on interface {link.name}",
            f"the prefix of {cidr}, the {network} network; hosts would look for each other behind a router",
            "mend the prefix on the host, or corbel_networks",
            variable=f"corbel_networks.{network}.cidr",
            severity=WARNING,
        )


def provider(facts: LinkFacts, bridges: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Check provider bridges, the MTU of their interfaces, and bonds."""
    known = {one.name: one for one in facts.links}
    for bridge, row in sorted(bridges.items()):
        interface, mtu = str(row["interface"]), int(row.get("mtu") or 0)
        link = known.get(interface)
        if link and 0 < link.mtu < mtu:
            yield Finding(
                "HOST-024",
                f"MTU {link.mtu} of interface {interface}",
                f"at least {mtu}, the MTU of the provider network on {bridge}; larger packets would be lost",
                "raise it on the host, or lower the mtu in corbel_provider_networks",
                variable="corbel_provider_networks",
            )
        others = [port for port in facts.bridges.get(bridge, []) if port != interface]
        if others:
            yield Finding(
                "HOST-027",
                f"bridge {bridge} has the card {', '.join(others)}",
                f"no card but {interface}; two would make a loop, or join two networks",
                f"run: ovs-vsctl del-port {bridge} {others[0]}; or name that one in corbel_provider_networks",
                variable="corbel_provider_networks",
                severity=WARNING,
            )
    for bond in facts.bonds:
        if bond.down or len(bond.members) < 2:
            lost = f"members {', '.join(bond.down)} without a carrier" if bond.down else "fewer than two members"
            yield Finding(
                "HOST-026",
                f"bond {bond.name} with {lost}",
                "two members or more that are up",
                "look at the cables and the switch (/proc/net/bonding/" + bond.name + ")",
                severity=WARNING,
            )


def routes(facts: LinkFacts) -> Iterator[Finding]:
    """Check for a way out."""
    if facts.routed is False:
        yield Finding(
            "HOST-029",
            "no default route of IPv4",
            "one, or packages and time come from sources on a network of the host",
            "add the gateway to the host's network settings",
            severity=WARNING,
        )
