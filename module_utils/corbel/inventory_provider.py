"""Checks of the provider networks: names, bridges, interfaces, VLAN ranges, MTU."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.inventory_cloud import Cloud, Host
from ansible.module_utils.corbel.naming import nearest
from ansible.module_utils.corbel.preflight_finding import Finding, did_you_mean

LEAST_MTU, MOST_MTU = 1280, 9216
LEAST_VLAN, MOST_VLAN = 1, 4094
MOST_VNI = 2**24 - 1
INTERFACE = re.compile(r"(?!\.{1,2}\Z)[^\s/:,]{1,15}")
# Neutron writes the name into lists such as name:bridge,name:bridge, and into a column of 64 characters.
PHYSICAL = re.compile(r"[^\s:,]{1,64}")
OWN_BRIDGES = {"br-int", "br-tun"}
NEVER_PORTS = {"lo", "ovs-system", *OWN_BRIDGES}


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    yield from provider_networks(cloud)
    yield from physical_networks(cloud)
    yield from tunnel_ids(cloud)


def mapping(value: Any) -> Mapping[str, Any]:
    """Give a dictionary, or an empty one for anything else: its type is another check's finding."""
    return value if isinstance(value, Mapping) else {}


def bad_mtu(value: Any) -> bool:
    """Tell whether a value is a number that cannot be an MTU."""
    return isinstance(value, int) and not isinstance(value, bool) and not LEAST_MTU <= value <= MOST_MTU


def provider_networks(cloud: Cloud) -> Iterator[Finding]:
    """Check the physical networks of each host."""
    for host, rows in cloud.settings("corbel_provider_networks"):
        used: dict[tuple[str, str], int] = {}
        for index, raw in enumerate(rows if isinstance(rows, list) else []):
            row = mapping(raw)
            yield from _provider_names(cloud, host, index, row, used)
            yield from _vlan_ranges(cloud, host, index, row)
            mtu = row.get("mtu")
            if bad_mtu(mtu):
                yield cloud.finding(
                    "INV-028",
                    "corbel_provider_networks",
                    mtu,
                    f"{LEAST_MTU} to {MOST_MTU}",
                    "write the MTU of the interface; 1500 if unsure",
                    host=host,
                    path=(index, "mtu"),
                )


def physical_networks(cloud: Cloud) -> Iterator[Finding]:
    """Check that the networks to make lie on physical networks that are there."""
    variable = "first_resources_networks"
    known = {
        str(mapping(row).get("name"))
        for _, rows in cloud.settings("corbel_provider_networks")
        for row in (rows if isinstance(rows, list) else [])
    }
    wanted = cloud.value(variable)
    for index, raw in enumerate(wanted if isinstance(wanted, list) else []):
        name = mapping(raw).get("physical_network")
        if isinstance(name, str) and name not in known:
            close = nearest(name, known)
            yield cloud.finding(
                "INV-032",
                variable,
                name,
                did_you_mean(name, known, "network of corbel_provider_networks"),
                f"write {close}" if close else "add it to corbel_provider_networks",
                path=(index, "physical_network"),
            )


def tunnel_ids(cloud: Cloud) -> Iterator[Finding]:
    """Check the ids of tunnels; Neutron takes several ranges with commas between."""
    variable = "neutron_vni_range"
    for host, text in cloud.settings(variable):
        parts = [part.strip() for part in text.split(",")] if isinstance(text, str) else []
        if any(not _range(part, MOST_VNI) for part in parts):
            yield cloud.finding(
                "INV-031",
                variable,
                text,
                f"first:last with 1 <= first <= last <= {MOST_VNI}",
                'mend the range; in quotes, such as "1:10000"',
                host=host,
            )


def _provider_names(
    cloud: Cloud, host: Host, index: int, row: Mapping[str, Any], used: dict[tuple[str, str], int]
) -> Iterator[Finding]:
    variable = "corbel_provider_networks"
    rows = cloud.value(variable, host)
    bridges = {mapping(one).get("bridge") for one in rows if isinstance(one, Mapping)}
    for key in ("name", "bridge", "interface"):
        text = row.get(key)
        if not isinstance(text, str):
            continue  # its absence or type is a finding of the argument specification
        if key == "name" and not PHYSICAL.fullmatch(text):
            yield cloud.finding(
                "INV-030",
                variable,
                text,
                "a name of 1 to 64 characters without spaces, colons and commas",
                "write a short name, such as physnet1",
                host=host,
                path=(index, key),
            )
        elif key != "name" and not INTERFACE.fullmatch(text):
            yield cloud.finding(
                "INV-030",
                variable,
                text,
                f"a name of 1 to 15 characters without spaces, /, : and commas for the {key}",
                f"name the {key} of this host that leads to the network",
                host=host,
                path=(index, key),
            )
        elif key == "interface" and (text in NEVER_PORTS or text in bridges):
            yield cloud.finding(
                "INV-030",
                variable,
                text,
                f"an interface that leads out of the host; {text} is "
                + ("a bridge of this list" if text in bridges else "the host's own"),
                "name the interface of this host that leads to the network, such as eth1",
                host=host,
                path=(index, key),
            )
        elif key == "bridge" and text in OWN_BRIDGES:
            yield cloud.finding(
                "INV-030",
                variable,
                text,
                f"another bridge than {' and '.join(sorted(OWN_BRIDGES))}, which Neutron's agent owns",
                "write br-ex, or a name of your own",
                host=host,
                path=(index, key),
            )
        elif used.setdefault((key, text), index) != index:
            yield cloud.finding(
                "INV-030",
                variable,
                text,
                f"a {key} of its own; entry {used[key, text] + 1} of the list has it too",
                f"give each provider network its own {key}; several VLANs share one network of type vlan",
                host=host,
                path=(index, key),
            )


def _vlan_ranges(cloud: Cloud, host: Host, index: int, row: Mapping[str, Any]) -> Iterator[Finding]:
    ranges = row.get("vlan_ranges")
    if not isinstance(ranges, list) or not ranges:
        return
    variable = "corbel_provider_networks"
    if row.get("type", "flat") == "flat":
        yield cloud.finding(
            "INV-031",
            variable,
            ranges,
            "no VLAN ranges on a network of type flat",
            "write type: vlan, or remove vlan_ranges",
            host=host,
            path=(index, "vlan_ranges"),
        )
    seen: list[tuple[int, int]] = []
    for place, text in enumerate(ranges):
        bounds = _range(text)
        overlapping = [one for one in seen if bounds and one[0] <= bounds[1] and bounds[0] <= one[1]]
        if not bounds or overlapping:
            expected = f"first:last with {LEAST_VLAN} <= first <= last <= {MOST_VLAN}"
            if overlapping:
                expected = f"a range apart from {overlapping[0][0]}:{overlapping[0][1]}"
            yield cloud.finding(
                "INV-031",
                variable,
                text,
                expected,
                'mend the range; in quotes, such as "100:199"; one VLAN is "100:100"',
                host=host,
                path=(index, "vlan_ranges", place),
            )
        if bounds:
            seen.append(bounds)


def _range(text: Any, most: int = MOST_VLAN) -> tuple[int, int] | None:
    match = re.fullmatch(r"(\d{1,8}):(\d{1,8})", text, re.ASCII) if isinstance(text, str) else None
    if not match:
        return None
    first, last = int(match[1]), int(match[2])
    return (first, last) if LEAST_VLAN <= first <= last <= most else None
