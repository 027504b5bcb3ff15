"""What the register says of one preflight check. Standard library only."""

from __future__ import annotations

from typing import NamedTuple

from ansible.module_utils.corbel.preflight_finding import ERROR


class Check(NamedTuple):
    """A check: what it looks at, why that matters, what mends it in general, and what a finding does to the run."""

    title: str
    reason: str
    fix: str = "Do what the line `fix` of the finding says."
    severity: str = ERROR
    covers: tuple[int, ...] = ()  # numbers of docs/preflight_coverage.md
