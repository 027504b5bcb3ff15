"""What a comparison found of a service on a host, and how results are put into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Where modules say in words what they would do; the first that is there counts.
SENTENCES = ("steps", "changes", "report")
LONGEST = 300


@dataclass
class Verdict:
    """A service on a host: whether it differs, and what a run would do."""

    differs: bool = False
    steps: list[str] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    # Paths that a run would change, and paths whose change would concern the service.
    changes: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)

    def differ(self, *steps: str) -> None:
        """Note that a run has something to do, and what."""
        self.differs = True
        self.steps += [step for step in steps if step not in self.steps]

    def judge(self, task: str, action: str, result: Mapping[str, Any]) -> None:
        """Take a result of check mode into account."""
        due = result.get("failed") or result.get("changed") or result.get("pending_units")
        if not due:
            return
        self.differ(*words(task, result))
        self.calls.append({"task": task, "action": action, **told(result)})
        self.changes |= {str(path) for path in (*result.get("changed_files", ()), *result.get("removed_files", ()))}

    def as_result(self) -> dict[str, Any]:
        """Give it as data."""
        return {"differs": self.differs, "steps": self.steps, "result": {"calls": self.calls}}


def words(task: str, result: Mapping[str, Any]) -> list[str]:
    """Say what a result means, in the module's own words where it has some."""
    if result.get("failed"):
        return [shortened(f"{task}: {result.get('msg') or 'failed without a message'}")]
    said: Any = next((result[key] for key in SENTENCES if result.get(key)), [])
    sentences = [str(line) for line in said] if isinstance(said, list) else []
    # What a module writes down about itself matters to people only where nothing else changes.
    sentences = [line for line in sentences if line not in result.get("bookkeeping", ())] or sentences
    units = (*result.get("pending_units", ()), *result.get("acted_units", ()))
    sentences += [f"{item['action']} {item['name']}: {item['reason']}" for item in units]
    missing = [str(name) for name in result.get("missing", ())]
    if missing:
        sentences.append(f"lay down {', '.join(missing)}")
    if not sentences:
        sentences = [f"{task}: {result.get('reason') or result.get('msg') or 'would change'}"]
    return [shortened(sentence) for sentence in sentences]


def told(result: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a result what is told to people and to other features; the contents of files stay where they are."""
    keys = (*SENTENCES, "msg", "reason", "missing", "changed_files", "removed_files", "pending_units", "acted_units")
    return {key: result[key] for key in keys if result.get(key)}


def shortened(text: str) -> str:
    """One line of a bearable length."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def spread(verdicts: Mapping[str, Verdict]) -> None:
    """Let what reads a file that another service of the host would change take part, until nothing is added."""
    added = True
    while added:
        added = False
        for name, verdict in verdicts.items():
            changed = {
                path: other
                for other, one in verdicts.items()
                if other != name and one.differs
                for path in one.changes & verdict.reads
            }
            if changed and not verdict.differs:
                verdict.differ(*(f"reads {path}, which {other} changes" for path, other in sorted(changed.items())))
                added = True


def summary(found: Mapping[str, Mapping[str, list[str]]], most_steps: int = 3, most_hosts: int = 4) -> list[str]:
    """Say for people which services differ where and why: service, then hosts, then steps."""
    lines = []
    for service, hosts in found.items():
        names = list(hosts)
        more = f" and {len(names) - most_hosts} more" if len(names) > most_hosts else ""
        lines.append(f"{service}: {', '.join(names[:most_hosts])}{more}")
        steps = list(dict.fromkeys(step for host in hosts.values() for step in host))
        lines += [f"    {step}" for step in steps[:most_steps]]
        if len(steps) > most_steps:
            lines.append(f"    and {len(steps) - most_steps} more")
    return lines


def by_service(verdicts: Mapping[str, Mapping[str, Mapping[str, Any]]], order: Iterable[str]) -> dict[str, Any]:
    """Turn host → service → verdict into service → host → steps, of those that differ."""
    found: dict[str, dict[str, list[str]]] = {}
    for service in order:
        hosts = {
            host: list(services[service]["steps"])
            for host, services in verdicts.items()
            if services.get(service, {}).get("differs")
        }
        if hosts:
            found[service] = hosts
    return found
