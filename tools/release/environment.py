"""One environment of a release: cut from the wheel house, installed offline at its final path, compiled, listed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from module_utils.corbel.release import RELEASES_ROOT
from tools.release import chroot, prepare, trim
from tools.release.lock import pinned

BLOCK = 4096
UV = ("/build/tools/bin/uv", "pip")
OFFLINE = ("--offline", "--no-index", "--find-links", "/wheels", "--cache-dir", "/cache/uv", "--quiet")


def commands(identifier: str, name: str) -> list[list[str]]:
    """Give the command lines that make an environment, to be run in order inside the root.

    The environment is made at the path at which every host has it. Its programs therefore start the interpreter
    directly instead of searching for it with three more processes, as the programs of a relocatable one do.
    """
    path = f"{RELEASES_ROOT}/{identifier}/{name}"
    python = f"{path}/bin/python"
    lock = f"/build/{name}.lock"
    return [
        [
            *(*UV, "compile", *OFFLINE, "--python", "/usr/bin/python3", "--generate-hashes", "--no-header"),
            *("--no-annotate", "--output-file", lock, f"/build/{name}.in"),
        ],
        [UV[0], "venv", "--quiet", "--offline", "--no-project", "--python", "/usr/bin/python3", path],
        [
            *(*UV, "install", *OFFLINE, "--python", python, "--require-hashes", "--no-deps", "--link-mode", "copy"),
            *("--requirement", lock),
        ],
    ]


def compile_command(identifier: str, name: str) -> list[str]:
    """Give the command line that compiles an environment; bytecode is trusted because a release never changes.

    All of it: what the build's own programs left compiled depends on times that the archive does not keep, and would be
    written anew on hosts.
    """
    path = f"{RELEASES_ROOT}/{identifier}/{name}"
    mode = ("--invalidation-mode", "unchecked-hash")
    return [f"{path}/bin/python", "-m", "compileall", "-f", "-qq", "-j", "0", *mode, f"{path}/lib"]


def file_list(path: Path) -> list[str]:
    """List an environment: kind, mode and relative path of everything in it, sorted."""
    lines = []
    for item in path.rglob("*"):
        relative = item.relative_to(path)
        if item.is_symlink():
            lines.append(f"{relative} -> {item.readlink()}")
        elif item.is_dir():
            lines.append(f"{relative}/")
        else:
            lines.append(f"{relative} {item.stat().st_mode & 0o7777:04o}")
    return sorted(lines)


def size_of(path: Path) -> int:
    """Give the bytes that an environment takes on a disk with the usual blocks."""
    return sum(-(-item.lstat().st_size // BLOCK) * BLOCK for item in path.rglob("*") if not item.is_symlink())


def make(
    root: Path, work: Path, binds: Sequence[chroot.Bind], *, identifier: str, name: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Make one environment below the work folder; give its part of the manifest."""
    path = work / "opt" / "releases" / identifier / name
    shutil.rmtree(path, ignore_errors=True)
    entry = data["environments"][name]
    (work / f"{name}.in").write_text("".join(f"{line}\n" for line in entry["requirements"]), encoding="utf-8")
    for number, command in enumerate(commands(identifier, name)):
        chroot.run(root, command, binds=binds, network=False, log=work / "log" / f"{name}-{number}.log")
    stayed = trim.leave_out(path, data["build"]["leave_out"])
    trim.tidy(path)
    inside = f"{RELEASES_ROOT}/{identifier}/{name}"
    wanted = prepare.orders(entry, inside, data["python"])
    prepare.make(root, work, binds, path=path, environment=inside, wanted=wanted)
    chroot.run(
        root,
        compile_command(identifier, name),
        binds=binds,
        network=False,
        log=work / "log" / f"{name}-compile.log",
    )
    files = file_list(path)
    (work / f"{name}.files").write_text("".join(f"{line}\n" for line in files), encoding="utf-8")
    lock = (work / f"{name}.lock").read_text(encoding="utf-8")
    return {
        "python_packages": dict(sorted(pinned(lock).items())),
        "kept_tests": stayed,
        "files": len(files),
        "unpacked_size": size_of(path),
    }
