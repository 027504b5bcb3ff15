"""The change that leads from the bridges of a host to the wanted ones, as one transaction, or why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.corbel.ovs_state import Bridge, Host, OvsError, Port

# The kernel's limit is 15 characters.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}")
# The master that the kernel shows for an interface in a bridge of Open vSwitch.
OVS_MASTER = "ovs-system"
Item = Mapping[str, Any]


@dataclass
class Plan:
    """Commands of one transaction, interfaces to bring up, and the same in words."""

    commands: list[list[str]] = field(default_factory=list)
    up: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def do(self, sentence: str, *commands: list[str]) -> None:
        """Add a change."""
        self.changes.append(sentence)
        self.commands += commands

    def transaction(self) -> list[str]:
        """Arguments of ovs-vsctl for everything at once."""
        arguments: list[str] = []
        for command in self.commands:
            arguments += ["--", *command]
        return arguments


def compute_change(host: Host, bridges: list[Item], purge_ports: bool) -> Plan:
    """The plan for the wanted bridges; refuses as a whole, naming everything that is in the way."""
    problems = _mistakes(bridges) or [
        *(problem for item in bridges for problem in _dangers(host, item, purge_ports)),
    ]
    if problems:
        raise OvsError("nothing was changed: " + "; ".join(problems))
    plan = Plan()
    for item in bridges:
        _bridge(plan, host, item, purge_ports)
    return plan


def _is_absent(item: Item) -> bool:
    return item.get("state") == "absent"


def _present_ports(item: Item) -> list[Item]:
    return [port for port in item["ports"] if not _is_absent(port)]


def _mistakes(bridges: list[Item]) -> list[str]:
    """What is wrong with the wishes themselves."""
    problems = []
    places: dict[str, str] = {}
    names = [item["name"] for item in bridges]
    problems += [f"the bridge '{name}' is listed twice; list it once" for name in _repeated(names)]
    for item in bridges:
        for name in (item["name"], *(port["name"] for port in item["ports"])):
            if not NAME.fullmatch(name):
                problems.append(
                    f"'{name}' is no name of an interface; 1 to 15 letters, digits, '_', '.' and '-' are expected"
                )
        for port in _present_ports(item):
            if port["name"] in names:
                problems.append(f"'{port['name']}' is a bridge and cannot be a port of '{item['name']}'")
            if port["name"] in places:
                problems.append(
                    f"the port '{port['name']}' is listed for '{places[port['name']]}' and for '{item['name']}'; "
                    "an interface can be in one bridge only"
                )
            places[port["name"]] = item["name"]
    return problems


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _dangers(host: Host, item: Item, purge_ports: bool) -> Iterable[str]:
    """What on the host forbids the change of one bridge."""
    name = item["name"]
    bridge = host.bridges.get(name)
    if _is_absent(item):
        yield from _removal_dangers(host, item, bridge, purge_ports)
        return
    if bridge is None and name in host.links:
        yield (
            f"the bridge '{name}' cannot be made because this host has another interface of that name; "
            "remove that one or choose another name"
        )
    for port in _present_ports(item):
        if bridge is None or port["name"] not in bridge.ports:
            yield from _attachment_dangers(host, name, port)
        elif port["type"] == "system" and port["name"] not in host.links:
            yield _missing(host, name, port["name"])
    for removed in _removed_ports(item, bridge, purge_ports):
        yield from _protected(host, removed, f"taken out of '{name}'")


def _removal_dangers(host: Host, item: Item, bridge: Bridge | None, purge_ports: bool) -> Iterable[str]:
    if bridge is None:
        return
    yield from _protected(host, bridge.name, "removed")
    for port in bridge.ports:
        yield from _protected(host, port, f"taken out of '{bridge.name}'")
    foreign = sorted(set(bridge.ports) - {port["name"] for port in item["ports"]})
    if foreign and not purge_ports:
        yield (
            f"the bridge '{bridge.name}' is to be removed and has ports that are not listed ({', '.join(foreign)}); "
            "list them or set purge_ports to true"
        )


def _protected(host: Host, name: str, fate: str) -> Iterable[str]:
    if name in host.protected:
        yield (
            f"'{name}' cannot be {fate} because it {_carries(host.protected[name])}; "
            "connect through another interface, or name another one"
        )


def _carries(reason: str) -> str:
    return reason if reason.startswith("carries") else f"is {reason}"


def _attachment_dangers(host: Host, bridge: str, port: Item) -> Iterable[str]:
    """Why an interface cannot become a port."""
    name = port["name"]
    owner = host.owner(name)
    if owner:
        inside = f" (in the port '{owner[1]}')" if owner[1] != name else ""
        yield (
            f"'{name}' is wanted in the bridge '{bridge}' and is in the bridge '{owner[0]}'{inside}; "
            f"take it out there with 'ovs-vsctl del-port {owner[0]} {owner[1]}', or name another interface"
        )
        return
    link = host.links.get(name)
    if port["type"] != "system":
        if link:
            yield (
                f"the {port['type']} port '{name}' of '{bridge}' cannot be made because this host has another "
                "interface of that name; choose another name"
            )
        return
    if link is None:
        yield _missing(host, bridge, name)
        return
    if link.loopback:
        yield f"'{name}' is the loopback interface and cannot be a port of '{bridge}'; name another interface"
    if name in host.protected:
        yield from _protected(host, name, f"put into the bridge '{bridge}'")
    elif link.global_addresses():
        yield (
            f"'{name}' is wanted in the bridge '{bridge}' and has the address {', '.join(link.global_addresses())}, "
            "which would stop to answer; remove the address from the host's network configuration, "
            "or name another interface"
        )
    if link.master and link.master != OVS_MASTER:
        yield (
            f"'{name}' is wanted in the bridge '{bridge}' and is a member of '{link.master}'; "
            f"name '{link.master}' instead, or take '{name}' out of it"
        )


def _missing(host: Host, bridge: str, name: str) -> str:
    named = [link.name for link in host.links.values() if name in link.other_names]
    if named:
        return f"'{name}' is another name of the interface '{named[0]}'; write '{named[0]}' for the bridge '{bridge}'"
    # The nearest name would be a guess: names of interfaces differ in a digit.
    free = ", ".join(
        sorted(
            link.name
            for link in host.links.values()
            if not (link.loopback or link.master or link.global_addresses() or link.name in host.protected)
            and link.name not in host.bridges
        )
    )
    return (
        f"'{name}' is wanted in the bridge '{bridge}' and this host has no such interface; "
        f"its interfaces that are free: {free or '(none)'}"
    )


def _removed_ports(item: Item, bridge: Bridge | None, purge_ports: bool) -> list[str]:
    """Ports to take out of a bridge that stays."""
    if bridge is None:
        return []
    absent = {port["name"] for port in item["ports"] if _is_absent(port)}
    wanted = {port["name"] for port in _present_ports(item)}
    return [name for name in sorted(bridge.ports) if name in absent or (purge_ports and name not in wanted)]


def _bridge(plan: Plan, host: Host, item: Item, purge_ports: bool) -> None:
    name = item["name"]
    bridge = host.bridges.get(name)
    if _is_absent(item):
        if bridge:
            plan.do(f"remove the bridge {name}", ["del-br", name])
            plan.before[name] = {"ports": sorted(bridge.ports)}
        return
    found = bridge or Bridge(name)
    if bridge is None:
        plan.do(f"make the bridge {name}", ["add-br", name])
    _settings(plan, "Bridge", name, _bridge_settings(item, found), f"bridge {name}")
    for removed in _removed_ports(item, bridge, purge_ports):
        plan.do(f"take {removed} out of {name}", ["del-port", name, removed])
    for port in _present_ports(item):
        _port(plan, name, port, found.ports.get(port["name"]))
        if port["type"] == "system" and not host.links[port["name"]].up:
            plan.up.append(port["name"])
            plan.changes.append(f"bring up {port['name']}")
    _note_ports(plan, bridge, item, purge_ports)


def _note_ports(plan: Plan, bridge: Bridge | None, item: Item, purge_ports: bool) -> None:
    before = set(bridge.ports) if bridge else set()
    after = before - set(_removed_ports(item, bridge, purge_ports)) | {port["name"] for port in _present_ports(item)}
    if bridge is None or before != after:
        if bridge is not None:
            plan.before.setdefault(item["name"], {})["ports"] = sorted(before)
        plan.after.setdefault(item["name"], {})["ports"] = sorted(after)


def _bridge_settings(item: Item, found: Bridge) -> dict[str, tuple[Any, Any]]:
    settings: dict[str, tuple[Any, Any]] = {}
    for column in ("fail_mode", "datapath_type"):
        if item.get(column) and item[column] != getattr(found, column):
            settings[column] = (getattr(found, column), item[column])
    return settings | _map_settings(item, found)


def _map_settings(item: Item, found: Bridge | Port) -> dict[str, tuple[Any, Any]]:
    """Keys that are given; other keys belong to somebody else."""
    settings = {}
    for column in ("external_ids", "other_config"):
        current = getattr(found, column)
        for key, value in sorted((item.get(column) or {}).items()):
            if current.get(str(key)) != _text(value):
                settings[f"{column}:{quoted(str(key))}"] = (current.get(str(key)), _text(value))
    return settings


def _text(value: Any) -> str:
    """Values of maps are text; Open vSwitch writes truth in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def quoted(text: str) -> str:
    """Text so that ovs-vsctl takes no character of it for syntax."""
    return json.dumps(text, ensure_ascii=False)


def _assignment(column: str, value: Any) -> str:
    if isinstance(value, list):
        return f"{column}={','.join(map(str, value)) if value else '[]'}"
    return f"{column}={value if isinstance(value, int) else quoted(value)}"


def _settings(plan: Plan, table: str, name: str, settings: Mapping[str, tuple[Any, Any]], what: str) -> None:
    if not settings:
        return
    columns = [_assignment(column, new) for column, (_, new) in settings.items()]
    plan.do(f"set {', '.join(sorted(settings))} of the {what}", ["set", table, name, *columns])
    plan.before.setdefault(what, {}).update({column: old for column, (old, _) in settings.items()})
    plan.after.setdefault(what, {}).update({column: new for column, (_, new) in settings.items()})


def _port(plan: Plan, bridge: str, item: Item, existing: Port | None) -> None:
    name = item["name"]
    found = existing or Port(name)
    if existing is None:
        plan.do(f"put {name} into {bridge}", ["add-port", bridge, name])
    settings: dict[str, tuple[Any, Any]] = {}
    if item.get("tag") is not None and item["tag"] != found.tag:
        settings["tag"] = (found.tag, item["tag"])
    if item.get("trunks") is not None and sorted(item["trunks"]) != found.trunks:
        settings["trunks"] = (found.trunks, sorted(item["trunks"]))
    _settings(plan, "Port", name, settings | _map_settings(item, found), f"port {name}")
    interface: dict[str, tuple[Any, Any]] = {}
    if item["type"] != found.type:
        interface["type"] = (found.type, item["type"])
    if item.get("peer") and item["peer"] != found.peer:
        interface["options:peer"] = (found.peer, item["peer"])
    _settings(plan, "Interface", name, interface, f"interface {name}")
