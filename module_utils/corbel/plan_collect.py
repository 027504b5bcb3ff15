"""What the results of tasks say about changes. Pure functions over what Ansible tells a callback."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible.module_utils.corbel.plan_change import HERE_ONLY, KINDS, TOLD, Change

HERE = "localhost"
LONGEST_DIFF = 2000
WOULD_RUN = "Command would have run"
# What the run itself needs, is undone by the same run, or changes nothing but variables.
PASSING = {
    "haproxy",
    "haproxy_servers",
    "set_fact",
    "include_vars",
    "include_tasks",
    "include_role",
    "debug",
    "assert",
    "host_check",
    "inventory_check",
    "storage_disks",
    "galera_node_info",
    "hypervisor_info",
}


@dataclass(frozen=True)
class Item:
    """One change of one host for one service; `diff` is free of secrets."""

    host: str
    service: str
    kind: str
    name: str
    action: str
    reason: str = ""
    diff: tuple[str, ...] = ()
    hidden: bool = False
    measured: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What changes, whatever is done to it."""
        return (self.host, self.kind, self.name)

    @property
    def why(self) -> str:
        """The reason for people, with what was measured."""
        return "; ".join(part for part in (self.reason, self.measured) if part)

    def data(self) -> dict[str, Any]:
        """The item as JSON has it; what is empty is left out."""
        return {name: list(value) if name == "diff" else value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Task:
    """What is known of a task beside its result."""

    host: str
    service: str
    action: str
    name: str
    arguments: Mapping[str, Any]
    read_only: bool = False


def from_data(data: Mapping[str, Any]) -> Item:
    """The item that `Item.data` wrote."""
    return Item(**{**data, "diff": tuple(data.get("diff", ()))})


def items(task: Task, result: Mapping[str, Any], skipped: bool = False) -> list[Item]:
    """Give what a result changes. A task that hides its result still says that something changes."""
    action = task.action.rpartition(".")[2]
    # Check mode skips commands that it cannot tell the outcome of.
    due = str(result.get("msg", "")).startswith(WOULD_RUN) and not task.read_only
    if action in PASSING or not (due if skipped else result.get("changed")):
        return []
    hidden = bool(result.get("_ansible_no_log"))
    changes = _told(result)
    if changes is None:
        changes = _OF_ACTION[action](task, result) if action in _OF_ACTION and not hidden else _of_any(task, result)
    diffs = [] if hidden else _diffs(result.get("diff"))
    found = []
    for number, change in enumerate(changes):
        place = HERE if change.kind in HERE_ONLY else task.host
        lines = _diff_of(change, diffs, first=number == 0)
        found.append(Item(place, task.service, **asdict(change), diff=lines, hidden=hidden))
    return found


def merged(found: Iterable[Item]) -> list[Item]:
    """Say each change once, although several services may need it, in a stable order."""
    kept: dict[tuple[str, ...], Item] = {}
    for item in found:
        kept.setdefault((*item.key, item.action), item)
    return list(kept.values())


def order(found: Iterable[Item], services: list[str]) -> list[Item]:
    """Sort by host, then as the services are deployed, then by kind and name."""
    rank = {name: number for number, name in enumerate(services)}
    kinds = {name: number for number, name in enumerate(KINDS)}
    return sorted(
        found,
        key=lambda item: (
            item.host == HERE,
            item.host,
            rank.get(item.service, len(rank)),
            kinds.get(item.kind, len(kinds)),
            item.name,
            item.action,
        ),
    )


def _told(result: Mapping[str, Any]) -> list[Change] | None:
    """What a module of ours says itself."""
    results = result.get("results")
    first = results[0] if isinstance(results, list) and results else None
    if not isinstance(first, Mapping) or TOLD not in first:
        return None
    return [Change(**{key: str(value) for key, value in one.items()}) for one in first[TOLD]]


def _of_any(task: Task, result: Mapping[str, Any]) -> list[Change]:
    """Name what an action of Ansible's own changes by its arguments, of which only names and places are read."""
    place = task.arguments.get("dest") or task.arguments.get("path")
    if isinstance(place, str):
        kind = "directory" if task.arguments.get("state") == "directory" else "file"
        if task.arguments.get("state") == "absent":
            return [Change(kind, place, "remove")]
        new = any(one.get("after") and one.get("before") == "" for one in _diffs(result.get("diff")))
        return [Change(kind, place, "create" if new else "change")]
    if task.action.rpartition(".")[2] in ("systemd_service", "systemd", "service"):
        state = str(task.arguments.get("state") or "change")
        return [Change("unit", str(task.arguments.get("name")), state.removesuffix("ed"))]
    return [Change("other", task.name, "run")]


def _sentences(kind: str) -> Callable[[Task, Mapping[str, Any]], list[Change]]:
    return lambda task, result: [Change(kind, str(line), "change") for line in result.get("changes") or [task.name]]


def _release(task: Task, result: Mapping[str, Any]) -> list[Change]:
    identifier = str(result.get("release_id") or "")
    laid = [Change("release", f"{name} of {identifier}", "lay down") for name in result.get("missing") or []]
    return laid + [Change("release", f"{name} of {identifier}", "remove") for name in result.get("removed") or []]


def _rings(task: Task, result: Mapping[str, Any]) -> list[Change]:
    report = [str(line) for line in result.get("report") or []]
    return [_ring(one, report) for one in result.get("rings") or [] if one.get("changed")]


def _ring(ring: Mapping[str, Any], report: Iterable[str]) -> Change:
    """What waits tells for how long, which is another time when the plan is applied."""
    prefix, waiting = f"{ring['name']}: ", ring.get("waiting") or []
    said = [line.removeprefix(prefix) for line in report if line.startswith(prefix)]
    reason = "; ".join(line for line in said if line not in waiting) or "; ".join(ring["steps"])
    return Change("ring", ring["name"], "change", reason, "; ".join(waiting))


def _ring_files(task: Task, result: Mapping[str, Any]) -> list[Change]:
    return [Change("file", f"/etc/swift/{name}.ring.gz", "change") for name in result.get("differing") or []]


def _devices(task: Task, result: Mapping[str, Any]) -> list[Change]:
    return [Change("disk", str(name), "give to Swift") for name in result.get("given") or []]


def _bootstrap(task: Task, result: Mapping[str, Any]) -> list[Change]:
    # Which file gives the permission is known only once the package of the database is there.
    return [Change("other", "Galera cluster", "make", "there is none yet")] if result.get("files") else []


def _resources(task: Task, result: Mapping[str, Any]) -> list[Change]:
    return [
        Change("resource", f"{one['kind']} {one['name']}", one["action"], ", ".join(one.get("options") or []))
        for one in result.get("changes") or []
    ]


_OF_ACTION: dict[str, Callable[[Task, Mapping[str, Any]], list[Change]]] = {
    "ovs_bridges": _sentences("bridge"),
    "release": _release,
    "swift_ring": _rings,
    "swift_ring_files": _ring_files,
    "swift_devices": _devices,
    "galera_bootstrap": _bootstrap,
    "cloud_resources": _resources,
}


def _diffs(raw: Any) -> list[Mapping[str, Any]]:
    entries = raw if isinstance(raw, list) else [raw]
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _diff_of(change: Change, diffs: list[Mapping[str, Any]], first: bool) -> tuple[str, ...]:
    """The part of a result's diff that is about a change; what belongs to no single one goes with the first."""
    lines: list[str] = []
    for one in diffs:
        before, after = one.get("before"), one.get("after")
        if isinstance(before, Mapping) or isinstance(after, Mapping):
            # By object: each change has its own.
            lines += _unified(_text((before or {}).get(change.name)), _text((after or {}).get(change.name)))
        elif change.name in (one.get("before_header"), one.get("after_header")) or (first and _is_loose(one)):
            lines += _unified(_text(before), _text(after))
    return tuple(lines[:LONGEST_DIFF])


def _is_loose(diff: Mapping[str, Any]) -> bool:
    return "prepared" not in diff and not str(diff.get("before_header") or "").startswith("/")


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return json.dumps(value, indent=1, sort_keys=True, default=str) + "\n" if value else ""
    return str(value or "")


def _unified(before: str, after: str) -> Iterator[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return (line for number, line in enumerate(lines) if number > 1)
