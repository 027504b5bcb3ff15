"""Measures the module swift_ring against the program swift-ring-builder doing the same, for 12 to 1,000 devices.

Needs an environment with Swift: `python -m tests.bench rings --environment /opt/corbel/releases/<id>/control`.
Each work is done in a folder of its own by a process of its own, as on a host; what Ansible adds around a module is the
same for any module and not counted.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SIZES = (12, 50, 200, 1000)
# About 200 partition replicas for a device.
PART_POWERS = {12: 10, 50: 12, 200: 14, 1000: 16}
DISKS_OF_A_HOST = 10
HOUR_AND_A_BIT = 3700


def device(number: int) -> dict[str, Any]:
    """Ten disks a host, hosts spread over four zones."""
    host, disk = divmod(number, DISKS_OF_A_HOST)
    return {
        "region": 1,
        "zone": host % 4 + 1,
        "ip": f"10.0.{host // 250}.{host % 250 + 1}",
        "port": 6200,
        "replication_ip": None,
        "replication_port": None,
        "device": f"d{disk}",
        "weight": 100.0,
        "meta": "",
    }


def options(folder: Path, environment: str, count: int, part_power: int) -> dict[str, Any]:
    """Arguments of the module for a ring of so many devices."""
    ring = {
        "name": "object",
        "part_power": part_power,
        "replicas": 3.0,
        "min_part_hours": 1,
        "overload": 0.1,
        "weight_step": 0.0,
        "fixed_replicas": False,
        "needed_replicas": 1,
        "lost": [],
        "devices": [device(number) for number in range(count)],
    }
    return {
        "directory": str(folder),
        "environment": environment,
        "hash_prefix": "a",
        "hash_suffix": "b",
        "accept_loss": False,
        "check_replication": False,
        "timeout": 5.0,
        "backups": 10,
        "rings": [ring],
    }


def timed(work: Callable[[int], None], count: int) -> float:
    """Processor seconds of a piece of work: what else the machine does lengthens the wall's."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work(count)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Module:
    """One call does everything."""

    name = "swift_ring"

    def __init__(self, folder: Path, environment: str, part_power: int) -> None:
        self.folder, self.environment, self.part_power = folder, environment, part_power
        self.figures: dict[str, Any] = {}

    def apply(self, count: int) -> None:
        """Bring the ring to so many devices."""
        python = str(Path(self.environment) / "bin/python")
        script = Path(__file__).with_name("ring_runner.py")
        done = subprocess.run(
            [python, "-W", "ignore", str(script), str(ROOT)],
            input=json.dumps(options(self.folder, self.environment, count, self.part_power)),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        self.figures = json.loads(done.stdout)

    make = apply
    grow = apply
    again = apply


class Program:
    """The program of Swift, as its manual has it: create, add all devices in one call, rebalance."""

    name = "swift-ring-builder"

    def __init__(self, folder: Path, environment: str, part_power: int) -> None:
        self.builder, self.environment, self.part_power = folder / "object.builder", environment, part_power

    def run(self, *arguments: str, good: Sequence[int] = (0,)) -> None:
        """One call; a rebalance that finds nothing to do, or a dispersion, ends with 1."""
        argv = [str(Path(self.environment) / "bin/swift-ring-builder"), str(self.builder), *arguments]
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
        if done.returncode not in good:
            raise RuntimeError(f"{argv[:3]}: {done.stdout[-1000:]}{done.stderr[-1000:]}")

    def add(self, first: int, end: int) -> None:
        """Add devices in one call."""
        words: list[str] = []
        for number in range(first, end):
            one = device(number)
            words += [f"r{one['region']}z{one['zone']}-{one['ip']}:{one['port']}/{one['device']}", str(one["weight"])]
        self.run("add", *words)

    def make(self, count: int) -> None:
        """A new ring."""
        self.run("create", str(self.part_power), "3", "1")
        self.run("set_overload", "0.1")
        self.add(0, count)
        self.run("rebalance", good=(0, 1))

    def grow(self, count: int) -> None:
        """A tenth more devices."""
        self.add(held(self.builder), count)
        self.run("rebalance", good=(0, 1))

    def again(self, count: int) -> None:
        """Nothing has changed; the program is asked whether anything is to be done."""
        self.run("rebalance", good=(0, 1))


def held(builder: Path) -> int:
    """Devices in a builder file."""
    with builder.open("rb") as file:
        return len(pickle.load(file)["devs"])  # noqa: S301 - made by the bench itself


def let_hours_pass(builder: Path) -> None:
    """Make a builder file older, so that partitions may move again."""
    with builder.open("rb") as file:
        data = pickle.load(file)  # noqa: S301 - made by the bench itself
    data["_last_part_moves_epoch"] -= HOUR_AND_A_BIT
    with builder.open("wb") as file:
        pickle.dump(data, file, protocol=2)


def measure(environment: str, sizes: Sequence[int], repeat: int) -> list[dict[str, Any]]:
    """Processor seconds of each work by each way: a new ring, a tenth more devices, nothing to do."""
    rows = []
    for size in sizes:
        grown = size + max(1, size // 10)
        for way in (Module, Program):
            seconds: dict[str, list[float]] = {"make": [], "grow": [], "again": []}
            for _ in range(repeat):
                with tempfile.TemporaryDirectory(prefix="corbel-rings-") as name:
                    done = way(Path(name), environment, PART_POWERS.get(size, 10))
                    builder = Path(name) / "object.builder"
                    seconds["make"].append(timed(done.make, size))
                    let_hours_pass(builder)
                    seconds["grow"].append(timed(done.grow, grown))
                    seconds["again"].append(timed(done.again, grown))
            row = {"devices": size, "part_power": PART_POWERS.get(size, 10), "way": way.name}
            rows.append({**row, **{work: round(statistics.median(found), 2) for work, found in seconds.items()}})
            print(json.dumps(rows[-1]), flush=True, file=sys.stderr)
    return rows


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The rows for docs/benchmarks.md."""
    lines = ["| devices | partitions | way | new ring | a tenth more devices | nothing to do |", "|" + " --- |" * 6]
    for row in rows:
        seconds = " | ".join(f"{row[work]:.2f} s" for work in ("make", "grow", "again"))
        lines.append(f"| {row['devices']} | 2^{row['part_power']} | `{row['way']}` | {seconds} |")
    return lines
