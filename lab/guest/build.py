"""Builds the image of virtual machines in a throw-away Debian root (docs/lab.md)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lab import machine, paths
from lab.roots import SUITE, cached, debian_command, digest, sources
from lab.run import dying_with_parent, run

FOLDER = Path(__file__).resolve().parent
PACKAGES = (
    "busybox-static,cpio,dosfstools,dropbear-bin,e2fsprogs,fdisk,kmod,mtools,qemu-utils,syslinux,syslinux-common,"
    "xz-utils,zstd"
)
CURRENT = "guest"
FILES = {"kernel": "vmlinuz", "ramdisk": "initrd.img", "data": "data.img", "disk": "corbel-guest.qcow2"}


def recipe() -> list[str | Path]:
    """Everything the image is made from."""
    files = sorted(path for path in (FOLDER / "overlay").rglob("*") if path.is_file())
    return [SUITE, PACKAGES, *sources(SUITE), *(str(path.relative_to(FOLDER)) for path in files), *files,
            FOLDER / "build-inside"]  # fmt: skip


def hooks() -> list[str]:
    """What mmdebstrap does once the packages are there; it runs shell code with the root as argument."""
    return [f"copy-in {FOLDER} /", 'chroot "$1" /guest/build-inside']


def image() -> Path:
    """The folder of the image, built if it is not in the cache, under a name that stays the same."""
    machine.refuse(machine.read(paths.cache()), [], uml=False, cache_ready=False)

    def build(target: Path) -> None:
        scratch = target.parent / "root"
        run(dying_with_parent(debian_command(scratch, PACKAGES, hooks())))
        shutil.move(scratch / "out", target)

    built = cached("images", f"guest-{digest(*recipe())}", build)
    current = paths.cache() / CURRENT
    if not current.is_symlink() or current.resolve() != built.resolve():
        unfinished = current.with_name(f".{CURRENT}.{os.getpid()}")
        unfinished.symlink_to(built)
        unfinished.rename(current)
    return current


def describe(folder: Path) -> str:
    """One line for each file."""
    return "\n".join(f"{kind}: {folder / name}" for kind, name in FILES.items())
