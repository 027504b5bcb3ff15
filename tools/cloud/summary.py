"""The lines that `make cloud` ends with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tools.cloud.phases import Phase

ROLES = Path(__file__).resolve().parent.parent.parent / "roles"
# Groups whose role has the name of the program.
INFRASTRUCTURE = {"database", "message_queue", "load_balancer"}


def _groups(inventory_directory: Path) -> dict[str, Any]:
    """The groups of hosts.yml and groups.yml; tolerates both forms of a YAML inventory."""
    found: dict[str, Any] = {}
    for name in ("hosts.yml", "groups.yml"):
        path = inventory_directory / name
        content = (yaml.safe_load(path.read_text()) if path.exists() else None) or {}
        found |= content.get("all", {}).get("children", content)
    return found


def _members(groups: dict[str, Any], name: str) -> list[str]:
    """The hosts of a group, those of its children included, each once."""
    group = groups.get(name) or {}
    below = [host for child in group.get("children") or {} for host in _members(groups, child)]
    return list(dict.fromkeys([*(group.get("hosts") or {}), *below]))


def running(inventory_directory: Path) -> dict[str, list[str]]:
    """Host → what the cloud runs there, in the order of the groups."""
    groups = _groups(inventory_directory)
    roles = {path.name for path in ROLES.iterdir()}
    found: dict[str, list[str]] = {}
    for group in groups:
        for host in _members(groups, group):
            found.setdefault(host, [])
            if group in roles | INFRASTRUCTURE:
                found[host].append(group)
    return found


def table(rows: list[tuple[str, ...]], indent: str = "  ") -> str:
    """Left-aligned columns."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def render(inventory_directory: Path, phases: list[Phase], lab_directory: Path) -> str:
    """What runs where, how long each phase took, where the credentials are and what to type next."""
    hosts: list[tuple[str, ...]] = [
        (host, ", ".join(names) or "nothing yet") for host, names in running(inventory_directory).items()
    ]
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
