"""One run at a time changes a cloud: the lock on the controlling machine, and the judgement of the one on a host.

The lock is a flock on a file. It vanishes with the process that holds it, however that dies. Workers of Ansible
inherit it and outlive a killed run until their task is over, so it is free only when nothing of the run is at work.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.corbel import run_holder
from ansible.module_utils.corbel.run_holder import PROC, Holder

FILE = "run.lock"
# For scripts: try again later (EX_TEMPFAIL of sysexits.h).
REFUSED = 75
# Playbooks that may run beside any other: they read, or make only things of their own.
READ_ONLY = frozenset({"check_hosts", "check_inventory", "drift", "explain", "plan", "preflight", "verify"})
# How long what a killed run left at work may take; the longest task lays down a release or changes a schema.
WAIT_SECONDS = 900.0
LONGEST = 65536


class RefusedError(Exception):
    """Another run holds the lock; the message names it and says what to do."""


@dataclass
class Lock:
    """A lock that is held until the process ends. `before` is who had it last."""

    handle: int
    before: Holder | None


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need not wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def take(
    folder: Path, mine: Holder, say: Callable[[str], None], wait: float = WAIT_SECONDS, clock: Clock | None = None
) -> Lock:
    """Take the lock of a cloud, or refuse at once if the run that has it lives."""
    clock = clock or Clock()
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _wait(path, handle, say, wait, clock)
        before = read(handle)
        _write(handle, mine)
    except BaseException:
        os.close(handle)
        raise
    return Lock(handle, before)


def _wait(path: Path, handle: int, say: Callable[[str], None], wait: float, clock: Clock) -> None:
    end, said = clock.now() + wait, False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            other = read(handle)
        if other is None or run_holder.is_alive(other):
            title = other.title() if other else "a run that did not leave its name yet"
            kill = f", or end it with 'kill {other.pid}'" if other else ""
            raise RefusedError(
                f"this cloud is being changed by {title}; expected no other run (lock {path}). "
                f"Wait until that run has ended{kill}, and run again"
            )
        if not said:
            say(f"The run of {other.title()} died. Waiting for those of its tasks that are still at work.")
            said = True
        if clock.now() > end:
            pids = " ".join(map(str, leftover(path))) or "(of another user)"
            raise RefusedError(
                f"the run of {other.title()} died and processes of it are still at work after {wait:.0f} s; expected "
                f"them to end by themselves (lock {path}). See what they do, end them with 'kill {pids}', and run again"
            )
        clock.sleep(0.2)


def leftover(path: Path, proc: Path = PROC) -> list[int]:
    """Processes that have the lock's file open, as far as this user may see."""
    wanted = path.stat()
    found = []
    for folder in proc.glob("[0-9]*"):
        try:
            entries = [entry.stat() for entry in (folder / "fd").iterdir()]
        except OSError:
            continue
        if any((entry.st_dev, entry.st_ino) == (wanted.st_dev, wanted.st_ino) for entry in entries):
            found.append(int(folder.name))
    return sorted(set(found) - {os.getpid()})


def read(handle: int) -> Holder | None:
    """Who wrote the lock's file last."""
    return run_holder.load(os.pread(handle, LONGEST, 0).decode(errors="replace"))


def _write(handle: int, mine: Holder) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{run_holder.dump(mine)}\n".encode(), 0)


@dataclass(frozen=True)
class Verdict:
    """Whether a run may have the lock on a host, and why."""

    granted: bool
    reason: str = ""
    # The lock was left by a run that did not end in order.
    taken_over: bool = False


def judge(found: Holder | None, mine: Holder, age: float, lease: float, takeover: str) -> Verdict:
    """Judge the lock on a host, which tells of runs from other machines. `age` is that of the last sign of life."""
    if found is None:
        return Verdict(True)
    if found.run == mine.run:
        return Verdict(True, "this run has it already")
    if (found.machine, found.place) == (mine.machine, mine.place):
        return Verdict(True, "its run was started here and does not run any more", True)
    if takeover == found.run:
        return Verdict(True, "run_lock_takeover says that it is over", True)
    if age > lease:
        return Verdict(True, f"it gave no sign of life for {age / 60:.0f} minutes", True)
    return Verdict(False, f"last sign of life {age:.0f} s ago")
