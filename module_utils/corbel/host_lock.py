"""The lock of a cloud on one of its hosts, for runs from several machines. Runs on the host."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import atomic, host_journal, run_holder, run_lock
from ansible.module_utils.corbel.run_holder import Holder


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """One process at a time reads and writes the lock's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path.with_suffix(".guard"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def look(path: Path) -> tuple[Holder | None, float]:
    """Who has the lock, and how many seconds ago it gave a sign of life."""
    try:
        return run_holder.load(path.read_text(encoding="utf-8")), max(0.0, time.time() - path.stat().st_mtime)
    except OSError:
        return None, 0.0


def take(mine: Holder, lease: float, takeover: str, check: bool) -> dict[str, Any]:
    """Take the lock if nobody has it who may still be at work; say who has it or had it."""
    path = host_journal.ROOT / host_journal.LOCK
    with _guarded(path):
        found, age = look(path)
        verdict = run_lock.judge(found, mine, age, lease, takeover)
        if verdict.granted and not check:
            atomic.write(path, f"{run_holder.dump(mine)}\n", 0o644)
    return {
        "granted": verdict.granted,
        "taken_over": verdict.taken_over,
        "reason": verdict.reason,
        "holder": run_holder.dump(found) if found else "",
    }


def release(mine: Holder, check: bool) -> dict[str, Any]:
    """Give the lock back, if this run has it."""
    path = host_journal.ROOT / host_journal.LOCK
    with _guarded(path):
        found, _ = look(path)
        has_it = found is not None and found.run == mine.run
        if has_it and not check:
            path.unlink()
    return {"granted": has_it, "taken_over": False, "reason": "", "holder": run_holder.dump(found) if found else ""}
