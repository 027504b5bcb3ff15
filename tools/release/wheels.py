"""The wheel house: every package of a series' index lock as a wheel, source archives built in the clean root."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from tools.release import chroot
from tools.release.definition import Series

COMPLETE = ".complete"
PIP = "/build/tools/bin/pip"
# Wheels carry the time of their files; a fixed one makes the same wheel of the same source.
EPOCH = "1767225600"


def house_digest(series: Series) -> str:
    """Give the digest that names a wheel house: locks, root and build variables decide what lies in it."""
    build = series.data["build"]
    digest = hashlib.sha256()
    for name in ("build.lock", "index.lock"):
        digest.update((series.folder / name).read_bytes())
    digest.update(chroot.recipe_digest(series.suite, build["debian_packages"]).encode())
    digest.update(repr(sorted(build["variables"].items())).encode())
    return digest.hexdigest()[:12]


def tool_commands() -> list[list[str]]:
    """Give the command lines that lay down the build tools, by hash, into /build/tools."""
    install = [PIP, "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "--cache-dir", "/cache/pip"]
    return [
        ["/usr/bin/python3", "-m", "venv", "/build/tools"],
        [*install, "--requirement", "/series/build.lock"],
    ]


def wheel_command() -> list[str]:
    """Give the command line that fills the wheel house.

    Without build isolation the backends come from the locked tools, so that nothing unlocked takes part in a build.
    """
    return [
        *(PIP, "wheel", "--quiet", "--no-deps", "--require-hashes", "--no-build-isolation"),
        *("--cache-dir", "/cache/pip", "--wheel-dir", "/build/wheels", "--requirement", "/series/index.lock"),
    ]


def make_tools(root: Path, work: Path, binds: Sequence[chroot.Bind]) -> None:
    """Lay the locked build tools down in the work folder, unless all of them are there."""
    tools = work / "tools"
    if (tools / COMPLETE).exists():
        return
    shutil.rmtree(tools, ignore_errors=True)
    for number, command in enumerate(tool_commands()):
        chroot.run(root, command, binds=binds, log=work / "log" / f"tools-{number}.log")
    (tools / COMPLETE).touch()


def make_wheels(series: Series, root: Path, work: Path, binds: Sequence[chroot.Bind], house: Path) -> None:
    """Fill the wheel house, or leave it when it is there."""
    if house.exists():
        return
    scratch = work / "wheels"
    shutil.rmtree(scratch, ignore_errors=True)
    # /tmp of the root is memory; unpacked sources belong on the disk.
    (work / "tmp").mkdir(exist_ok=True)
    variables = {**series.data["build"]["variables"], "SOURCE_DATE_EPOCH": EPOCH, "TMPDIR": "/build/tmp"}
    chroot.run(root, wheel_command(), binds=binds, variables=variables, log=work / "log" / "wheels.log")
    house.parent.mkdir(parents=True, exist_ok=True)
    scratch.rename(house)
