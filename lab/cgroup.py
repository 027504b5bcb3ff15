"""Control groups: every process of a lab is in the group of its host, to be found, frozen and stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from lab.errors import LabError

PARENT = "corbel-lab"
PATIENCE = 30.0


def mount_point(mounts: str | None = None) -> Path:
    """Where the machine has its unified hierarchy."""
    text = Path("/proc/mounts").read_text() if mounts is None else mounts
    for line in text.splitlines():
        _, where, kind, *_ = line.split(" ")
        if kind == "cgroup2":
            return Path(where)
    raise LabError("no cgroup2 file system is mounted; expected one: mount -t cgroup2 cgroup2 /sys/fs/cgroup")


def group(lab: str, member: str = "") -> Path:
    """The group of a lab, or of one of its members."""
    path = mount_point() / PARENT / lab
    return path / member if member else path


def _files(root: Path, name: str) -> list[Path]:
    return [Path(folder) / name for folder, _, files in os.walk(root, topdown=False) if name in files]


def processes(path: Path) -> list[int]:
    """All processes in a group and below."""
    found = []
    for file in _files(path, "cgroup.procs"):
        with contextlib.suppress(OSError):
            found += [int(line) for line in file.read_text().split()]
    return found


def running(path: Path) -> bool:
    """Whether anything lives in a group."""
    with contextlib.suppress(OSError):
        return "populated 1" in (path / "cgroup.events").read_text()
    return False


def freeze(path: Path, frozen: bool) -> None:
    """Stop or continue every process of a group."""
    if not running(path):
        raise LabError(f"{path.name} is not running; expected a running host: python3 -m lab power-on {path.name}")
    (path / "cgroup.freeze").write_text("1" if frozen else "0")


def frozen(path: Path) -> bool:
    """Whether a group is frozen."""
    with contextlib.suppress(OSError):
        return (path / "cgroup.freeze").read_text().strip() == "1"
    return False


def kill(path: Path) -> None:
    """Kill every process of a group at once, and wait until they are gone."""
    deadline = time.monotonic() + PATIENCE
    while running(path):
        with contextlib.suppress(OSError):
            (path / "cgroup.freeze").write_text("0")
        try:
            (path / "cgroup.kill").write_text("1")
        except OSError:  # kernels before 5.14
            for process in processes(path):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise LabError(f"processes {processes(path)} of {path} do not die; expected none: look at them with ps.")
        time.sleep(0.05)


def remove(path: Path) -> None:
    """Kill what is in a group and remove it with all groups below."""
    if not path.exists():
        return
    kill(path)
    deadline = time.monotonic() + PATIENCE
    while path.exists():
        for folder, _, _ in os.walk(path, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
        if time.monotonic() > deadline:
            raise LabError(f"the control group {path} cannot be removed; expected it to be empty: {processes(path)}")
        time.sleep(0.02)


def forget_parent() -> None:
    """Remove the group above all labs if none is left."""
    with contextlib.suppress(OSError):
        (mount_point() / PARENT).rmdir()
