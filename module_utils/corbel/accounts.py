"""What the modules of accounts have in common: their errors, programs, and results. Runs on hosts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ansible.module_utils.corbel.plan_change import Change, told

Read = TypeVar("Read")


class AccountError(Exception):
    """The account cannot be converged; the message says what was found and what mends it."""


class UnreachableError(AccountError):
    """No server answers."""


def read(reader: Callable[[], Read], check_mode: bool, nothing: Read) -> Read:
    """What the server has; in check mode a host that has no server yet has nothing."""
    try:
        return reader()
    except UnreachableError:
        if not check_mode:
            raise
        return nothing


def run(
    command: Sequence[str], host: str, text: str = "", timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program of the server with a text on standard input; `host` says where there is such a program."""
    try:
        return subprocess.run(
            command, input=text, capture_output=True, text=True, check=False, timeout=timeout, cwd="/"
        )
    except FileNotFoundError:
        raise UnreachableError(
            f"found no program '{command[0]}', expected {host}; run playbooks/infrastructure.yml"
        ) from None


def result(kind: str, sentences: Sequence[str]) -> dict[str, Any]:
    """Return values of a module that did, or would do, what the sentences say; `kind` is that of the plan."""
    after = "".join(f"{sentence}\n" for sentence in sentences)
    changes = [Change(kind, line, "create" if line.endswith(": created") else "change") for line in sentences]
    return {"changed": bool(sentences), "diff": {"before": "", "after": after}, **told(changes)}
