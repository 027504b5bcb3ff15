"""Checks of addresses and networks: form, uniqueness, membership, overlap, virtual addresses."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.inventory_addresses import Address, Network, address_of, network_of, unfit, usable
from ansible.module_utils.corbel.inventory_cloud import Cloud, Host
from ansible.module_utils.corbel.inventory_provider import LEAST_MTU, MOST_MTU, bad_mtu, mapping
from ansible.module_utils.corbel.naming import nearest
from ansible.module_utils.corbel.preflight_finding import Finding, did_you_mean

MANAGEMENT = "management"
TUNNEL = "tunnel"
DOTTED = re.compile(r"[\d.]*")


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    yield from networks(cloud)
    yield from addresses(cloud)
    yield from ssh_addresses(cloud)
    yield from shared_addresses(cloud)
    yield from needed_networks(cloud)
    yield from virtual_addresses(cloud)
    yield from router_ids(cloud)
    yield from allocation_ranges(cloud)


def declared(cloud: Cloud) -> dict[str, Network]:
    """Give the networks whose CIDR can be read."""
    found: dict[str, Network] = {}
    for name, body in mapping(cloud.value("corbel_networks")).items():
        network = network_of(mapping(body).get("cidr"))
        if network:
            found[str(name)] = network
    return found


def networks(cloud: Cloud) -> Iterator[Finding]:
    """Check the networks themselves."""
    variable = "corbel_networks"
    for name, raw in mapping(cloud.value(variable)).items():
        body = mapping(raw)
        cidr, mtu = body.get("cidr"), body.get("mtu")
        network = network_of(cidr)
        if isinstance(cidr, str) and not network:
            near = network_of(cidr, strict=False, mask=True)
            yield cloud.finding(
                "INV-020",
                variable,
                cidr,
                f"a network in CIDR form, such as {near or '192.0.2.0/24'}",
                f"write {near}" if near else "write address/prefix length",
                path=(name, "cidr"),
            )
        elif network and unfit(network):
            yield cloud.finding(
                "INV-020",
                variable,
                cidr,
                "a network that hosts can have: neither loopback, multicast, link-local nor reserved",
                "choose a network of your own, such as a part of 10.0.0.0/8",
                path=(name, "cidr"),
            )
        if bad_mtu(mtu):
            yield cloud.finding(
                "INV-028",
                variable,
                mtu,
                f"{LEAST_MTU} to {MOST_MTU}",
                "write the MTU of the interfaces on this network; 1500 if unsure",
                path=(name, "mtu"),
            )
    for (one, first), (other, second) in itertools.combinations(declared(cloud).items(), 2):
        if first.version == second.version and first.overlaps(second):
            yield cloud.finding(
                "INV-023",
                variable,
                str(second),
                f"a range apart from network {one}, {first}",
                "give the two networks separate ranges",
                path=(other, "cidr"),
            )


def addresses(cloud: Cloud) -> Iterator[Finding]:
    """Check each host's address on each network."""
    variable = "corbel_addresses"
    known = declared(cloud)
    names = set(mapping(cloud.value("corbel_networks")))
    # A name that even the argument specification does not know is already a finding.
    possible = set(mapping(cloud.knowledge.specs.get(variable)).get("options") or names)
    for host, raw in cloud.settings(variable):
        for name, text in mapping(raw).items():
            if names and name not in names:
                if name not in possible:
                    continue
                close = nearest(str(name), names)
                if close and close not in possible:
                    continue  # the misspelled one is in corbel_networks, and a finding there
                yield cloud.finding(
                    "INV-027",
                    variable,
                    None,
                    did_you_mean(str(name), names, "network of corbel_networks"),
                    f"write {close}" if close else f"declare {name} in corbel_networks, or remove it here",
                    host=host,
                    path=(name,),
                    found=f"an address on network {name}, which corbel_networks does not declare",
                )
                continue
            address = address_of(text)
            if not address:
                if isinstance(text, str):
                    yield cloud.finding(
                        "INV-020", variable, text, "an IP address", "write the address alone", host=host, path=(name,)
                    )
            elif name in known and not usable(address, known[name]):
                yield cloud.finding(
                    "INV-022",
                    variable,
                    text,
                    f"a host address of network {name}, {known[name]}",
                    f"mend the address, or the CIDR of {name} in {_place(cloud, str(name))}",
                    host=host,
                    path=(name,),
                )


def _place(cloud: Cloud, network: str) -> str:
    return cloud.where("corbel_networks", path=(network, "cidr")) or "corbel_networks"


def ssh_addresses(cloud: Cloud) -> Iterator[Finding]:
    """Check that what looks like an address that Ansible connects to is one."""
    for host, text in cloud.settings("ansible_host"):
        if not isinstance(text, str) or (DOTTED.fullmatch(text) and not address_of(text)):
            yield cloud.finding(
                "INV-020",
                "ansible_host",
                text,
                "an IP address without leading zeros, or a name",
                "write the address alone",
                host=host,
            )


def shared_addresses(cloud: Cloud) -> Iterator[Finding]:
    """Find one address in two places."""
    owners: dict[Address, tuple[Host, str]] = {}
    for host, raw in cloud.settings("corbel_addresses"):
        for name, text in mapping(raw).items():
            address = address_of(text)
            if not address:
                continue
            first = owners.setdefault(address, (host, str(name)))
            if first != (host, str(name)):
                again = f"it is also the {first[1]} address of host {first[0].name}"
                where = cloud.where("corbel_addresses", first[0], (first[1],))
                yield cloud.finding(
                    "INV-021",
                    "corbel_addresses",
                    text,
                    f"an address of its own; {again} ({where})",
                    "give one of the two another address",
                    host=host,
                    path=(name,),
                )
    seen: dict[tuple[str, str], Host] = {}
    for host, text in cloud.settings("ansible_host"):
        port = str(cloud.value("ansible_port", host) or 22)
        owner = seen.setdefault((str(address_of(text) or text).casefold(), port), host)
        if owner is not host:
            yield cloud.finding(
                "INV-021",
                "ansible_host",
                text,
                f"an address of its own; host {owner.name} has it too ({cloud.where('ansible_host', owner)})",
                "give one of the two another address",
                host=host,
            )


def needed_networks(cloud: Cloud) -> Iterator[Finding]:
    """Find hosts without an address on a network that a service they run needs."""
    known = set(mapping(cloud.value("corbel_networks")))
    needed: dict[str, dict[str, str]] = {name: {MANAGEMENT: "every host"} for name in cloud.hosts}
    undeclared: dict[str, str] = {}
    for entry in cloud.enabled().values():
        for network in entry.get("networks") or []:
            if network not in known:
                undeclared.setdefault(network, str(entry["name"]))
            for host in cloud.members(str(entry["name"])):
                needed[host.name].setdefault(network, str(entry["name"]))
    # Without tunnels, servers share the VLANs of provider networks.
    replaced = {TUNNEL} if _has_vlans(cloud) else set()
    for network, service in undeclared.items():
        if known and network not in replaced:
            yield cloud.finding(
                "INV-026",
                "corbel_networks",
                None,
                f"network {network}, which {service} needs",
                f"add {network}: {{cidr: …}}"
                + (", or give a provider network vlan_ranges to use instead" if network == TUNNEL else ""),
                found=f"no network {network}",
            )
    for host in cloud.hosts.values():
        own = mapping(cloud.value("corbel_addresses", host))
        for network, service in needed[host.name].items():
            if own and network in known and network not in own:
                yield cloud.finding(
                    "INV-026",
                    "corbel_addresses",
                    None,
                    f"an address on network {network}, which {service} needs",
                    f"add {network}: <address> to corbel_addresses of the host",
                    host=host,
                    found=f"no address on network {network}",
                )


def _has_vlans(cloud: Cloud) -> bool:
    rows = [row for _, found in cloud.settings("corbel_provider_networks") if isinstance(found, list) for row in found]
    return any(mapping(row).get("vlan_ranges") for row in rows)


def virtual_addresses(cloud: Cloud) -> Iterator[Finding]:
    """Check the two addresses that move between load balancers."""
    known = declared(cloud)
    owners = _owners(cloud)
    for variable in ("corbel_internal_vip", "corbel_public_vip"):
        text = cloud.value(variable)
        if not isinstance(text, str):
            continue
        address = address_of(text)
        if not address:
            yield cloud.finding("INV-020", variable, text, "an IP address", "write the address alone")
            continue
        if address in owners:
            yield cloud.finding(
                "INV-024", variable, text, f"a free address; this is {owners[address]}", "choose an address no host has"
            )
        elif MANAGEMENT in known and not usable(address, known[MANAGEMENT]):
            yield cloud.finding(
                "INV-025",
                variable,
                text,
                f"a free address of network management, {known[MANAGEMENT]}",
                "choose an address inside; load balancers hold it on their management interface",
            )


def router_ids(cloud: Cloud) -> Iterator[Finding]:
    """Check that the two virtual addresses move under ids of their own."""
    internal, public = "keepalived_router_id_internal", "keepalived_router_id_public"
    number = cloud.value(public)
    if number is not None and number == cloud.value(internal):
        written = internal if cloud.sources.of(internal) and not cloud.sources.of(public) else public
        yield cloud.finding(
            "INV-004",
            written,
            number,
            f"a number of its own; {public if written == internal else internal} is {number} as well",
            "choose another number from 1 to 255 that nothing else on the management network uses",
        )


def allocation_ranges(cloud: Cloud) -> Iterator[Finding]:
    """Check the ranges that the first networks hand out; in those outside, no address may be taken."""
    variable = "first_resources_networks"
    owners = _owners(cloud)
    for vip in ("corbel_internal_vip", "corbel_public_vip"):
        if address := address_of(cloud.value(vip)):
            owners.setdefault(address, vip)
    for path, network, subnet, row in _pools(cloud.value(variable)):
        first, last = address_of(row.get("start")), address_of(row.get("end"))
        cidr = network_of(subnet.get("cidr"))
        if not first or not last or int(first) > int(last) or (cidr and not (first in cidr and last in cidr)):
            yield cloud.finding(
                "INV-029",
                variable,
                dict(row),
                f"start and end of a range inside {cidr or 'the subnet'}, start first",
                "mend start or end",
                path=path,
            )
            continue
        taken = [one for one in owners if network.get("external") and _between(first, one, last)]
        if taken:
            text = ", ".join(f"{one} ({owners[one]})" for one in sorted(taken, key=int))
            yield cloud.finding(
                "INV-029",
                variable,
                None,
                "a range of addresses that nobody has",
                "shorten the range, or move the addresses",
                path=path,
                found=f"range {first} to {last} with {text} in it",
            )


def _pools(
    wanted: Any,
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]]:
    """Give each range that can be read, with its place, its network and its subnet."""
    for index, raw in enumerate(_listed(wanted)):
        network = mapping(raw)
        for place, inner in enumerate(_listed(network.get("subnets"))):
            subnet = mapping(inner)
            for number, row in enumerate(_listed(subnet.get("pools"))):
                if isinstance(row, Mapping) and "start" in row and "end" in row:
                    yield (index, "subnets", place, "pools", number), network, subnet, row


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _between(first: Address, one: Address, last: Address) -> bool:
    return first.version == one.version == last.version and int(first) <= int(one) <= int(last)


def _owners(cloud: Cloud) -> dict[Address, str]:
    """Say whose each address is."""
    found = {
        address: f"the {name} address of host {host.name}"
        for host, raw in cloud.settings("corbel_addresses")
        for name, text in mapping(raw).items()
        if (address := address_of(text))
    }
    found |= {
        address: f"the address Ansible reaches host {host.name} at"
        for host, text in cloud.settings("ansible_host")
        if (address := address_of(text)) and address not in found
    }
    return found
