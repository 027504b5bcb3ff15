# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""What must change so that a cloud has the resources that are wanted. Pure: no call, no clock, no file."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]

# Options of an item that say what to do with it, not what it is.
CONTROL = frozenset({"state", "name", "file", "url", "sha256", "subnets", "rules"})


@dataclass(frozen=True)
class Change:
    """One resource that differs: `action` is create, update, replace or delete."""

    kind: str
    name: str
    action: str
    before: Item = field(default_factory=dict)
    after: Item = field(default_factory=dict)

    def summary(self) -> Item:
        return {"kind": self.kind, "name": self.name, "action": self.action, "options": sorted(self.after)}


def given(item: Mapping[str, Any]) -> Item:
    """Return the options that the operator set; what is not given is left as it is."""
    return {key: value for key, value in item.items() if value is not None and key not in CONTROL}


def comparable(value: Any) -> Any:
    """Return a value so that equal settings compare equal: sets of mappings have no order, numbers may be text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): comparable(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        entries = [comparable(entry) for entry in value]
        if all(isinstance(entry, dict) for entry in entries):
            return sorted(entries, key=lambda entry: sorted((key, str(part)) for key, part in entry.items()))
        return entries
    return str(value)


def differing(wanted: Item, found: Item) -> list[str]:
    """Return the options of `wanted` that `found` has otherwise; mappings are compared by the keys wanted."""
    names = []
    for name, value in wanted.items():
        have = found.get(name)
        if isinstance(value, Mapping):
            have = have if isinstance(have, Mapping) else {}
            same = all(comparable(have.get(key)) == comparable(entry) for key, entry in value.items())
        else:
            same = comparable(have) == comparable(value)
        if not same:
            names.append(name)
    return sorted(names)


def plan_item(kind: str, item: Item, found: Item | None, fixed: Iterable[str] = ()) -> Change | None:
    """Return what must happen to one resource. An option in `fixed` cannot be changed in place."""
    name = item["name"]
    if item.get("state", "present") == "absent":
        return None if found is None else Change(kind, name, "delete", before=found)
    wanted = given(item)
    if found is None:
        return Change(kind, name, "create", after=wanted)
    names = differing(wanted, found)
    if not names:
        return None
    before = {key: restricted(found.get(key), wanted[key]) for key in names}
    if set(names) & set(fixed):
        return Change(kind, name, "replace", before=before, after={**found, **wanted})
    return Change(kind, name, "update", before=before, after={key: wanted[key] for key in names})


def restricted(have: Any, wanted: Any) -> Any:
    """Return of a mapping only what is compared, so that a diff shows nothing else."""
    if isinstance(wanted, Mapping):
        return {key: (have or {}).get(key) for key in wanted}
    return have


def unique(kind: str, entries: Iterable[Item]) -> dict[str, Item]:
    """Index what the cloud has by name, and refuse a name that it has twice."""
    index: dict[str, Item] = {}
    for entry in entries:
        if entry["name"] in index:
            raise ValueError(
                f"the cloud has more than one {kind} named {entry['name']} "
                f"({index[entry['name']]['id']}, {entry['id']}), expected one; rename or remove the other, "
                "or use another name in first_resources"
            )
        index[entry["name"]] = entry
    return index


def rule_key(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what makes a security group rule itself; the cloud has no name for it."""
    prefix = rule.get("remote_prefix")
    return (
        str(rule.get("direction") or "ingress"),
        str(rule.get("ether_type") or "IPv4"),
        str(rule.get("protocol") or "any"),
        ports_text(rule.get("ports")),
        "" if prefix in (None, "", "0.0.0.0/0", "::/0") else str(ipaddress.ip_network(str(prefix), strict=False)),
        str(rule.get("remote_group") or ""),
    )


def ports_text(ports: Any) -> str:
    """Return a port or a range as it is compared: `22` and `22-22` are the same."""
    if ports in (None, ""):
        return ""
    first, _, last = str(ports).partition("-")
    return first if last in ("", first) else f"{first}-{last}"


def ports_range(ports: Any) -> tuple[int | None, int | None]:
    """Return the first and the last port of `22` or `80-90`."""
    text = ports_text(ports)
    if not text:
        return None, None
    first, _, last = text.partition("-")
    if not (first.isdigit() and (last or first).isdigit()):
        raise ValueError(f"found ports {ports!r} in a security group rule, expected one port or a range such as 80-90")
    return int(first), int(last or first)


def plan_rules(group: str, wanted: list[Item], found: list[Item]) -> list[Change]:
    """Return the rules to add and to remove; rules that nobody names are left alone."""
    have = {rule_key(rule): rule for rule in found}
    changes = []
    for rule in wanted:
        key = rule_key(rule)
        name = f"{group}/{' '.join(part for part in key if part)}"
        if rule.get("state", "present") == "absent":
            if key in have:
                changes.append(Change("security_group_rule", name, "delete", before=have[key]))
        elif key not in have:
            have[key] = rule
            changes.append(Change("security_group_rule", name, "create", after={**given(rule), "group": group}))
    return changes


def diff(changes: Iterable[Change]) -> dict[str, str]:
    """Return the change as text before and after, in a stable order."""
    before, after = [], []
    for change in changes:
        title = f"{change.kind} {change.name}"
        before += [] if change.action == "create" else lines(title, change.before)
        after += [] if change.action == "delete" else lines(title, change.after)
    return {"before": "\n".join(before) + "\n" if before else "", "after": "\n".join(after) + "\n" if after else ""}


def lines(title: str, options: Item) -> list[str]:
    """Return one line per option; identifiers say nothing to a reader."""
    hidden = {"id", "raw", "properties"} if "raw" in options else {"id"}
    shown = [f"{title}: {key} = {value}" for key, value in sorted(options.items()) if key not in hidden]
    return shown or [f"{title}:"]
