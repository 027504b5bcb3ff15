"""Whether the devices of a storage host can hold objects: mount, file system, extended attributes, owner."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# What systemd needs no escape for, and short enough for a label of XFS, which has 12 characters.
NAME = re.compile(r"[a-z][a-z0-9]{0,8}")
ATTRIBUTE = "user.swift.metadata"
# Swift writes attributes of up to 64 KiB, in pieces; a file system that takes one piece takes all.
PIECE = b"x" * 4096


class DeviceError(Exception):
    """A device that cannot hold objects; the message says what was found, what was expected and what mends it."""


@dataclass(frozen=True)
class Mount:
    """A line of /proc/self/mountinfo."""

    source: str
    kind: str
    options: frozenset[str]


def label(name: str) -> str:
    """The label of a device's file system."""
    return f"sw-{name}"


def name_mistakes(names: Sequence[str]) -> list[str]:
    """What is wrong with the names of a host's devices."""
    found = [
        f"a device is named {name!r}, expected a lower-case letter, then up to 8 lower-case letters and digits"
        for name in names
        if not NAME.fullmatch(name)
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    return found + [f"device {name} is in the list twice" for name in twice]


def mounts(text: str) -> dict[str, Mount]:
    """Mount points, the last mount over each."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        rest = words[words.index("-") + 1 :]
        options = frozenset(words[5].split(",")) | frozenset(rest[2].split(","))
        found[words[4].replace("\\040", " ")] = Mount(rest[1], rest[0], options)
    return found


def refuse(name: str, path: Path, there: Mapping[str, Mount]) -> None:
    """Raise unless something that can hold objects is mounted."""
    mount = there.get(str(path))
    if mount is None:
        raise DeviceError(
            f"device {name}: nothing is mounted at {path}, expected the file system labelled {label(name)}; look at "
            f"{unit(name)}"
        )
    if mount.kind != "xfs":
        raise DeviceError(f"device {name}: {path} has {mount.kind} from {mount.source}, expected xfs; unmount it first")
    if "ro" in mount.options:
        raise DeviceError(
            f"device {name}: {path} is mounted read-only, expected it to be written; look at the kernel's messages "
            f"about {mount.source}"
        )


def unit(name: str) -> str:
    """The systemd unit that mounts a device."""
    return f"swift-device-{name}.service"


def check_attributes(name: str, path: Path) -> None:
    """Write and read an extended attribute as Swift does."""
    probe = path / ".corbel-attribute-probe"
    try:
        with probe.open("wb") as stream:
            os.setxattr(stream.fileno(), ATTRIBUTE, PIECE)
            read = os.getxattr(stream.fileno(), ATTRIBUTE)
    except OSError as error:
        raise DeviceError(
            f"device {name}: {path} takes no extended attribute ({error}), expected a file system that Swift can use"
        ) from error
    finally:
        probe.unlink(missing_ok=True)
    if read != PIECE:
        raise DeviceError(f"device {name}: {path} gives back another extended attribute than was written")


def wrong_owner(path: Path, owner: tuple[int, int]) -> bool:
    """Whether the root of the file system belongs to someone else."""
    status = path.stat()
    return (status.st_uid, status.st_gid) != owner
