"""The form of a broken inventory: an example with one change, and what the finding must say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.corbel.preflight_finding import Finding

SETTINGS = "group_vars/all/corbel.yml"


@dataclass(frozen=True)
class Case:
    """A change and what the finding must say."""

    name: str
    check: str
    variable: str = ""
    file: str = SETTINGS
    old: str = ""
    new: str = ""
    add: str = ""
    found: str = ""
    expected: str = ""
    fix: str = ""
    hosts: tuple[str, ...] = ()
    line: bool = True


def broken(inventory: Path, case: Case) -> Path:
    """Make the change of a case."""
    path = inventory / case.file
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text() if path.exists() else "---\n"
    assert case.old in text, "the example changed; mend the case"
    text = text.replace(case.old, case.new, 1) if case.old else text
    path.write_text(f"{text}{case.add}\n" if case.add else text)
    return path


def matching(findings: list[Finding], case: Case) -> list[Finding]:
    """Give the findings that say what the case wants said."""
    return [
        one
        for one in findings
        if one.check == case.check
        and one.variable.startswith(case.variable)
        and case.found in one.found
        and case.expected in one.expected
        and case.fix in one.fix
        and (not case.hosts or one.hosts == case.hosts)
    ]
