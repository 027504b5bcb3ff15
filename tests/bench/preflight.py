"""Measures the checks before a run: those of the inventory, which ask no host, and those of simulated hosts.

What hosts do themselves, a reading each at the same time, is not in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.bench.run import watched
from tests.bench.scale import MIB, prepare
from tests.bench.site import ROOT, Site, playbook

SIZES = (10, 100)
# The paths between hosts are tried while one of them is new.
PARTS = {
    "inventory": ("playbooks/check_inventory.yml",),
    "hosts": ("-e", "preflight_paths=never", "playbooks/check_hosts.yml"),
    "hosts and paths": ("-e", "preflight_paths=always", "playbooks/check_hosts.yml"),
}


def measure(count: int, folder: Path) -> list[dict[str, Any]]:
    """Measure each part over so many hosts."""
    site = Site(folder / f"{count}-preflight", count).make()
    prepare(site, playbook(site, "playbooks/secrets.yml"))
    rows = []
    for part, words in PARTS.items():
        *options, name = words
        with (site.folder / f"{part.replace(' ', '-')}.log").open("w", encoding="utf-8") as output:
            used = watched(playbook(site, name, *options), ROOT, site.environment(), stdout=output, stderr=output)
        rows.append({"hosts": count, "part": part, **used})
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    return rows


def table(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Give the rows for docs/benchmarks.md."""
    heads = ("hosts", "checks of", "wall", "processor", "memory")
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for row in rows:
        cells = (
            f"{row['hosts']}",
            f"{row['part']}",
            f"{row['wall_seconds']:.1f} s",
            f"{row['cpu_seconds']:.1f} s",
            f"{row['peak_memory_bytes'] / MIB:.0f} MiB",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines
