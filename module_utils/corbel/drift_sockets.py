"""Listening sockets of a host, in its own and in named network namespaces, against the sockets of the model."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.drift_item import EXPOSED, Item
from ansible.module_utils.corbel.host_checks import FIRST_PROCESS
from ansible.module_utils.corbel.host_facts import LISTENING, open_files, socket_address, text, unit_of

UNCONNECTED = "07"
KERNEL = "kernel"
TABLES = {"tcp": LISTENING, "tcp6": LISTENING, "udp": UNCONNECTED, "udp6": UNCONNECTED}
CLIENT_PORTS = (32768, 60999)
# Of a login, a virtual machine, or somebody's own systemd: no unit to disable.
WITHOUT_UNIT = re.compile(r"\S+\.scope|user unit .*|")


@dataclass(frozen=True)
class Socket:
    """A socket that takes what others send, and who holds it. The namespace is empty for the host's own."""

    protocol: str
    address: str
    port: int
    program: str = KERNEL
    unit: str = ""
    namespace: str = ""
    pid: int = 0


def read(root: Path, run: Callable[[list[str]], str]) -> list[Socket]:
    """Read all sockets; `run` gives the output of a command."""
    low, high = client_ports(root)
    found: list[tuple[str, Socket]] = []
    places = {"": root / "proc/net", **_namespaces(root)}
    for namespace, folder in places.items():
        # Every client that sends a datagram has a socket for a while that cannot be told from that of a service.
        found += [
            (inode, one)
            for inode, one in _table(folder, namespace)
            if not (one.protocol == "udp" and low <= one.port <= high)
        ]
    owners = _owners(root, {inode for inode, _ in found})
    # What no process holds is the kernel's own.
    return _with_socket_units([replace(one, **owners.get(inode, {})) for inode, one in found], run)


def client_ports(root: Path) -> tuple[int, int]:
    """Give the range that the kernel takes the ports of clients from."""
    words = text(root / "proc/sys/net/ipv4/ip_local_port_range").split()
    return (int(words[0]), int(words[1])) if len(words) == 2 else CLIENT_PORTS


def _table(folder: Path, namespace: str) -> Iterable[tuple[str, Socket]]:
    for file, state in TABLES.items():
        for line in text(folder / file).splitlines()[1:]:
            words = line.split()
            if len(words) > 9 and words[3] == state:
                raw, _, port = words[1].partition(":")
                yield words[9], Socket(file[:3], socket_address(raw), int(port, 16), namespace=namespace)


def _namespaces(root: Path) -> dict[str, Path]:
    """Give the tables of the namespaces that have a name and a process."""
    folder = root / "run/netns"
    names = {}
    if folder.is_dir():
        names = {f"net:[{path.stat().st_ino}]": path.name for path in folder.iterdir()}
    found: dict[str, Path] = {}
    for process in (root / "proc").glob("[0-9]*") if names else ():
        try:
            name = names.get(os.readlink(process / "ns/net"))  # noqa: PTH115 - a namespace is no path
        except OSError:
            continue
        if name:
            found.setdefault(name, process / "net")
    return found


def _owners(root: Path, inodes: set[str]) -> dict[str, dict[str, Any]]:
    """Find program, unit and process of sockets. The first process comes last: it holds those of its units too."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[str, dict[str, Any]] = {}
    for process in sorted((root / "proc").glob("[0-9]*"), key=lambda path: -int(path.name)):
        for inode in {wanted[link] for link in open_files(process) if link in wanted}:
            unit = system_unit(text(process / "cgroup"))
            owner = {"program": text(process / "comm").strip(), "unit": unit, "pid": int(process.name)}
            found.setdefault(inode, owner)
    return found


def system_unit(cgroup: str) -> str:
    """Give the unit of a process; one of a user's own systemd must not pass for the system's of the same name."""
    unit = unit_of(cgroup)
    own = "/user.slice/" in cgroup and not unit.endswith(".scope")
    return f"user unit {unit}" if own else unit


def _with_socket_units(sockets: list[Socket], run: Callable[[list[str]], str]) -> list[Socket]:
    """Name the socket units of what systemd holds itself."""
    if not any(one.unit == FIRST_PROCESS for one in sockets):
        return sockets
    rows = json.loads(run(["systemctl", "list-sockets", "--all", "--output=json"]) or "[]")
    units = {str(row.get("listen", "")): str(row.get("unit", "")) for row in rows}
    return [
        replace(one, unit=units.get(_written(one), one.unit)) if one.unit == FIRST_PROCESS else one for one in sockets
    ]


def _written(one: Socket) -> str:
    return f"[{one.address}]:{one.port}" if ":" in one.address else f"{one.address}:{one.port}"


def judge(sockets: Iterable[Socket], rules: Iterable[Mapping[str, Any]]) -> list[Item]:
    """Name the sockets that no rule has; addresses of one holder and port are one item."""
    known = list(rules)
    groups: dict[tuple[Any, ...], list[Socket]] = {}
    expectations: dict[tuple[Any, ...], str] = {}
    for one in sockets:
        expected = complaint(one, known)
        if expected:
            key = (one.namespace, one.protocol, one.port, one.unit, one.program, expected)
            groups.setdefault(key, []).append(one)
            expectations[key] = expected
    return [_item(group, expectations[key]) for key, group in groups.items()]


def complaint(one: Socket, rules: Iterable[Mapping[str, Any]]) -> str:
    """Say what was expected instead of a socket; nothing if it is in the model."""
    near = [rule for rule in rules if _place(one, rule)]
    own = [rule for rule in near if _holder(one, rule)]
    if any(_address(one, rule) for rule in own):
        return ""
    if own:
        addresses = sorted({str(address) for rule in own for address in rule["addresses"]})
        return f"{one.unit or one.program} to listen on {' or '.join(addresses)} only"
    holders = [name for rule in near if rule.get("port") for name in (*rule["units"], *rule["programs"])]
    if holders:
        return f"this port to be that of {' or '.join(dict.fromkeys(holders))}"
    return "no such listener; the model has none"


def _place(one: Socket, rule: Mapping[str, Any]) -> bool:
    low, high = port_range(rule.get("port"))
    return (
        rule["protocol"] in (one.protocol, "any")
        and low <= one.port <= high
        and fnmatchcase(one.namespace, rule["namespace"])
        # A pattern for namespaces does not mean the host's own.
        and bool(one.namespace) == bool(rule["namespace"])
    )


def port_range(port: Any) -> tuple[int, int]:
    """Read a port, a range such as `5900-5999`, or nothing for all ports."""
    low, _, high = str(port or "1-65535").partition("-")
    return int(low), int(high or low)


def _holder(one: Socket, rule: Mapping[str, Any]) -> bool:
    return any(fnmatchcase(one.unit, name) for name in rule["units"]) or any(
        fnmatchcase(one.program, name) for name in rule["programs"]
    )


def _address(one: Socket, rule: Mapping[str, Any]) -> bool:
    """What only the host itself reaches is less than what was allowed."""
    addresses = rule["addresses"]
    return not addresses or one.address in addresses or ip_address(one.address).is_loopback


def _item(group: list[Socket], expected: str) -> Item:
    one = group[0]
    addresses = ", ".join(sorted({_written(each) for each in group}))
    where = f" in the network namespace {one.namespace}" if one.namespace else ""
    name = f"{one.protocol} {one.port}{where}"
    holder = f"{one.program or 'an unknown program'} ({one.unit or 'no unit'})"
    if one.program == KERNEL:
        holder = "the kernel, or a program out of sight"
    return Item("listener", name, f"{holder} on {addresses}{where}", expected, _mend(one, expected), severity=EXPOSED)


def _mend(one: Socket, expected: str) -> str:
    if "to listen on" in expected:
        return f"systemctl restart {one.unit}" if one.unit else f"kill {one.pid}"
    if one.program == KERNEL:
        look = f"ss --listening --numeric --processes --{one.protocol} 'sport = :{one.port}'"
        return f"{look}; then stop what made the kernel listen (NFS, iSCSI, a tunnel)"
    if WITHOUT_UNIT.fullmatch(one.unit):
        return f"kill {one.pid}"
    return f"systemctl disable --now {one.unit}"
