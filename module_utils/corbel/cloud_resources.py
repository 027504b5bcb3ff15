# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Brings the resources of a cloud to what is declared: read everything once, compute the change, apply it in order."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.corbel.cloud_api import Api
from ansible.module_utils.corbel.cloud_images import Images
from ansible.module_utils.corbel.cloud_kinds import Flavors, Keypairs, Kind, Quotas, State, VolumeTypes
from ansible.module_utils.corbel.cloud_networks import Networks, Routers, SecurityGroups, Subnets
from ansible.module_utils.corbel.cloud_plan import Change, Item

# What is later in the list may refer to what is earlier.
KINDS: dict[str, type[Kind]] = {
    "flavors": Flavors,
    "keypairs": Keypairs,
    "images": Images,
    "networks": Networks,
    "subnets": Subnets,
    "routers": Routers,
    "security_groups": SecurityGroups,
    "volume_types": VolumeTypes,
    "quotas": Quotas,
}
# Kinds whose names are needed to understand another kind.
NEEDS = {"subnets": ("networks",), "routers": ("networks", "subnets")}


def with_subnets(wanted: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """Return the wanted resources with the subnets, given within their networks, as a kind of their own."""
    subnets = [
        {**subnet, "network": network["name"]}
        for network in wanted.get("networks") or []
        if network.get("state", "present") == "present"
        for subnet in network.get("subnets") or []
    ]
    return {**wanted, "subnets": subnets}


class NothingThere:
    """A cloud without anything: what check mode compares with where no cloud answers yet."""

    project_id = ""

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return {}

    def items(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        return []

    def upload(self, path: str, source: Any) -> None:
        return None


class Resources:
    """The resources of one cloud: `plan` computes the changes, `apply` makes them."""

    def __init__(self, api: Api, wanted: dict[str, list[Item]]) -> None:
        self.wanted = {kind: items for kind, items in with_subnets(wanted).items() if items}
        self.state = State()
        self.kinds = {option: made(api, self.state) for option, made in KINDS.items()}
        self.removals: list[tuple[Kind, Change]] = []
        self.changes: list[tuple[Kind, Change]] = []

    def plan(self) -> list[Change]:
        needed = {need for kind in self.wanted for need in NEEDS.get(kind, ())}
        for option, kind in self.kinds.items():
            if option in self.wanted or option in needed:
                kind.read(self.wanted.get(option, []))
        for option, items in self.wanted.items():
            for change in self.kinds[option].plan(items):
                chosen = self.removals if change.action == "delete" else self.changes
                chosen.append((self.kinds[option], change))
        order = list(self.kinds.values())
        self.changes.sort(key=lambda entry: order.index(entry[0]))
        self.removals.sort(key=lambda entry: -order.index(entry[0]))
        return [change for _, change in (*self.removals, *self.changes)]

    def apply(self) -> None:
        for kind, change in (*self.removals, *self.changes):
            kind.apply(change)
