"""How long a plan takes and which APIs it makes short of backends, from the reports of earlier runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from ansible.module_utils.corbel.plan_collect import HERE, Item

MOST_REPORTS = 50
# What a unit of an API is away for: its restart, and the wait until it answers.
AWAY = ("service_units", "uri")
OUT = ("restart", "stop")


@dataclass
class History:
    """Seconds of earlier runs in which a host changed, by service and host."""

    whole: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    away: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    runs: int = 0

    def seconds(self, service: str, host: str, away: bool = False) -> float | None:
        """The median of this host, else of the service on other hosts."""
        table = self.away if away else self.whole
        own = table.get((service, host))
        others = [second for (name, _), times in table.items() if name == service for second in times]
        return median(own or others) if own or others else None


def read(folder: Path) -> History:
    """Read the newest reports of a folder; what is no report of a run that changed something is passed over."""
    history = History()
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime) if folder.is_dir() else []
    for path in files[-MOST_REPORTS:]:
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(report, dict) and report.get("plays") and not report.get("check"):
            add(history, report)
    return history


def add(history: History, report: Mapping[str, Any]) -> None:
    """Add the seconds of one run."""
    whole: dict[tuple[str, str], float] = {}
    away: dict[tuple[str, str], float] = {}
    changed: set[tuple[str, str]] = set()
    for play in report["plays"]:
        for task in play["tasks"]:
            for host, result in task["hosts"].items():
                key = (str(task.get("service") or ""), host)
                whole[key] = whole.get(key, 0.0) + result["seconds"]
                if task["action"].rpartition(".")[2] in AWAY:
                    away[key] = away.get(key, 0.0) + result["seconds"]
                if result["outcome"] == "changed":
                    changed.add(key)
    history.runs += 1
    for key in changed:
        history.whole.setdefault(key, []).append(whole[key])
        if key in away:
            history.away.setdefault(key, []).append(away[key])


def batches(hosts: Sequence[str], serial: Sequence[Any]) -> list[list[str]]:
    """Split hosts as Ansible splits them; the last size repeats."""
    left, found = list(hosts), []
    sizes = list(serial) or ["100%"]
    while left:
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        text = str(size)
        count = int(len(hosts) * float(text[:-1]) / 100) if text.endswith("%") else int(text)
        count = count if count > 0 else (1 if text.endswith("%") else len(left))
        found.append(left[:count])
        left = left[count:]
    return found


def estimate(
    items: Iterable[Item], services: Sequence[str], serial: Mapping[str, Sequence[Any]], history: History
) -> dict[str, Any]:
    """Seconds by service: its slowest host in each batch, one batch after the other. None where nothing is known."""
    hosts: dict[str, list[str]] = {}
    for item in items:
        if item.host != HERE and item.host not in hosts.setdefault(item.service, []):
            hosts[item.service].append(item.host)
    found: dict[str, float | None] = {}
    for service in sorted(hosts, key=lambda name: services.index(name) if name in services else len(services)):
        total: float | None = 0.0
        for batch in batches(hosts[service], serial.get(service, [])):
            times = [history.seconds(service, host) for host in batch]
            known = [time for time in times if time is not None]
            total = None if total is None or not known else total + max(known)
        found[service] = None if total is None else round(total, 1)
    known = [time for time in found.values() if time is not None]
    return {
        "services": found,
        "seconds": round(sum(known), 1) if known else None,
        "unknown": [name for name, time in found.items() if time is None],
        "runs": history.runs,
    }


def fronts(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The units behind the load balancers, and the service each belongs to."""
    found: dict[str, str] = {}
    for name, entry in entries.items():
        listening = [one for one in entry.get("daemons") or [] if "port" in one]
        for one in [*(entry.get("apis") or []), *listening]:
            found[f"{one['name']}.service"] = name
    return found


def shortages(
    items: Iterable[Item],
    units: Mapping[str, str],
    groups: Mapping[str, Sequence[str]],
    serial: Mapping[str, Sequence[Any]],
    history: History,
) -> list[dict[str, Any]]:
    """The APIs whose backends restart: how many at once, of how many, in how many batches, for how long."""
    out: dict[str, set[str]] = {}
    for item in items:
        if item.kind == "unit" and item.action in OUT and item.name in units:
            out.setdefault(item.name, set()).add(item.host)
    found = []
    for unit, hosts in sorted(out.items()):
        service = units[unit]
        group = list(groups.get(service, ())) or sorted(hosts)
        away = [[host for host in batch if host in hosts] for batch in batches(group, serial.get(service, []))]
        away = [batch for batch in away if batch]
        times = [[history.seconds(service, host, away=True) for host in batch] for batch in away]
        known = [max((time for time in batch if time is not None), default=None) for batch in times]
        seconds = None if any(time is None for time in known) else round(sum(time for time in known if time), 1)
        at_once = max(len(batch) for batch in away)
        found.append(
            {
                "api": unit.removesuffix(".service"),
                "service": service,
                "backends": len(group),
                "restarting": len(hosts),
                "at_once": at_once,
                "left": len(group) - at_once,
                "batches": len(away),
                "seconds": seconds,
            }
        )
    return found


def told(shortage: Mapping[str, Any]) -> str:
    """A shortage in one sentence."""
    seconds = shortage["seconds"]
    time = "for a time no earlier run tells" if seconds is None else f"for about {seconds:.0f} s"
    backends = shortage["backends"]
    if shortage["left"] <= 0:
        answers = f"none of its {backends} backends answers" if backends > 1 else "it does not answer"
        return f"{shortage['api']}: {answers} {time}"
    many = f", in {shortage['batches']} batches" if shortage["batches"] > 1 else ""
    return (
        f"{shortage['api']}: at least {shortage['left']} of {backends} backends answer {time}, "
        f"{shortage['restarting']} restart{many}"
    )
