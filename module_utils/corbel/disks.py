"""Disks named by what stays the same: which device has a name, and whether it may be used. Runs on hosts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KINDS = ("serial", "wwn", "by_id")
LINKS = "/dev/disk/"


class DiskError(Exception):
    """A disk cannot be found or must not be used; the message says what mends it."""


@dataclass(frozen=True)
class Wanted:
    """A disk as the operator names it, and who asks for it."""

    kind: str
    name: str
    purpose: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Signature:
    """What a program left on a disk by which it knows its data again."""

    type: str
    label: str = ""


@dataclass
class Disk:
    """A block device that could be used, and all that speaks against it."""

    device: str
    size: int = 0
    read_only: bool = False
    serials: frozenset[str] = frozenset()
    wwns: frozenset[str] = frozenset()
    # Sentences on partitions, volumes and the like.
    children: list[str] = field(default_factory=list)
    mounts: list[str] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    # Volume group of a physical volume; empty where the volume is in none or LVM is not there to tell.
    volume_group: str = ""
    busy: bool = False
    # The device of which this one is a path.
    multipath: str = ""

    def found(self) -> list[str]:
        """What is on the disk, for people."""
        words = []
        for entry in self.signatures:
            label = f" labelled {entry.label}" if entry.label else ""
            group = f" of volume group {self.volume_group}" if self.volume_group and is_lvm(entry) else ""
            words.append(f"{entry.type} signature{label}{group}")
        words += self.children
        words += [f"mounted at {path}" for path in self.mounts]
        if self.busy and not self.mounts:
            words.append("in use by the kernel")
        if self.read_only:
            words.append("read-only")
        return words

    def belongs_to(self, purpose: str) -> bool:
        """Whether a volume group or a file system of this name is on the whole disk already."""
        if self.volume_group:
            return self.volume_group == purpose
        types = {entry.type for entry in self.signatures}
        return len(types) == 1 and not is_lvm(self.signatures[0]) and self.signatures[0].label == purpose != ""


@dataclass(frozen=True)
class Judged:
    """A disk that may be used."""

    wanted: Wanted
    device: str
    size: int
    state: str  # empty, ours, expendable
    found: tuple[str, ...]

    def result(self) -> dict[str, Any]:
        """The disk as the module returns it."""
        return {
            "name": self.wanted.name,
            "device": self.device,
            "size": self.size,
            "state": self.state,
            "found": list(self.found),
        }


def is_lvm(signature: Signature) -> bool:
    """Whether LVM left the signature."""
    return signature.type.startswith("LVM")


def wanted_disks(disks: Iterable[Mapping[str, Any]], purpose: str = "") -> list[Wanted]:
    """What the operator wrote, checked: each disk named in one way and once."""
    found: list[Wanted] = []
    for position, entry in enumerate(disks, start=1):
        given = {kind: str(entry[kind]) for kind in KINDS if entry.get(kind)}
        if len(given) != 1:
            raise DiskError(
                f"disk {position} of the list is named by {' and '.join(sorted(given)) or 'nothing'}; expected exactly "
                f"one of {', '.join(KINDS)}."
            )
        ((kind, name),) = given.items()
        if kind == "by_id" and name.startswith("/") and not name.startswith(LINKS):
            raise DiskError(
                f"disk {position} of the list has by_id {name}, a name that another start of the host may give to "
                f"another disk; expected a name of {LINKS}by-id or a path below {LINKS}."
            )
        asks = str(entry.get("purpose") or purpose)
        if not asks:
            raise DiskError(f"disk {position} of the list ({kind} {name}) has no purpose; give it one, or all of them.")
        wanted = Wanted(kind, name, asks)
        if any((other.kind, other.name) == (kind, name) for other in found):
            raise DiskError(f"{wanted} is in the list twice; expected each disk once.")
        found.append(wanted)
    return found


def expendable_names(entries: Iterable[Any]) -> set[tuple[str, str]]:
    """Kinds and names of disks whose contents may go; a plain name goes for every kind."""
    names = set()
    for entry in entries:
        if isinstance(entry, Mapping):
            names |= {(kind, str(entry[kind])) for kind in KINDS if entry.get(kind)}
        else:
            names |= {(kind, str(entry)) for kind in KINDS}
    return names


def link_path(name: str) -> str:
    """Path of the link that a by_id name stands for."""
    return name if name.startswith("/") else f"{LINKS}by-id/{name}"


def resolve(wanted: Wanted, disks: Sequence[Disk], links: Mapping[str, str]) -> Disk:
    """The one device of that name. `links` are the targets of the by_id names."""
    if wanted.kind == "by_id":
        target = links.get(wanted.name, "")
        matches = [disk for disk in disks if disk.device == target]
        if not target:
            raise DiskError(
                f"{wanted}: {link_path(wanted.name)} does not exist on this host; known are {names_of(disks)}. "
                "Mend the name in the inventory, or plug the disk in."
            )
        if not matches:
            raise DiskError(f"{wanted}: leads to {target}, which is no block device; expected a disk.")
    elif wanted.kind == "serial":
        matches = [disk for disk in disks if wanted.name in disk.serials]
    else:
        matches = [disk for disk in disks if bare_wwn(wanted.name) in {bare_wwn(name) for name in disk.wwns}]
    if not matches:
        raise DiskError(
            f"{wanted}: no disk of this host has that name; known are {names_of(disks)}. "
            "Mend the name in the inventory, or plug the disk in."
        )
    whole = {disk.multipath for disk in matches}
    if len(whole) == 1 and (device := whole.pop()):
        # All are paths to the same disk.
        matches = [disk for disk in disks if disk.device == device] or matches
    if len(matches) > 1:
        devices = ", ".join(disk.device for disk in matches)
        raise DiskError(f"{wanted}: {devices} have that name; expected one disk. Name it by_id, or set up multipath.")
    return matches[0]


def bare_wwn(name: str) -> str:
    """A World Wide Name without the prefix that programs put before it."""
    return name.lower().removeprefix("naa.").removeprefix("eui.").removeprefix("0x")


def names_of(disks: Sequence[Disk]) -> str:
    """The names by which the disks of a host can be told, for a message."""
    named = [
        f"{disk.device} ({', '.join(sorted(disk.serials | disk.wwns))})" for disk in disks if disk.serials or disk.wwns
    ]
    return ", ".join(named) or "none by serial or wwn"


def judge(wanted: Wanted, disk: Disk, expendable: Collection[tuple[str, str]] = ()) -> Judged:
    """Whether the disk may be used. What is in use is never expendable: somebody must stop using it first."""
    found = tuple(disk.found())
    said = "; ".join(found)
    if disk.belongs_to(wanted.purpose) and not disk.read_only:
        return Judged(wanted, disk.device, disk.size, "ours", found)
    if disk.read_only or disk.size == 0:
        raise DiskError(
            f"{wanted} ({disk.device}): {'read-only' if disk.read_only else 'has no size'}; expected a disk that can "
            "be written. Name another one."
        )
    named = (wanted.kind, wanted.name) in expendable
    if disk.busy or disk.mounts:
        raise DiskError(
            f"{wanted} ({disk.device}): found {said}; expected a disk that nothing uses"
            f"{', also where it is named as expendable' if named else ''}. Unmount it or stop what holds it "
            f"(see 'lsblk {disk.device}'), or name another disk."
        )
    if not found:
        return Judged(wanted, disk.device, disk.size, "empty", ())
    if named:
        return Judged(wanted, disk.device, disk.size, "expendable", found)
    raise DiskError(
        f"{wanted} ({disk.device}, {size_words(disk.size)}): found {said}; expected an empty disk or one of "
        f"{wanted.purpose}. If its contents may go, name it as expendable."
    )


def judge_all(
    wanted: Sequence[Wanted], chosen: Sequence[Disk], expendable: Collection[tuple[str, str]]
) -> list[Judged]:
    """Judge all; every refusal is in the message, so that one run tells everything."""
    judged, refusals = [], []
    devices: dict[str, Wanted] = {}
    for entry, disk in zip(wanted, chosen, strict=True):
        other = devices.setdefault(disk.device, entry)
        if other is not entry:
            refusals.append(f"{other} and {entry} are the same disk, {disk.device}; expected each disk once.")
            continue
        try:
            judged.append(judge(entry, disk, expendable))
        except DiskError as error:
            refusals.append(str(error))
    if refusals:
        raise DiskError("\n".join(refusals))
    return judged


def size_words(size: int) -> str:
    """A size as people say it."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.4g} {unit}"
        value /= 1024
    return f"{value:.4g} TiB"
