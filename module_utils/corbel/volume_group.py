"""What a volume group is, what it should be, and the commands in between. Runs on hosts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.corbel.disks import Judged, size_words

# What lvcreate sets aside for the metadata of a pool, twice, and for rounding.
MOST_OF_A_GROUP = 98
OPTIONS = {
    "vgs": "vg_name,vg_extent_size,vg_extent_count,vg_free_count",
    "pvs": "pv_name,vg_name,pv_uuid,pv_pe_count,pv_pe_alloc_count,pv_missing,pv_allocatable",
    "lvs": "lv_name,vg_name,lv_size,segtype",
}
ROWS = {"vgs": "vg", "pvs": "pv", "lvs": "lv"}


class VolumeGroupError(Exception):
    """A volume group cannot be what is asked for; the message says what mends it."""


@dataclass(frozen=True)
class Member:
    """A disk of a volume group, in extents."""

    device: str
    extents: int
    used: int
    missing: bool = False
    allocatable: bool = True

    @property
    def free(self) -> int:
        """Extents that others could move to."""
        return self.extents - self.used if self.allocatable else 0


@dataclass
class Group:
    """A volume group as it is."""

    name: str
    extent_size: int
    members: list[Member] = field(default_factory=list)
    # Name to extents of what the operator sees, pools by themselves.
    volumes: dict[str, int] = field(default_factory=dict)
    pools: dict[str, int] = field(default_factory=dict)
    # An unfinished move of an earlier run.
    moving: bool = False

    @property
    def extents(self) -> int:
        """Size of the group."""
        return sum(member.extents for member in self.members)


@dataclass(frozen=True)
class Pool:
    """A thin pool that should be there."""

    name: str
    percent: int


@dataclass(frozen=True)
class Action:
    """A command, and what it does in a sentence."""

    command: tuple[str, ...]
    sentence: str
    # What follows is an estimate until the group has been read again.
    look_again: bool = False
    # What volumes that come and go, or LVM's own choices, make another size.
    size: str = ""

    def __str__(self) -> str:
        return f"{self.sentence} ({self.size})" if self.size else self.sentence


@dataclass
class Plan:
    """The way from what is to what should be."""

    actions: list[Action] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def parse(name: str, texts: Mapping[str, str]) -> Group | None:
    """The group of that name from the reports of vgs, pvs and lvs (sizes in bytes); None when there is none."""
    rows = {
        command: [row for report in json.loads(text or "{}").get("report", []) for row in report.get(ROWS[command], [])]
        for command, text in texts.items()
    }
    group = next((row for row in rows["vgs"] if row["vg_name"] == name), None)
    if group is None:
        return None
    found = Group(name, int(group["vg_extent_size"]))
    for row in rows["pvs"]:
        if row["vg_name"] == name:
            found.members.append(
                Member(
                    # LVM may give the name of a link; what is missing has no path.
                    os.path.realpath(row["pv_name"]) if row["pv_name"].startswith("/") else row["pv_name"],
                    int(row["pv_pe_count"]),
                    int(row["pv_pe_alloc_count"]),
                    bool(row["pv_missing"]),
                    bool(row["pv_allocatable"]),
                )
            )
    for row in rows["lvs"]:
        if row["vg_name"] != name:
            continue
        volume, extents = row["lv_name"], int(row["lv_size"]) // found.extent_size
        if volume.startswith("[pvmove"):
            found.moving = True
        elif volume.startswith("["):
            continue
        elif row["segtype"] == "thin-pool":
            found.pools[volume] = extents
        elif row["segtype"] != "thin":
            found.volumes[volume] = extents
    return found


def make_plan(name: str, disks: Sequence[Judged], group: Group | None, pool: Pool | None = None) -> Plan:
    """The commands in order: put disks in, take others out, make or grow the pool."""
    plan = Plan()
    if group is not None and group.moving:
        plan.actions.append(Action(("pvmove",), f"finish an interrupted move in volume group {name}", look_again=True))
    prepare(plan, [disk for disk in disks if disk.state == "expendable"])
    devices = [disk.device for disk in disks]
    if group is None:
        if not disks:
            raise VolumeGroupError(f"volume group {name} does not exist and no disk is given; expected at least one.")
        sentence = f"make volume group {name} of {', '.join(devices)}"
        plan.actions.append(Action(("vgcreate", name, *devices), sentence, look_again=True))
        # The size of an extent is LVM's own choice.
        if pool:
            plan.actions.append(new_pool(name, pool, f"{pool.percent}%VG"))
        plan.after = {"disks": sorted(devices)} | ({"pool": f"{pool.name} {pool.percent}%"} if pool else {})
        return plan
    plan.before = described(group, pool)
    check_members(group)
    present = {member.device for member in group.members}
    joining = [disk for disk in disks if disk.device not in present]
    leaving = [member for member in group.members if member.device not in devices]
    for member in group.members:
        if member.device in devices and not member.allocatable:
            command = ("pvchange", "--allocatable", "y", member.device)
            plan.actions.append(Action(command, f"open {member.device}, which an earlier run closed", look_again=True))
    if joining:
        names = [disk.device for disk in joining]
        sentence = f"put {', '.join(names)} into volume group {name}"
        plan.actions.append(Action(("vgextend", name, *names), sentence, look_again=True))
    take_out(plan, group, joining, leaving)
    plan.after = {**plan.before, "disks": sorted({*present, *devices} - {member.device for member in leaving})}
    if pool:
        grown = sum(whole_extents(disk, group) for disk in joining) - sum(one.extents for one in leaving)
        fit_pool(plan, group, pool, group.extents + grown)
    return plan


def prepare(plan: Plan, expendable: Iterable[Judged]) -> None:
    """Wipe what the operator gave up."""
    for disk in expendable:
        what = "; ".join(disk.found)
        plan.actions.append(Action(("wipefs", "--all", disk.device), f"wipe {disk.device} ({disk.wanted}): {what}"))


def check_members(group: Group) -> None:
    """Refuse a group that lacks a disk: what to do about it is the operator's decision."""
    missing = [member for member in group.members if member.missing]
    if missing:
        lost = sum(member.used for member in missing)
        raise VolumeGroupError(
            f"volume group {group.name} lacks {len(missing)} of its {len(group.members)} disks, which hold {lost} "
            f"extents ({size_words(lost * group.extent_size)}) of volumes; expected all. Bring the disks back; if they "
            f"are lost for good, delete the volumes on them and run 'vgreduce --removemissing {group.name}'."
        )


def take_out(plan: Plan, group: Group, joining: Sequence[Judged], leaving: Sequence[Member]) -> None:
    """Move what is on the disks that leave to those that stay, if it fits."""
    if not leaving:
        return
    names = ", ".join(member.device for member in leaving)
    staying = [member for member in group.members if member not in leaving]
    if not staying and not joining:
        raise VolumeGroupError(
            f"{names} would leave volume group {group.name} without a disk; expected one to stay. "
            "Name it in the list of disks again, or remove the group by hand when its volumes are gone."
        )
    used = sum(member.used for member in leaving)
    free = sum(member.free for member in staying) + sum(whole_extents(disk, group) for disk in joining)
    if used > free:
        raise VolumeGroupError(
            f"volume group {group.name}: {names} cannot leave: {used} extents ({size_words(used * group.extent_size)}) "
            f"are used there, and {free} ({size_words(free * group.extent_size)}) are free on the disks that stay. "
            f"{used - free} extents ({size_words((used - free) * group.extent_size)}) too many: put in another disk, "
            "delete or migrate volumes, or name the disk in the list again."
        )
    for member in leaving:
        # Nothing may be put on it while it is emptied, nor on another that leaves too.
        plan.actions.append(Action(("pvchange", "--allocatable", "n", member.device), f"close {member.device}"))
    for member in leaving:
        if member.used:
            size = size_words(member.used * group.extent_size)
            sentence = f"move what is on {member.device} to other disks"
            plan.actions.append(Action(("pvmove", member.device), sentence, size=size))
    for member in leaving:
        plan.actions.append(
            Action(("vgreduce", group.name, member.device), f"take {member.device} out of volume group {group.name}")
        )
        plan.actions.append(Action(("pvremove", member.device), f"leave {member.device} empty", look_again=True))


def fit_pool(plan: Plan, group: Group, pool: Pool, extents: int) -> None:
    """Make the pool, or let it grow with its group. A pool cannot shrink."""
    wanted = extents * pool.percent // 100
    present = group.pools.get(pool.name)
    if present is None:
        if pool.name in group.volumes:
            raise VolumeGroupError(
                f"{group.name}/{pool.name} is a volume and no thin pool; expected that name to be free. "
                "Rename the volume, or give the pool another name."
            )
        plan.actions.append(new_pool(group.name, pool, str(wanted)))
        plan.after["pool"] = f"{pool.name} {size_words(wanted * group.extent_size)}"
    elif present < wanted:
        plan.after["pool"] = f"{pool.name} {size_words(wanted * group.extent_size)}"
        size = size_words(wanted * group.extent_size)
        command = ("lvextend", "--extents", str(wanted), f"{group.name}/{pool.name}")
        plan.actions.append(Action(command, f"let thin pool {group.name}/{pool.name} grow", size=f"to {size}"))


def new_pool(group: str, pool: Pool, extents: str) -> Action:
    """Make a pool. What is given to volumes is zeroed first: they have different owners."""
    command = ("lvcreate", "--type", "thin-pool", "--extents", extents, "--zero", "y", "--name", pool.name, group)
    return Action(command, f"make thin pool {group}/{pool.name} of {pool.percent} % of the group")


def whole_extents(disk: Judged, group: Group) -> int:
    """Extents that a new disk will have; LVM keeps the first MiB for itself."""
    return max(0, disk.size - (1 << 20)) // group.extent_size


def described(group: Group, pool: Pool | None) -> dict[str, Any]:
    """The group for a difference that people read."""
    found: dict[str, Any] = {"disks": sorted(member.device for member in group.members)}
    if pool and pool.name in group.pools:
        found["pool"] = f"{pool.name} {size_words(group.pools[pool.name] * group.extent_size)}"
    return found


def check_name(name: str) -> None:
    """Refuse a name that LVM would refuse, or that would hide a folder of /dev."""
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-")
    if not name or not set(name) <= allowed or name.startswith(("-", ".")) or len(name) > 127:
        raise VolumeGroupError(
            f"found the name {name!r}; expected letters, digits and any of + _ . -, not beginning with - or a dot, at "
            "most 127. Rename the volume group."
        )


def check_pool(pool: Pool) -> None:
    """Refuse a share that leaves no room for the pool's own records."""
    if not 1 <= pool.percent <= MOST_OF_A_GROUP:
        raise VolumeGroupError(
            f"thin pool {pool.name} is to have {pool.percent} % of the group; expected 1 to {MOST_OF_A_GROUP}: the "
            "rest is for its metadata. Mend thin_pool.percent."
        )
