"""Ports of the provider bridges against those of the model. Neutron's own patch ports are known."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.corbel.drift_item import BROKEN, EXPOSED, Item
from ansible.module_utils.corbel.ovs_state import Bridge

PATCH = "patch"
# What the agent calls the two ends between a provider bridge and br-int.
AGENT = "phy-"
NETWORKING = "neutron_openvswitch"


def judge(found: Mapping[str, Bridge], wanted: Iterable[Mapping[str, Any]]) -> list[Item]:
    """Compare each wanted bridge, a dictionary of `name` and the names of its `ports`."""
    items: list[Item] = []
    for bridge in wanted:
        name = str(bridge["name"])
        if name not in found:
            items.append(_missing(name, "bridge"))
            continue
        ports = found[name].ports
        items += [
            _missing(f"{name}: port {port}", f"port {port}") for port in bridge["ports"] if not _has(found[name], port)
        ]
        for port in ports.values():
            own = port.name in bridge["ports"] or set(port.interfaces) & set(bridge["ports"])
            if own or (port.type == PATCH and port.name.startswith(AGENT)):
                continue
            command = f"ovs-vsctl del-port {shlex.quote(name)} {shlex.quote(port.name)}"
            items.append(
                Item(
                    "bridge",
                    f"{name}: port {port.name}",
                    f"a port of type {port.type} that nobody declared",
                    f"ports {', '.join(bridge['ports'])} and Neutron's own",
                    mend=command,
                    severity=EXPOSED,
                )
            )
    return items


def _has(bridge: Bridge, port: str) -> bool:
    return any(port == each.name or port in each.interfaces for each in bridge.ports.values())


def _missing(name: str, expected: str) -> Item:
    return Item("bridge", name, "missing", expected, bundle=NETWORKING, severity=BROKEN)
