"""Measures a comparison with hosts that are not there and have everything: what remains is the work of this machine.

Left out are what SSH costs for two or three calls to each host, and packing the module, once per run.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT
from tests.unit.comparison import conftest as runs

SIZES = (10, 100, 300, 1000)
CONTROLLERS, NETWORKS, STORAGES = 3, 2, 3


def hosts(count: int) -> dict[str, Any]:
    """An inventory of three controllers, two network and three storage hosts; the others are hypervisors."""
    purposes = {"controller": CONTROLLERS, "network": NETWORKS, "storage": STORAGES}
    purposes["compute"] = count - sum(purposes.values())
    made: dict[str, Any] = {}
    number = 0
    for purpose, wanted in purposes.items():
        made[purpose] = {"hosts": {}}
        for index in range(wanted):
            number += 1
            end = f"{number // 250}.{number % 250 + 1}"
            addresses = {"management": f"10.1.{end}", "tunnel": f"10.2.{end}", "storage": f"10.3.{end}"}
            made[purpose]["hosts"][f"{purpose}{index + 1}"] = {"corbel_addresses": addresses}
    return made


def prepare(folder: Path, count: int) -> None:
    """Write an inventory with secrets, a release that looks built and the settings."""
    runs.settings(folder)
    runs.release_folder(folder / "cache")
    runs.copy_inventory("ha", folder / "inventory")
    (folder / "inventory/hosts.yml").write_text(yaml.safe_dump(hosts(count), sort_keys=False))
    settings = folder / "inventory/group_vars/all/corbel.yml"
    networks = {"management": "10.1.0.0/16", "tunnel": "10.2.0.0/16", "storage": "10.3.0.0/16"}
    variables = yaml.safe_load(settings.read_text()) | {
        "corbel_networks": {name: {"cidr": cidr} for name, cidr in networks.items()},
        "corbel_internal_vip": "10.1.250.1",
        "corbel_public_vip": "10.1.250.2",
    }
    settings.write_text(yaml.safe_dump(variables))
    config = folder / "ansible.cfg"
    config.write_text(config.read_text().replace("forks = 2", "forks = 10"))
    runs.ansible(folder, folder / "inventory", ROOT / "playbooks/secrets.yml", "--limit", "controller1")
    (folder / "site.yml").write_text(
        yaml.safe_dump([{"ansible.builtin.import_playbook": f"{ROOT}/playbooks/{name}.yml"} for name in runs.PLAYBOOKS])
    )


def measure(count: int) -> dict[str, Any]:
    """Compare so many hosts; the seconds of wall and processor, and the memory of the largest process."""
    folder = Path(tempfile.mkdtemp(prefix="comparison-"))
    try:
        prepare(folder, count)
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = runs.ansible(
            folder, folder / "inventory", folder / "site.yml", "--skip-tags", "client_access", timeout=7200
        )
        wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        shutil.rmtree(folder)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "hosts": count,
        "wall": wall,
        "cpu": used,
        "cpu_per_host": used / count,
        "memory_mb": after.ru_maxrss // 1024,
        "tasks": max(done.tasks.values()),
        "load": os.getloadavg()[0],
    }


def table(found: list[dict[str, Any]]) -> list[str]:
    """One line for each size."""
    lines = ["hosts   wall s    cpu s   cpu s/host   MB in the largest process   tasks of a host   load"]
    for one in found:
        lines.append(
            f"{one['hosts']:5d} {one['wall']:8.1f} {one['cpu']:8.1f} {one['cpu_per_host']:12.2f}"
            f" {one['memory_mb']:27d} {one['tasks']:17d} {one['load']:6.1f}"
        )
    return lines
