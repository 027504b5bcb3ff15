"""What a run in check mode would change, as differences: from the items of a plan to those of drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.module_utils.corbel.drift_item import BROKEN, CHANGED, NOT_PLANNED, ONCE, Item
from ansible.module_utils.corbel.plan_collect import HERE

# What follows from another item of the list: a unit that restarts since a file of it changes.
CONSEQUENCE = "changed: "
# What is missing or down, rather than different.
ABSENT = ("create", "start", "install", "lay down", "enable")
# Kinds that the module host_drift reads deeper than a run does, under names of its own.
DEEPER = ("database", "queue", "identity", "bridge", "release")


def differences(plan: Iterable[Mapping[str, Any]], read: Sequence[Item]) -> list[Item]:
    """Give the differences that the items of a plan stand for, beyond what was read of the hosts.

    Where a host's reading has something of a kind that the same playbook mends, the plan says the same in other words.
    What the run makes on the controlling machine (secrets, the operator's credentials) is no part of the cloud: a
    second operator, who has none of it yet, looks at the same hosts.
    """
    known = {_subject(item.kind, item.bundle, item.host) for item in read if item.kind in DEEPER and item.bundle}
    return [
        _item(one)
        for one in plan
        if one["host"] != HERE
        and _subject(str(one["kind"]), str(one.get("service", "")), str(one["host"])) not in known
        and not (one["kind"] == "unit" and str(one.get("reason", "")).startswith(CONSEQUENCE))
    ]


def _subject(kind: str, bundle: str, host: str) -> tuple[str, str, str]:
    """Say what a reading and a plan speak of both; what is there once may be read on another host."""
    return (kind, bundle, "" if kind in ONCE else host)


def _item(one: Mapping[str, Any]) -> Item:
    action, reason = str(one["action"]), str(one.get("reason", ""))
    return Item(
        kind=str(one["kind"]),
        name=f"{one['name']} at boot" if action in ("enable", "disable") else str(one["name"]),
        found=f"to {action}" + (f": {reason}" if reason else ""),
        expected="what the inventory says",
        bundle=str(one.get("service", "")),
        severity=BROKEN if action.startswith(ABSENT) else CHANGED,
        host=str(one["host"]),
    )


def stops(failures: Mapping[str, str], answered: Iterable[str]) -> list[Item]:
    """Say of which hosts the comparison did not get to its end, and whether the controlling machine ended it."""
    return [stop(host, failures[host]) for host in sorted(set(failures) & {*answered, HERE})]


def stop(host: str, reason: str) -> Item:
    """Say that what a run would change is not known to the end."""
    found = f"not compared to the end: {reason}"
    return Item(NOT_PLANNED, "check mode of site.yml", found, "a run in check mode to its end", "", "", BROKEN, host)
