"""Refusals: one sentence with what was found, what was expected and what mends it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.errors import LabError
from lab.machine import DISK_OF_CACHE, DISK_PER_HOST, Machine, available_memory, refuse

GOOD = Machine(0, (), memory=8000, disk=100_000, tun=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user": 1000}, "runs as user 1000; expected root"),
        ({"missing": ("nftables", "mmdebstrap")}, "apt-get install --no-install-recommends nftables mmdebstrap"),
        ({"tun": False}, "/dev/net/tun is missing; .*modprobe tun"),
        ({"memory": 2999}, "2999 MiB of memory are available; the 2 hosts to start need 3000 MiB: .*--topology small"),
        ({"disk": 100}, f"100 MiB of disk are free; the lab needs {2 * DISK_PER_HOST} MiB"),
    ],
)
def test_what_is_missing_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(LabError, match=message):
        refuse(replace(GOOD, **change), [1000, 2000], uml=True, cache_ready=True)


def test_a_good_machine_passes() -> None:
    refuse(GOOD, [1000, 7000], uml=True, cache_ready=True)
    refuse(replace(GOOD, tun=False), [], uml=False, cache_ready=True)


def test_the_first_run_needs_disk_for_images() -> None:
    with pytest.raises(LabError, match="disk"):
        refuse(replace(GOOD, disk=DISK_OF_CACHE + DISK_PER_HOST - 1), [1000], uml=False, cache_ready=False)


def test_memory_is_read_from_the_kernel() -> None:
    assert available_memory("MemTotal: 100 kB\nMemAvailable:   2048000 kB\n") == 2000


def test_readiness_reads_this_machine() -> None:
    from lab.machine import read

    assert read(Path("/nonexistent/folder")).disk > 0
