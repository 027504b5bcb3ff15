# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""What a run of a playbook took, play by play: the record, the report made of it, and its summary."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import atomic

VERSION = 1
# Reports that a folder of a cloud keeps: as many as a plan reads.
KEPT = 50


@dataclass(frozen=True)
class Result:
    """What a task came to on a host; `where` is the host that did the work."""

    host: str
    where: str
    outcome: str
    started: float
    ended: float

    @property
    def seconds(self) -> float:
        return max(0.0, self.ended - self.started)


@dataclass
class Task:
    name: str
    action: str
    service: str = ""
    results: list[Result] = field(default_factory=list)


@dataclass
class Play:
    name: str
    started: float
    tasks: dict[str, Task] = field(default_factory=dict)


class Record:
    """Collects what happens, in the order it happens."""

    def __init__(self) -> None:
        self.playbook = ""
        self.started = 0.0
        self.check = False
        self.plays: list[Play] = []

    def start(self, playbook: str, now: float, check: bool = False) -> None:
        # A command may name several playbooks; each has a report of its own.
        self.playbook, self.started, self.check, self.plays = playbook, now, check, []

    def play(self, name: str, now: float) -> None:
        # A play in serial batches starts once per batch and stays one play.
        if not self.plays or self.plays[-1].name != name:
            self.plays.append(Play(name, now))

    def task(self, key: str, name: str, action: str, service: str = "") -> None:
        if self.plays:
            self.plays[-1].tasks.setdefault(key, Task(name, action, service))

    def result(self, key: str, result: Result) -> None:
        if self.plays:
            self.plays[-1].tasks.setdefault(key, Task("unknown", "")).results.append(result)

    def report(self, now: float, usage: dict[str, Any]) -> dict[str, Any]:
        """Return everything as data; a play ends where the next starts."""
        ends = [*(play.started for play in self.plays), now][1:]
        plays = [play_report(play, end) for play, end in zip(self.plays, ends, strict=True)]
        path = [{"play": play["name"], **play["slowest"]} for play in plays if play["slowest"]]
        counts = {name: sum(play["results"].get(name, 0) for play in plays) for name in OUTCOMES}
        return {
            "version": VERSION,
            "playbook": self.playbook,
            "check": self.check,
            "wall_seconds": round(now - self.started, 2),
            **usage,
            "tasks": sum(len(play["tasks"]) for play in plays),
            "results": counts,
            "critical_path": path,
            "critical_path_seconds": round(sum(entry["seconds"] for entry in path), 2),
            "plays": plays,
        }


OUTCOMES = ("ok", "changed", "skipped", "failed", "unreachable")


def play_report(play: Play, end: float) -> dict[str, Any]:
    """Return a play as data; `slowest` is the host whose tasks took longest together, on which the play waited."""
    hosts: dict[str, float] = {}
    counts = dict.fromkeys(OUTCOMES, 0)
    for task in play.tasks.values():
        for result in task.results:
            hosts[result.host] = hosts.get(result.host, 0.0) + result.seconds
            counts[result.outcome] += 1
    slowest = max(hosts.items(), key=lambda entry: entry[1], default=None)
    return {
        "name": play.name,
        "wall_seconds": round(end - play.started, 2),
        "results": counts,
        "hosts": {host: round(seconds, 2) for host, seconds in sorted(hosts.items())},
        "slowest": {"host": slowest[0], "seconds": round(slowest[1], 2)} if slowest else None,
        "tasks": [task_report(task) for task in play.tasks.values()],
    }


def task_report(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "action": task.action,
        "service": task.service,
        "wall_seconds": round(busy_seconds(task.results), 2),
        "hosts": {result.host: _result(result) for result in task.results},
    }


def _result(result: Result) -> dict[str, Any]:
    """Return a result as data; `where` only if another host did the work."""
    found: dict[str, Any] = {"outcome": result.outcome, "seconds": round(result.seconds, 2)}
    return {**found, "where": result.where} if result.where != result.host else found


def busy_seconds(results: list[Result]) -> float:
    """Return how long at least one host was at it; the time between two serial batches does not count."""
    total, until = 0.0, 0.0
    for result in sorted(results, key=lambda result: result.started):
        total += max(0.0, result.ended - max(result.started, until))
        until = max(until, result.ended)
    return total


def sent_bytes(table: Path) -> int:
    """Return what all interfaces but the loopback have sent, from `/proc/net/dev`; 0 where there is none."""
    try:
        lines = table.read_text(encoding="utf-8").splitlines()[2:]
    except OSError:
        return 0
    fields = [line.replace(":", " ").split() for line in lines]
    return sum(int(entry[9]) for entry in fields if len(entry) > 9 and entry[0] != "lo")


def service_of(play: Any, task: Any) -> str:
    """What a task belongs to: the service that its play deploys, else its role, else the play itself."""
    service = (play.vars or {}).get("service") if play else None
    role = task._role.get_name() if task._role else ""
    return str(service or role or (play.get_name().strip() if play else ""))


def write(path: Path, report: dict[str, Any]) -> None:
    """Write a report so that no reader ever sees half of it; into a directory under a name of its own."""
    if path.is_dir():
        path = path / f"{Path(report['playbook']).stem}-{os.getpid()}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(report, indent=1) + "\n", 0o644)


def keep(folder: Path, report: dict[str, Any], most: int = KEPT) -> None:
    """Write a report into a folder of which the oldest reports go; who may read the folder alone reads them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    write(folder / f"{Path(report['playbook']).stem}-{moment}-{os.getpid()}.json", report)
    for path in sorted(folder.glob("*.json"), key=lambda one: one.stat().st_mtime)[:-most]:
        path.unlink(missing_ok=True)


def summary(report: dict[str, Any], tasks: int) -> list[str]:
    """Return a report as lines for a terminal."""
    counts = report["results"]
    head = (
        f"{report['playbook']}: {clock(report['wall_seconds'])}, {report['tasks']} tasks, "
        f"{counts['changed']} changed, {counts['failed'] + counts['unreachable']} failed, "
        f"{report['cpu_seconds']:.0f} s of processor here, {size(report['peak_memory_bytes'])} at most in one process, "
        f"{size(report['bytes_sent'])} sent"
    )
    lines = ["", head, "", f"  {'PLAY':<48} {'SECONDS':>8} {'CHANGED':>8}  SLOWEST HOST"]
    for play in report["plays"]:
        slowest = play["slowest"]
        where = f"{slowest['host']} {slowest['seconds']:.1f}" if slowest else "-"
        lines.append(
            f"  {cut(play['name'], 48):<48} {play['wall_seconds']:>8.1f} {play['results']['changed']:>8}  {where}"
        )
    lines += [
        "",
        f"  Critical path: {report['critical_path_seconds']:.1f} s, the slowest host of each play one after the other",
    ]
    dearest = sorted(
        ((task["wall_seconds"], play["name"], task) for play in report["plays"] for task in play["tasks"]),
        key=lambda entry: -entry[0],
    )
    lines += ["", f"  {'DEAREST TASKS':<72} {'SECONDS':>8}  HOSTS"]
    for seconds, play, task in dearest[:tasks]:
        title = cut(f"{task['name']} ({play})", 72)
        lines.append(f"  {title:<72} {seconds:>8.1f}  {len(task['hosts'])}")
    return lines


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def clock(seconds: float) -> str:
    """Return seconds as people say them."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def size(count: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"
