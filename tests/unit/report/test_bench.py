"""The benchmark's arithmetic, and one real measurement of nothing much."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.compare import compare
from tests.bench.phases import PHASES, Phase
from tests.bench.run import measure, memory_of, shipped

ROOT = Path(__file__).resolve().parents[3]


def test_the_ratio_is_of_the_medians() -> None:
    before: dict[str, Any] = {"phases": [{"phase": "noop", "wall_seconds": seconds} for seconds in (1, 2, 90)]}
    after = {"phases": [{"phase": "noop", "wall_seconds": 1}, {"phase": "site", "wall_seconds": 7}]}
    lines = compare(before, after)
    assert lines[1].split() == ["noop", "wall", "s", "2.0", "1.0", "0.50"]
    assert ["site", "wall", "s", "-", "7.0", "-"] in [line.split() for line in lines]


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [({"a": 5}, {"a": 7}, 2), ({}, {"a": 7}, 7), ({"a": 5}, {}, 0), ({"a": 5}, {"a": 1}, 0)],
)
def test_shipped(before: dict[str, int], after: dict[str, int], count: int) -> None:
    assert shipped(before, after) == count


def test_memory_counts_this_process() -> None:
    assert memory_of(os.getpid()) > 1 << 20


def test_every_playbook_of_a_phase_exists() -> None:
    named = [part for phase in PHASES.values() for part in phase.command if part.startswith("playbooks/")]
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_a_measurement_holds_every_figure(tmp_path: Path) -> None:
    phase = Phase("nothing", "", (sys.executable, "-c", "raise SystemExit(3)"))
    measured = measure(phase, "", tmp_path)
    assert measured["status"] == 3
    assert measured["wall_seconds"] > 0
    assert {"cpu_seconds", "bytes_sent", "peak_memory_bytes", "tasks", "changed", "runs"} <= set(measured)
