"""What a preflight check says: one form for findings about the inventory and about hosts. Standard library only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ansible.module_utils.corbel.naming import nearest

ERROR, WARNING = "error", "warning"
SECRET_NAME = re.compile(r"(password|passphrase|passwd|secret|secrets|private_key|token|credential)s?$", re.IGNORECASE)
LONGEST_VALUE = 160
MOST_HOSTS = 6
PAGE = "docs/checks.md"


@dataclass(frozen=True)
class Finding:
    """One thing that must be mended: what was found where, what was expected, and what mends it."""

    check: str
    found: str
    expected: str
    fix: str
    variable: str = ""
    where: str = ""
    hosts: tuple[str, ...] = ()
    severity: str = ERROR

    def as_dict(self) -> dict[str, Any]:
        """Give the form in which modules return it."""
        return {**asdict(self), "hosts": list(self.hosts)}


def from_dict(raw: Mapping[str, Any]) -> Finding:
    """Read what as_dict wrote."""
    return Finding(**{**raw, "hosts": tuple(raw.get("hosts", ()))})


def link(check: str) -> str:
    """Say where the reasons for a check are written."""
    return f"{PAGE}#{check.lower()}"


def shown(value: Any, name: str = "") -> str:
    """Give a value as text for a message; what may be a secret is not shown."""
    if SECRET_NAME.search(name):
        return f"a value of type {kind(value)} (not shown)"
    if isinstance(value, str):
        text = f'"{value}"' if not value or value != value.strip() else value
    else:
        text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def kind(value: Any) -> str:
    """Name the type of a value as the YAML that wrote it would."""
    names: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "boolean"),
        (int, "integer"),
        (float, "number with a fraction"),
        (str, "string"),
        (Mapping, "dictionary"),
        ((list, tuple), "list"),
    ]
    if value is None:
        return "null"
    return next((name for types, name in names if isinstance(value, types)), type(value).__name__)


def did_you_mean(name: str, known: Sequence[str] | set[str], what: str) -> str:
    """Give the text of `expected` for an unknown name."""
    close = nearest(name, known)
    listed = ", ".join(sorted(known)) or "none"
    if close:
        return f"a known {what}; the nearest is {close}"
    return f"a known {what}: {listed}" if len(listed) <= LONGEST_VALUE else f"a known {what}"


def merge_hosts(findings: Iterable[Finding]) -> list[Finding]:
    """Make one of the findings that differ by host only; keep the order."""
    merged: dict[Finding, list[str]] = {}
    for finding in findings:
        hosts = merged.setdefault(replace(finding, hosts=()), [])
        hosts.extend(host for host in finding.hosts if host not in hosts)
    return [replace(finding, hosts=tuple(hosts)) for finding, hosts in merged.items()]


def waivers(given: Any) -> list[str]:
    """Read a list of waivers, or the text that -e gives: ids with commas or spaces between them."""
    if isinstance(given, str):
        return given.replace(",", " ").split()
    return [str(one) for one in given] if isinstance(given, Iterable) else []


def given(variable: str, value: Any, where: str = "") -> list[dict[str, str]]:
    """Say for the report which ids an operator waives, by which variable, and where it was set."""
    return [{"id": name, "variable": variable, "where": where} for name in waivers(value)]


def waive(findings: Iterable[Finding], waived: Iterable[str]) -> tuple[list[Finding], list[Finding]]:
    """Part the findings into those that stand and those waived, by `ID`, `ID:variable` or `ID:host`."""
    ids = set(waived)
    stand: list[Finding] = []
    dropped: list[Finding] = []
    for finding in findings:
        names = {finding.check, f"{finding.check}:{finding.variable.split('.')[0]}"}
        by_host = {host for host in finding.hosts if f"{finding.check}:{host}" in ids}
        if names & ids or (finding.hosts and by_host == set(finding.hosts)):
            dropped.append(finding)
        else:
            stand.append(finding)
    return stand, dropped


def render(findings: Sequence[Finding], waived: Sequence[Finding] = ()) -> str:
    """Give the list an operator reads."""
    blocks = [_block(finding) for finding in sorted(findings, key=lambda one: one.severity != ERROR)]
    blocks += [f"{finding.check} waived: {_subject(finding)}: found {finding.found}" for finding in waived]
    return "\n".join(blocks)


def summary(findings: Sequence[Finding], what: str) -> str:
    """Give the one line a failed task ends with."""
    errors = [finding for finding in findings if finding.severity == ERROR]
    ids = sorted({finding.check for finding in errors})
    plural = "s" if len(errors) != 1 else ""
    return (
        f"{len(errors)} finding{plural} in {what} ({', '.join(ids)}), listed above with what mends each; "
        "nothing was changed on any host"
    )


def report(findings: Iterable[Finding], waived: Iterable[Finding] = ()) -> list[dict[str, Any]]:
    """Give all that was found, waived or not, for programs to read."""
    rows = [(finding, False) for finding in findings] + [(finding, True) for finding in waived]
    return [{**finding.as_dict(), "page": link(finding.check), "waived": dropped} for finding, dropped in rows]


def from_report(rows: Iterable[Mapping[str, Any]]) -> tuple[list[Finding], list[Finding]]:
    """Read what report gave: what stands, and what is waived."""
    stand: list[Finding] = []
    dropped: list[Finding] = []
    for row in rows:
        kept = {key: value for key, value in row.items() if key not in ("page", "waived")}
        (dropped if row["waived"] else stand).append(from_dict(kept))
    return stand, dropped


def _subject(finding: Finding) -> str:
    return finding.variable or ", ".join(finding.hosts) or finding.where


def _block(finding: Finding) -> str:
    hosts = ", ".join(finding.hosts[:MOST_HOSTS])
    if len(finding.hosts) > MOST_HOSTS:
        hosts += f" and {len(finding.hosts) - MOST_HOSTS} more"
    rows = [
        ("where", finding.where),
        ("hosts", hosts),
        ("found", finding.found),
        ("expected", finding.expected),
        ("fix", finding.fix),
        ("page", link(finding.check)),
    ]
    title = f"{finding.check} {finding.severity}: {finding.variable}".rstrip(": ")
    return "\n".join([title, *(f"    {label:<9}{text}" for label, text in rows if text)])
