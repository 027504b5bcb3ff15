"""Starts a run and kills it at a moment, or lets it end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.resilience.plan import TREE


@dataclass(frozen=True)
class Ended:
    """How a run ended, and after how many seconds. A killed one has no exit code."""

    code: int | None
    seconds: float


def descendants(root: int, proc: Path = Path("/proc")) -> list[int]:
    """A process and all below it, also those in sessions of their own, as Ansible's workers are."""
    parents: dict[int, list[int]] = {}
    for entry in proc.glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, pending = [], [root]
    while pending:
        process = pending.pop()
        found.append(process)
        pending += parents.get(process, [])
    return found


def run(
    command: Sequence[str], log: Path, environment: dict[str, str], kill_after: float | None = None, victims: str = ""
) -> Ended:
    """Run a command with its output in a log; kill it with SIGKILL if it has not ended by then."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    try:
        code = process.wait(kill_after)
        return Ended(code, time.monotonic() - started)
    except subprocess.TimeoutExpired:
        kill(process.pid, victims)
        process.wait()
        return Ended(None, time.monotonic() - started)
    except BaseException:
        kill(process.pid, TREE)
        process.wait()
        raise


def kill(leader: int, victims: str) -> None:
    """Send SIGKILL to a process group; with `tree` to every process below the leader as well."""
    others = descendants(leader) if victims == TREE else []
    os.killpg(leader, signal.SIGKILL)
    for process in others:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
