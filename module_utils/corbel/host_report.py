"""The report of the host checks: all findings worst first, and the file that records them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import atomic, host_path_plan
from ansible.module_utils.corbel.preflight_finding import ERROR, Finding, from_dict, merge_hosts


def collect(results: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Give the findings of all hosts, those that differ by host only as one."""
    return merge_hosts(
        from_dict({**_plain(raw), "hosts": [host]})
        for host, row in results.items()
        for raw in row.get("findings") or []
    )


def of_paths(answers: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Give what the tried paths say; nothing where none were tried."""
    if not answers:
        return []
    planned = answers["plan"]
    found = [from_dict(raw) for raw in planned.get("findings") or []]
    # A listener that ended too early says nothing about who was refused.
    stopped = answers.get("stopped") or {}
    listening = {name: row for name, row in answers["listening"].items() if stopped.get(name, {}).get("lasted")}
    judged = host_path_plan.judge(planned["hosts"], facts, answers["tried"], listening)
    return merge_hosts([*found, *judged])


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Put errors before warnings, and what concerns many hosts before what concerns one."""
    return sorted(findings, key=lambda one: (one.severity != ERROR, -len(one.hosts), one.check))


def record(
    findings: Sequence[Finding],
    waived: Sequence[Finding],
    hosts: Mapping[str, Mapping[str, Any]],
    times: tuple[str, float],
    waivers: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Give what the file of the report holds; `times` are when the checks ended and how many seconds they took.

    `waivers` are all that were given, also those of findings that there are not.
    """
    return {
        "time": times[0],
        "seconds": round(times[1], 1),
        "hosts": {name: _host(row) for name, row in sorted(hosts.items())},
        "errors": sum(finding.severity == ERROR for finding in findings),
        "warnings": sum(finding.severity != ERROR for finding in findings),
        "findings": [finding.as_dict() for finding in findings],
        "waived": [finding.as_dict() for finding in waived],
        "waivers": [dict(one) for one in waivers],
    }


def write(
    name: str,
    findings: Sequence[Finding],
    waived: Sequence[Finding],
    hosts: Mapping[str, Mapping[str, Any]],
    waivers: Sequence[Mapping[str, str]],
) -> None:
    """Write the report for its owner, a whole file or none; no name writes nothing."""
    if not name:
        return
    now = datetime.now(UTC)
    began = [row["began"] for row in hosts.values() if "began" in row]
    times = (f"{now:%Y-%m-%dT%H:%M:%SZ}", now.timestamp() - min(began, default=now.timestamp()))
    content = json.dumps(record(findings, waived, hosts, times, waivers), indent=2, ensure_ascii=False)
    atomic.write(Path(name).expanduser(), content + "\n", 0o600)


def _host(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = row.get("facts") or {}
    return {"read": bool(facts), **{key: facts[key] for key in ("kernel", "memory_mb", "new") if key in facts}}


def _plain(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key): str(value) for key, value in raw.items() if key != "hosts"}
