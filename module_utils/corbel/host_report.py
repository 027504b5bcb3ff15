"""The report of the host checks: all findings worst first, and the file that records them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.module_utils.corbel import host_path_plan
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
) -> dict[str, Any]:
    """Give what the file of the report holds; `times` are when the checks ended and how many seconds they took."""
    return {
        "time": times[0],
        "seconds": round(times[1], 1),
        "hosts": {name: _host(row) for name, row in sorted(hosts.items())},
        "errors": sum(finding.severity == ERROR for finding in findings),
        "warnings": sum(finding.severity != ERROR for finding in findings),
        "findings": [finding.as_dict() for finding in findings],
        "waived": [finding.as_dict() for finding in waived],
    }


def _host(row: Mapping[str, Any]) -> dict[str, Any]:
    facts = row.get("facts") or {}
    return {"read": bool(facts), **{key: facts[key] for key in ("kernel", "memory_mb", "new") if key in facts}}


def _plain(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key): str(value) for key, value in raw.items() if key != "hosts"}
