"""What runs have changed on a host, one line each, and the sign of life that they leave on the host of the lock."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import run_holder
from ansible.module_utils.corbel.run_holder import Holder

ROOT = Path("/")
FOLDER = "var/log/corbel"
FILE = "journal.jsonl"
LOCK = "run/corbel/run.lock"
# With the file before it, twice as much is kept: some ten thousand lines.
LARGEST = 2 * 1024 * 1024
MOST_CHANGES = 40
# Where the modules say in words what they changed; the first that is there counts.
TOLD_BY = ("changes", "report", "differing", "missing")
LONGEST_CHANGE = 200


def note(step: str, changes: Iterable[str], failed: bool = False) -> None:
    """Append what a step of this process's run has changed. A journal that cannot be written stops nothing."""
    run = run_holder.from_environment(os.environ) or Holder("", "unknown")
    with contextlib.suppress(OSError):
        folder = ROOT / FOLDER
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        path = folder / FILE
        _rotate(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, 0o600)
        try:
            os.write(handle, line(time.time(), run, step, changes, failed).encode())
        finally:
            os.close(handle)


def note_result(step: str, result: Mapping[str, Any], check: bool) -> None:
    """Append what a module is about to return, if it changed something."""
    if check or not result.get("changed"):
        return
    found: list[Any] = next((result[key] for key in TOLD_BY if result.get(key)), [])
    note(step, [str(one) for one in found])


def line(now: float, run: Holder, step: str, changes: Iterable[str], failed: bool) -> str:
    """A line of the journal; no change is told at any length."""
    said = [change if len(change) <= LONGEST_CHANGE else f"{change[: LONGEST_CHANGE - 1]}…" for change in changes]
    more = len(said) - MOST_CHANGES
    entry: dict[str, Any] = {
        "time": run_holder.stamp(now),
        "run": run.run,
        "who": run.who,
        "playbook": run.playbook,
        "step": step,
        "changes": said[:MOST_CHANGES] + ([f"and {more} more"] if more > 0 else []),
    }
    if run.plan:
        entry["plan"] = run.plan
    if failed:
        entry["failed"] = True
    return json.dumps(entry, ensure_ascii=False) + "\n"


def _rotate(path: Path) -> None:
    """Begin a new file when this one is large; the one before the last goes."""
    if path.exists() and path.stat().st_size > LARGEST:
        path.replace(path.with_name(f"{path.name}.1"))


def sign_of_life() -> None:
    """On the host that has the lock of the cloud: tell other machines that this run is at work."""
    run = run_holder.from_environment(os.environ)
    path = ROOT / LOCK
    with contextlib.suppress(OSError):
        found = run_holder.load(path.read_text(encoding="utf-8")) if run else None
        if run and found and found.run == run.run:
            os.utime(path)
