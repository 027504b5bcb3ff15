"""One report of a run that was done in parts, in the form of module_utils/corbel/run_report.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Report = dict[str, Any]


def side_by_side(reports: Sequence[Mapping[str, Any]]) -> Report:
    """Put together what ran at the same time: a play lasts as long as in the part where it lasted longest."""
    plays: dict[str, Report] = {}
    for report in reports:
        for play in report["plays"]:
            plays[play["name"]] = _joined(plays[play["name"]], play) if play["name"] in plays else dict(play)
    return _whole(list(plays.values()), reports, max((one["wall_seconds"] for one in reports), default=0.0))


def one_after_the_other(reports: Sequence[Mapping[str, Any]]) -> Report:
    """Put together steps of a run."""
    plays = [play for report in reports for play in report["plays"]]
    return _whole(plays, reports, sum(one["wall_seconds"] for one in reports))


def _whole(plays: list[Report], reports: Sequence[Mapping[str, Any]], wall: float) -> Report:
    path = [{"play": play["name"], **play["slowest"]} for play in plays if play["slowest"]]
    return {
        "version": reports[0]["version"] if reports else 1,
        "playbook": reports[0]["playbook"] if reports else "",
        "wall_seconds": round(wall, 2),
        "cpu_seconds": round(sum(one["cpu_seconds"] for one in reports), 2),
        "peak_memory_bytes": max((one["peak_memory_bytes"] for one in reports), default=0),
        "bytes_sent": sum(one["bytes_sent"] for one in reports),
        "tasks": sum(len(play["tasks"]) for play in plays),
        "results": _sums(one["results"] for one in reports),
        "critical_path": path,
        "critical_path_seconds": round(sum(entry["seconds"] for entry in path), 2),
        "plays": plays,
    }


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> Report:
    slowest = [play["slowest"] for play in (one, other) if play["slowest"]]
    tasks: dict[tuple[str, int], Report] = {}
    for play in (one, other):
        # A name may stand for several tasks; which of them is told by how often it came before.
        seen: dict[str, int] = {}
        for task in play["tasks"]:
            key = (task["name"], seen.get(task["name"], 0))
            seen[task["name"]] = key[1] + 1
            had = tasks.get(key)
            tasks[key] = dict(task) if had is None else {**had, "hosts": {**had["hosts"], **task["hosts"]}}
            if had is not None:
                tasks[key]["wall_seconds"] = max(had["wall_seconds"], task["wall_seconds"])
    return {
        "name": one["name"],
        "wall_seconds": max(one["wall_seconds"], other["wall_seconds"]),
        "results": _sums((one["results"], other["results"])),
        "hosts": {**one["hosts"], **other["hosts"]},
        "slowest": max(slowest, key=lambda entry: entry["seconds"], default=None),
        "tasks": list(tasks.values()),
    }


def _sums(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        for name, number in one.items():
            found[name] = found.get(name, 0) + number
    return found
