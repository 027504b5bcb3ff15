"""What the machine must have, asked before anything is made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

# Debian package and a file it brings; the first four are on every Debian but named for completeness.
PACKAGES = {
    "iproute2": ("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"),
    "util-linux": ("/usr/bin/nsenter",),
    "mount": ("/usr/bin/mount",),
    "openssh-client": ("/usr/bin/ssh-keygen",),
    "e2fsprogs": ("/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"),
    "mmdebstrap": ("/usr/bin/mmdebstrap",),
    "debian-archive-keyring": ("/usr/share/keyrings/debian-archive-keyring.gpg",),
    "nftables": ("/usr/sbin/nft",),
    "systemd-container": ("/usr/bin/systemd-nspawn",),
    "python3-yaml": ("/usr/lib/python3/dist-packages/yaml/__init__.py",),
}
GIB = 1024
DISK_PER_HOST = 3 * GIB
DISK_OF_CACHE = 3 * GIB


@dataclass(frozen=True)
class Machine:
    """What was found."""

    user: int
    missing: tuple[str, ...]
    memory: int  # MiB available
    disk: int  # MiB free where the lab's files go
    tun: bool


def missing_packages() -> tuple[str, ...]:
    """Debian packages the lab needs and the machine lacks."""
    return tuple(package for package, files in PACKAGES.items() if not any(Path(file).exists() for file in files))


def available_memory(meminfo: str) -> int:
    """MiB that programs could take now."""
    for line in meminfo.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    raise LabError("/proc/meminfo has no MemAvailable; expected a Linux kernel of this decade.")


def read(folder: Path) -> Machine:
    """Look at this machine."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    return Machine(
        os.geteuid(),
        missing_packages(),
        available_memory(Path("/proc/meminfo").read_text()),
        shutil.disk_usage(existing).free >> 20,
        Path("/dev/net/tun").exists(),
    )


def refuse(machine: Machine, memory: Iterable[int], uml: bool, cache_ready: bool) -> None:
    """Raise if hosts of these sizes (MiB) cannot be started here."""
    if machine.user != 0:
        raise LabError(
            f"the lab runs as user {machine.user}; expected root, which makes network namespaces and mounts: use sudo."
        )
    if machine.missing:
        names = " ".join(machine.missing)
        raise LabError(
            f"Debian packages are missing: {names}. Install them: apt-get install --no-install-recommends {names}"
        )
    if uml and not machine.tun:
        raise LabError(
            "/dev/net/tun is missing; expected it for hosts of kind uml: modprobe tun, or use kind container."
        )
    sizes = list(memory)
    if sum(sizes) > machine.memory:
        raise LabError(
            f"{machine.memory} MiB of memory are available; the {len(sizes)} hosts to start need {sum(sizes)} MiB: "
            "stop other programs or labs, lower `memory` in the topology, or use --topology small."
        )
    disk = DISK_PER_HOST * len(sizes) + (0 if cache_ready else DISK_OF_CACHE)
    if disk > machine.disk:
        raise LabError(
            f"{machine.disk} MiB of disk are free; the lab needs {disk} MiB: "
            "free some, or move the checkout and the cache (CORBEL_CACHE)."
        )
