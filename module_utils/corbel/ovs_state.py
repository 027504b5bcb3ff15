"""What a host's Open vSwitch and kernel have: bridges, ports, links, and the links that a connection needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any

# Columns read, by table; the order is that of the answers.
COLUMNS = {
    "Bridge": ("_uuid", "name", "ports", "fail_mode", "datapath_type", "external_ids", "other_config"),
    "Port": ("_uuid", "name", "interfaces", "tag", "trunks", "external_ids", "other_config"),
    "Interface": ("_uuid", "name", "type", "options"),
}


class OvsError(Exception):
    """The bridges cannot be brought about; the message says what mends it."""


@dataclass
class Port:
    """A port of a bridge; `interfaces` are more than one for a bond."""

    name: str
    type: str = "system"
    peer: str = ""
    tag: int | None = None
    trunks: list[int] = field(default_factory=list)
    external_ids: dict[str, str] = field(default_factory=dict)
    other_config: dict[str, str] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)


@dataclass
class Bridge:
    """A bridge, without its local port among the ports."""

    name: str
    fail_mode: str = ""
    datapath_type: str = "system"
    external_ids: dict[str, str] = field(default_factory=dict)
    other_config: dict[str, str] = field(default_factory=dict)
    ports: dict[str, Port] = field(default_factory=dict)


@dataclass
class Link:
    """A network interface of the kernel."""

    name: str
    up: bool = False
    loopback: bool = False
    addresses: list[str] = field(default_factory=list)
    master: str = ""
    parent: str = ""
    other_names: list[str] = field(default_factory=list)

    def global_addresses(self) -> list[str]:
        """Addresses that somebody set; a link-local IPv6 address comes by itself."""
        return [address for address in self.addresses if not is_link_local(address)]


@dataclass
class Host:
    """Everything a plan is made from."""

    bridges: dict[str, Bridge] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    # Links whose change would cut the connection of the run, each with the reason.
    protected: dict[str, str] = field(default_factory=dict)

    def owner(self, interface: str) -> tuple[str, str] | None:
        """Bridge and port that an interface belongs to."""
        for bridge in self.bridges.values():
            for port in bridge.ports.values():
                if interface == port.name or interface in port.interfaces:
                    return bridge.name, port.name
        return None


def read_command() -> list[str]:
    """Arguments of ovs-vsctl that give all tables in one call."""
    arguments = ["--format=json"]
    for table, columns in COLUMNS.items():
        arguments += ["--", f"--columns={','.join(columns)}", "list", table]
    return arguments


def parse_tables(text: str) -> dict[str, Bridge]:
    """The bridges from the answer of `read_command`."""
    tables = _tables(text)
    interfaces = {row["_uuid"]: row for row in tables["Interface"]}
    ports = {row["_uuid"]: _port(row, interfaces) for row in tables["Port"]}
    bridges = {}
    for row in tables["Bridge"]:
        own = [ports[uuid] for uuid in _several(row["ports"]) if uuid in ports]
        bridges[row["name"]] = Bridge(
            name=row["name"],
            fail_mode=_one(row["fail_mode"]) or "",
            datapath_type=row["datapath_type"] or "system",
            external_ids=row["external_ids"],
            other_config=row["other_config"],
            ports={port.name: port for port in own if port.name != row["name"]},
        )
    return bridges


def _tables(text: str) -> dict[str, list[dict[str, Any]]]:
    decoder = json.JSONDecoder()
    found: dict[str, list[dict[str, Any]]] = {}
    position = 0
    try:
        for table in COLUMNS:
            while text[position : position + 1].isspace():
                position += 1
            answer, position = decoder.raw_decode(text, position)
            found[table] = [dict(zip(answer["headings"], map(_value, row), strict=True)) for row in answer["data"]]
    except (ValueError, KeyError, TypeError) as error:
        raise OvsError(
            f"ovs-vsctl gave something else than three JSON tables ({error}); look at its version"
        ) from error
    return found


def _value(cell: Any) -> Any:
    """A cell in Python's terms: identifiers as text, sets as lists, maps as dictionaries."""
    if isinstance(cell, list) and len(cell) == 2:
        kind, content = cell
        if kind == "uuid":
            return content
        if kind == "set":
            return [_value(each) for each in content]
        if kind == "map":
            return {str(key): str(value) for key, value in content}
    return cell


def _several(value: Any) -> list[Any]:
    """A set of one is written without being a set."""
    return value if isinstance(value, list) else [value]


def _one(value: Any) -> Any:
    """An optional value; absent ones are empty sets."""
    values = _several(value)
    return values[0] if values else None


def _port(row: Mapping[str, Any], interfaces: Mapping[str, Mapping[str, Any]]) -> Port:
    own = [interfaces[uuid] for uuid in _several(row["interfaces"]) if uuid in interfaces]
    first: Mapping[str, Any] = own[0] if own else {"type": "", "options": {}}
    return Port(
        name=row["name"],
        type=first["type"] or "system",
        peer=first["options"].get("peer", ""),
        tag=_one(row["tag"]),
        trunks=sorted(_several(row["trunks"])),
        external_ids=row["external_ids"],
        other_config=row["other_config"],
        interfaces=[each["name"] for each in own],
    )


def lacking_features(text: str, required: Mapping[str, Any], bridge: str) -> list[str]:
    """What a datapath lacks, as sentences, from the answer of `ovs-appctl dpif/show-dp-features`."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        found[name.strip().lower()] = value.strip()
    return [
        f"found '{name}: {found.get(name.lower(), 'not named')}' in the datapath of the bridge '{bridge}', expected "
        f"'{name}: Yes'; {mending}"
        for name, mending in required.items()
        if found.get(name.lower()) != "Yes"
    ]


def parse_links(text: str) -> dict[str, Link]:
    """The links from the answer of `ip -json -details address show`."""
    links = {}
    for entry in json.loads(text or "[]"):
        if not entry.get("ifname"):
            continue
        flags = entry.get("flags", [])
        links[entry["ifname"]] = Link(
            name=entry["ifname"],
            up="UP" in flags,
            loopback="LOOPBACK" in flags,
            addresses=[info["local"] for info in entry.get("addr_info", []) if info.get("local")],
            master=entry.get("master", ""),
            # A parent in another network namespace is given by number only and cannot be meant here.
            parent=entry.get("link") or "",
            other_names=entry.get("altnames", []),
        )
    return links


def is_link_local(address: str) -> bool:
    """Whether an address is one that an interface gives itself."""
    found = ip_address(address.partition("%")[0])
    return isinstance(found, IPv6Address) and found.is_link_local


def plain_address(text: str) -> str:
    """An address as the kernel prints it, or an empty string for anything else."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def ssh_addresses(connection: str) -> tuple[str, str]:
    """Address of the client and of this host from SSH_CONNECTION; empty strings when it says nothing."""
    words = connection.split()
    if len(words) != 4:
        return "", ""
    return plain_address(words[0]), plain_address(words[2])


def route_device(text: str) -> str:
    """The interface in the answer of `ip -json route get`."""
    try:
        routes = json.loads(text or "[]")
        return str(routes[0].get("dev", "")) if routes else ""
    except ValueError:
        return ""


def holders(links: Mapping[str, Link], address: str) -> list[str]:
    """Links that have an address."""
    return [name for name, link in links.items() if address and address in link.addresses]


def protect(starts: Mapping[str, str], links: Mapping[str, Link], bridges: Mapping[str, Bridge]) -> dict[str, str]:
    """The links that the given ones depend on, with the reason: parents, members, and ports of the same bridges."""
    found = {name: reason for name, reason in starts.items() if not (name in links and links[name].loopback)}
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        for other, relation in _needed(name, links, bridges):
            if other not in found:
                found[other] = f"{relation} '{name}', which {_short(found[name])}"
                waiting.append(other)
    return found


def _short(reason: str) -> str:
    return reason if reason.startswith("carries") else f"is {reason}"


def _needed(name: str, links: Mapping[str, Link], bridges: Mapping[str, Bridge]) -> Iterable[tuple[str, str]]:
    link = links.get(name)
    if link and link.parent:
        yield link.parent, "linked with"
    for member in links.values():
        if member.master == name:
            yield member.name, "a member of"
    for bridge in bridges.values():
        names = {bridge.name} | {interface for port in bridge.ports.values() for interface in port.interfaces}
        if name in names:
            for other in sorted(names - {name}):
                yield other, f"in the bridge '{bridge.name}' together with"
            for port in bridge.ports.values():
                if port.name == name and port.peer:
                    yield port.peer, "the peer of"
