"""What a run in check mode would change, as differences: from the items of a plan to those of drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.corbel.drift_item import BROKEN, CHANGED, Item

# What follows from another item of the list: a unit that restarts since a file of it changes.
CONSEQUENCE = "changed: "
# What is missing or down, rather than different.
ABSENT = ("create", "start", "install", "lay down", "enable")
# A host can be as declared although these are not: the run makes them on the controlling machine.
ELSEWHERE = ("secret",)


def differences(plan: Iterable[Mapping[str, Any]]) -> list[Item]:
    """Give the differences that the items of a plan stand for."""
    return [
        _item(one)
        for one in plan
        if one["kind"] not in ELSEWHERE
        and not (one["kind"] == "unit" and str(one.get("reason", "")).startswith(CONSEQUENCE))
    ]


def _item(one: Mapping[str, Any]) -> Item:
    action, reason = str(one["action"]), str(one.get("reason", ""))
    return Item(
        kind=str(one["kind"]),
        name=str(one["name"]),
        found=f"to {action}" + (f": {reason}" if reason else ""),
        expected="what the inventory says",
        bundle=str(one.get("service", "")),
        severity=BROKEN if action.startswith(ABSENT) else CHANGED,
        host=str(one["host"]),
    )
