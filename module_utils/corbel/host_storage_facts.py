"""Disks a host should give to the cloud, volume groups it has, and what the kernel says of errors. Runs on hosts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import disk_facts
from ansible.module_utils.corbel.disks import DiskError, expendable_names, judge_all, wanted_disks
from ansible.module_utils.corbel.host_files import names, number, text
from ansible.module_utils.corbel.host_run import RunFully

LVM = ["--config", disk_facts.EVERYTHING, "--reportformat", "json"]
LVS = ["lvs", *LVM, "--options", "lv_name,vg_name,segtype,data_percent,metadata_percent"]
VGS = ["vgs", *LVM, "--units", "m", "--nosuffix", "--options", "vg_name,vg_size,vg_free"]
# What Cinder calls volumes and snapshots, and what is made while it works on them.
OURS = ("volume-", "_snapshot-", "snapshot-", "clone-", "tmp-snap-")
# The same, where LVM writes the name of what is hidden.
HIDDEN = "["


@dataclass(frozen=True)
class VolumeGroup:
    """A volume group as far as a preflight looks at it."""

    name: str
    size_mb: int
    free_mb: int
    foreign: tuple[str, ...] = ()
    # Thin pools: name, percent of data, percent of metadata.
    pools: tuple[tuple[str, float, float], ...] = ()


@dataclass
class StorageFacts:
    """What the checks of storage look at; empty is nothing to say."""

    # Declared disks that are not there, and those that must not be used: sentences.
    missing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    groups: list[VolumeGroup] = field(default_factory=list)
    read_only: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)


def gather(root: Path, paths: Iterable[str], wanted: Mapping[str, Any], run: RunFully) -> StorageFacts:
    """Read everything; `wanted` has `devices`, `expendable` and `volume_groups`."""
    facts = StorageFacts(
        read_only=read_only(root, paths), errors=file_system_errors(root), degraded=degraded_arrays(root)
    )
    if wanted["devices"]:
        facts.missing, facts.refused = judged(wanted["devices"], wanted["expendable"], run)
    if wanted["volume_groups"]:
        facts.groups = volume_groups(wanted["volume_groups"], run)
    return facts


def judged(
    devices: Sequence[Mapping[str, Any]], expendable: Iterable[Any], run: RunFully
) -> tuple[list[str], list[str]]:
    """Give what is said against the declared disks: those that are missing, those that must not be used."""
    missing: list[str] = []
    refused: list[str] = []
    try:
        wanted = wanted_disks(devices)
    except DiskError as error:
        return [], str(error).splitlines()
    present = []
    try:
        chosen = disk_facts.disk_facts(run, wanted)
        present = list(zip(wanted, chosen, strict=True))
    except DiskError:
        # One that is missing hides none of the others.
        for one in wanted:
            try:
                present.append((one, disk_facts.disk_facts(run, [one])[0]))
            except disk_facts.CommandError:
                continue
            except DiskError as error:
                missing += str(error).splitlines()
    except (OSError, ValueError, KeyError):
        return [], []
    try:
        judge_all([one for one, _ in present], [disk for _, disk in present], expendable_names(expendable))
    except DiskError as error:
        refused = str(error).splitlines()
    return missing, refused


def volume_groups(wanted: Iterable[str], run: RunFully) -> list[VolumeGroup]:
    """Read the volume groups of these names, as far as they are there."""
    groups, volumes = _report(run(VGS), "vg"), _report(run(LVS), "lv")
    found = []
    for row in groups:
        name = row["vg_name"]
        if name not in set(wanted):
            continue
        here = [one for one in volumes if one["vg_name"] == name]
        pools = [one for one in here if one["segtype"] == "thin-pool"]
        ours = (*OURS, HIDDEN, f"{name}-pool")
        found.append(
            VolumeGroup(
                name,
                int(float(row["vg_size"])),
                int(float(row["vg_free"])),
                tuple(one["lv_name"] for one in here if not one["lv_name"].startswith(ours)),
                tuple((one["lv_name"], _share(one["data_percent"]), _share(one["metadata_percent"])) for one in pools),
            )
        )
    return found


def read_only(root: Path, paths: Iterable[str]) -> list[str]:
    """Name the paths whose file system takes no writes, as after an error of the disk."""
    found = []
    for path in paths:
        place = root / path.lstrip("/")
        while not place.exists():
            place = place.parent
        if os.statvfs(place).f_flag & os.ST_RDONLY:
            found.append(path)
    return found


def file_system_errors(root: Path) -> list[str]:
    """Name the disks whose file system counted errors."""
    folder = root / "sys/fs/ext4"
    return [name for name in names(folder) if number(folder / name / "errors_count")]


def degraded_arrays(root: Path) -> list[str]:
    """Name the arrays of the kernel that miss a disk."""
    folder = root / "sys/block"
    arrays = [name for name in names(folder) if (folder / name / "md").is_dir()]
    return [name for name in arrays if text(folder / name / "md/degraded").strip() not in {"", "0"}]


def _report(answer: tuple[int, str, str], kind: str) -> list[dict[str, str]]:
    code, output, _ = answer
    if code:
        return []
    try:
        reports = json.loads(output or "{}").get("report", [])
    except ValueError:
        return []
    return [row for report in reports for row in report.get(kind, [])]


def _share(value: str) -> float:
    return float(value) if value else 0.0
