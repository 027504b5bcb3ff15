"""The pages of the preflight checks: one section for each, and the list of what a preflight should know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.corbel.preflight_register import CHECKS

ROOT = Path(__file__).resolve().parent.parent
WANTED = Path(__file__).with_name("preflight_wanted.yml")
HEAD = """# Preflight checks

What `playbooks/preflight.yml` checks before anything is changed. Written by `make docs` from the register
(`module_utils/corbel/preflight_register.py`); [preflight.md](preflight.md) says how to read and how to waive a finding.

`CTL` checks look at the controlling machine and `INV` checks at the inventory, without a connection; `HOST` checks read
each host once.
An `error` stops the run, a `warning` is listed only.

| id | check | severity |
| --- | --- | --- |
"""
COVERAGE_HEAD = """# What a preflight should know, and which check knows it

Everything that is worth a look before a run, and the [check](checks.md) that looks, or why there is none. Written by
`make docs` from `tools/preflight_wanted.yml` and the register. Numbers from 54 on are in
[preflight_hosts.md](preflight_hosts.md#the-catalogue-of-checks-number-by-number).
"""


def checks() -> str:
    """Give the content of docs/checks.md."""
    rows = [
        f"| [{name}](#{name.lower()}) | {check.title} | {check.severity} |\n" for name, check in sorted(CHECKS.items())
    ]
    return HEAD + "".join(rows) + "".join(_section(name) for name in sorted(CHECKS))


def _section(name: str) -> str:
    check = CHECKS[name]
    return (
        f"\n## {name}\n\n{check.title} ({check.severity}).\n\n"
        f"- Why: {check.reason}\n- What mends it: {check.fix}\n- To waive it: `corbel_waived_checks: [{name}]`\n"
    )


def wanted() -> dict[str, dict[int, dict[str, Any]]]:
    """Read what a preflight should know: by group, number, and what it is, with the reason where no check looks."""
    groups: dict[str, list[dict[str, Any]]] = yaml.safe_load(WANTED.read_text(encoding="utf-8"))
    return {group: {row["number"]: row for row in rows} for group, rows in groups.items()}


def covering(number: int, row: dict[str, Any]) -> list[str]:
    """Give the ids of the checks for one number."""
    return sorted({name for name, check in CHECKS.items() if number in check.covers} | set(row.get("checks", [])))


def coverage() -> str:
    """Give the content of docs/preflight_coverage.md."""
    parts = [COVERAGE_HEAD]
    for group, rows in wanted().items():
        parts.append(f"\n## {group}\n\n| number | what | checked by |\n| --- | --- | --- |\n")
        for number, row in rows.items():
            links = ", ".join(f"[{name}](checks.md#{name.lower()})" for name in covering(number, row))
            why = row.get("why", "")
            parts.append(f"| {number} | {row['what']} | {links}{'; ' if links and why else ''}{why} |\n")
    return "".join(parts)
