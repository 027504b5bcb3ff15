"""Measures one phase: seconds, peak memory, bytes sent, and what the report of each playbook adds."""

from __future__ import annotations

import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.phases import Phase

FROM_REPORT = ("playbook", "wall_seconds", "tasks", "results", "critical_path_seconds")


def memory_of(root: int) -> int:
    """Return the bytes of a process and all its descendants; what workers share with their parent counts once."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.name))
    total, pending = 0, [root]
    while pending:
        process = pending.pop()
        total += share_of(process)
        pending += parents.get(process, [])
    return total


def share_of(process: int) -> int:
    """Return a process's share of memory, from the line `Pss: 1234 kB`; 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


class Watch(threading.Thread):
    """Looks at the memory of a process tree from time to time, the less often the longer a look takes."""

    def __init__(self, process: int, interval: float = 1.0) -> None:
        super().__init__(daemon=True)
        self.process, self.interval = process, interval
        self.peak = 0
        self.over = threading.Event()

    def run(self) -> None:
        pause = self.interval
        while not self.over.wait(pause):
            begun = time.monotonic()
            self.peak = max(self.peak, memory_of(self.process))
            pause = max(self.interval, 20 * (time.monotonic() - begun))


def watched(command: Sequence[str], root: Path, environment: Mapping[str, str], **options: Any) -> dict[str, Any]:
    """Run a command to its end; return its status and what it and its descendants used."""
    used, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(command, cwd=root, env=environment, **options) as process:
        watch = Watch(process.pid)
        watch.start()
        status = process.wait()
    wall, now = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    watch.over.set()
    return {
        "status": status,
        "wall_seconds": round(wall, 2),
        "cpu_seconds": round(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, 2),
        "peak_memory_bytes": watch.peak,
    }


def interface_bytes() -> dict[str, int]:
    """Return what each interface of this machine has sent."""
    counters = Path("/sys/class/net").glob("*/statistics/tx_bytes")
    return {path.parts[-3]: int(path.read_text(encoding="utf-8")) for path in counters if path.parts[-3] != "lo"}


def shipped(before: dict[str, int], after: dict[str, int]) -> int:
    """Return the bytes sent between two readings; an interface that is new began at nothing."""
    return sum(max(0, count - before.get(name, 0)) for name, count in after.items())


def reports(directory: Path) -> list[dict[str, Any]]:
    """Return what the runs of playbooks left, oldest first, without their tasks."""
    files = sorted(directory.glob("*.json"), key=lambda path: path.stat().st_mtime)
    loaded = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    return [{key: report[key] for key in FROM_REPORT if key in report} for report in loaded]


def measure(phase: Phase, inventory: str, root: Path) -> dict[str, Any]:
    """Run a phase and return its measurement."""
    command = [part.format(inventory=inventory) for part in phase.command]
    if command[0] == "ansible-playbook":
        command[0] = str(Path(sys.executable).with_name(command[0]))
    with tempfile.TemporaryDirectory(prefix="corbel-bench-") as directory:
        environment = {**os.environ, "CORBEL_REPORT": directory}
        sent = interface_bytes()
        used = watched(command, root, environment)
        runs = reports(Path(directory))
    return {
        "phase": phase.name,
        "about": phase.about,
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        **used,
        "bytes_sent": shipped(sent, interface_bytes()),
        "tasks": sum(run.get("tasks", 0) for run in runs),
        "changed": sum(run.get("results", {}).get("changed", 0) for run in runs),
        "runs": runs,
    }
