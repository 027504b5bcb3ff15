"""The lines that `make cloud` ends with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tools.cloud.phases import Phase

FOUR = ("controller", "network", "compute", "storage")


def _hosts(inventory: dict[str, Any]) -> dict[str, list[str]]:
    """Host → which of the four groups it is in; tolerates both forms of a YAML inventory."""
    groups = inventory.get("all", {}).get("children", inventory)
    found: dict[str, list[str]] = {}
    for group in FOUR:
        for host in (groups.get(group) or {}).get("hosts") or {}:
            found.setdefault(host, []).append(group)
    return found


def table(rows: list[tuple[str, ...]], indent: str = "  ") -> str:
    """Left-aligned columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def render(inventory_directory: Path, phases: list[Phase], lab_directory: Path) -> str:
    """What runs where, how long each phase took, where the credentials are and what to type next."""
    inventory = yaml.safe_load((inventory_directory / "hosts.yml").read_text())
    hosts: list[tuple[str, ...]] = [(host, ", ".join(groups)) for host, groups in _hosts(inventory).items()]
    rows: list[tuple[str, ...]] = [
        (phase.name, f"{phase.seconds:7.0f} s", f"{phase.changed} tasks changed something" if phase.tasks else "")
        for phase in phases
    ]
    rows.append(
        ("all", f"{sum(phase.seconds for phase in phases):7.0f} s", f"changed={sum(p.changed for p in phases)}")
    )
    return "\n".join(
        [
            "",
            "The cloud runs.",
            "",
            "Hosts",
            table(hosts),
            "",
            "Phases",
            table(rows),
            "",
            f"Credentials   {lab_directory}/clouds.yaml (administrator), {lab_directory}/ca.pem",
            f"Inventory     {inventory_directory}",
            "",
            "Next          OS_CLIENT_CONFIG_FILE=.lab/clouds.yaml .venv/bin/openstack --os-cloud corbel server list",
            "Remove        make clean-cloud",
        ]
    )
