"""Prints two measurements side by side."""

from __future__ import annotations

import statistics
from typing import Any

FIGURES = (
    ("wall_seconds", "wall s", 1.0),
    ("cpu_seconds", "cpu s", 1.0),
    ("tasks", "tasks", 1.0),
    ("changed", "changed", 1.0),
    ("bytes_sent", "MiB sent", 2.0**20),
    ("peak_memory_bytes", "MiB peak", 2.0**20),
)


def medians(measurement: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the median of every figure by phase."""
    phases: dict[str, list[dict[str, Any]]] = {}
    for entry in measurement["phases"]:
        phases.setdefault(entry["phase"], []).append(entry)
    return {
        name: {figure: statistics.median(entry.get(figure, 0) for entry in entries) for figure, _, _ in FIGURES}
        for name, entries in phases.items()
    }


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return one line per phase and figure: before, after, and how many times as much."""
    old, new = medians(before), medians(after)
    lines = [f"{'PHASE':<12} {'FIGURE':<10} {'BEFORE':>10} {'AFTER':>10} {'RATIO':>7}"]
    for name in dict.fromkeys((*old, *new)):
        for figure, title, unit in FIGURES:
            have = [entry[figure] / unit if (entry := side.get(name)) else None for side in (old, new)]
            lines.append(f"{name:<12} {title:<10} {shown(have[0]):>10} {shown(have[1]):>10} {ratio(*have):>7}")
    return lines


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def ratio(before: float | None, after: float | None) -> str:
    if not before or after is None:
        return "-"
    return f"{after / before:.2f}"
