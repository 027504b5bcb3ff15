"""Builds a release: roots, wheel house, environments, smoke test, archives, manifest."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from module_utils.corbel.release import (
    MANIFEST_FORMAT,
    MANIFEST_NAME,
    ReleaseError,
    archive_name,
    check_environments,
    file_digest,
    read_manifest,
    release_root,
    runtime_packages,
    text_digest,
)
from tools.release import chroot, environment, options, smoke, wheels
from tools.release.definition import Series, cache_dir, output_dir
from tools.release.exclusive import alone, empty, remove_unused

STARTED = time.monotonic()
# Ends the name of the folder in which a build is repeated.
AGAIN = ".again"
# Two roots, the wheel house, the environments and their archives.
ROOM = 6 * 2**30


def say(text: str) -> None:
    """Tell the person who waits what is being done."""
    print(f"release: [{time.monotonic() - STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)


def work_binds(series: Series, work: Path, cache: Path, house: Path) -> list[chroot.Bind]:
    """Give the folders that the steps of a build see inside the root."""
    for folder in (work / "opt", work / "log", cache / "python", house.parent):
        folder.mkdir(parents=True, exist_ok=True)
    binds = [
        chroot.Bind(work, "/build"),
        chroot.Bind(work / "opt", "/opt/corbel"),
        chroot.Bind(cache / "python", "/cache"),
        chroot.Bind(series.folder, "/series", writable=False),
    ]
    return [*binds, chroot.Bind(house, "/wheels", writable=False)] if house.exists() else binds


def require_room(cache: Path) -> None:
    """Raise when the disk would be full before a build is done."""
    free = shutil.disk_usage(cache).free
    if free < ROOM:
        raise ReleaseError(
            f"{cache} has {free // 2**20} MiB free, a build needs {ROOM // 2**20} MiB:"
            " free space there, or name another folder with CORBEL_CACHE"
        )


def is_complete(manifest: dict[str, Any] | None, output: Path, name: str) -> bool:
    """Say whether an environment's archive lies in the cache as the manifest describes it."""
    entry = (manifest or {}).get("environments", {}).get(name)
    if not entry:
        return False
    archive = output / entry["archive"]
    return archive.exists() and file_digest(archive) == entry["sha256"]


def make_environments(series: Series, names: Sequence[str], work: Path, house: Path) -> dict[str, dict[str, Any]]:
    """Make the wheel house when it is missing and the environments from it; give their parts of the manifest."""
    cache, data = cache_dir(), series.data
    root = chroot.make_root(cache, series.suite, data["build"]["debian_packages"])
    binds = work_binds(series, work, cache, house)
    wheels.make_tools(root, work, binds)
    if not house.exists():
        say("building the wheel house")
        wheels.make_wheels(series, root, work, binds, house)
        binds = work_binds(series, work, cache, house)
    made = {}
    for name in names:
        say(f"making environment {name}")
        made[name] = environment.make(root, work, binds, identifier=series.identifier, name=name, data=data)
    return made


def pack(series: Series, name: str, work: Path, output: Path) -> dict[str, Any]:
    """Pack one environment into its archive; give the archive's part of the manifest."""
    root = chroot.make_root(cache_dir(), series.suite, series.data["build"]["debian_packages"])
    archive = archive_name(series.identifier, name)
    (work / archive).unlink(missing_ok=True)
    level = str(series.data["build"]["compression_level"])
    command = [
        *("mksquashfs", f"{release_root(series.identifier)}/{name}", f"/build/{archive}", "-comp", "zstd"),
        *("-Xcompression-level", level, "-all-root", "-no-xattrs", "-noappend", "-no-progress", "-quiet"),
        *("-mkfs-time", wheels.EPOCH, "-all-time", wheels.EPOCH),
    ]
    binds = [chroot.Bind(work, "/build"), chroot.Bind(work / "opt", "/opt/corbel", writable=False)]
    chroot.run(root, command, binds=binds, network=False, log=work / "log" / f"{name}-pack.log")
    output.mkdir(parents=True, exist_ok=True)
    shutil.move(work / archive, output / archive)
    shutil.copy2(work / f"{name}.files", output / f"{name}.files")
    shutil.copy2(work / f"{name}.lock", output / f"{name}.lock")
    lines = (work / f"{name}.files").read_text(encoding="utf-8").splitlines()
    return {
        "archive": archive,
        "sha256": file_digest(output / archive),
        "size": (output / archive).stat().st_size,
        "debian_packages": runtime_packages(series.data, name),
        "files_sha256": text_digest(lines),
    }


def write_manifest(series: Series, output: Path, environments: dict[str, Any]) -> None:
    """Write the manifest beside the archives, whole or not at all."""
    data = series.data
    manifest = {
        "format": MANIFEST_FORMAT,
        "release_id": series.identifier,
        "series": series.name,
        "python": data["python"],
        "hosts": data["hosts"],
        "root": release_root(series.identifier),
        "environments": dict(sorted(environments.items())),
    }
    scratch = output / f".{MANIFEST_NAME}"
    scratch.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    scratch.rename(output / MANIFEST_NAME)


def build(series: Series, names: Sequence[str]) -> None:
    """Build what the cache lacks of the named environments; accept nothing that fails the smoke test."""
    names = check_environments(series.data, names)
    cache, identifier = cache_dir(), series.identifier
    output, work = output_dir(identifier), cache / "build" / identifier
    with alone(work):
        manifest = read_manifest(output / MANIFEST_NAME, identifier)
        missing = [name for name in names if not is_complete(manifest, output, name)]
        if not missing:
            return
        require_room(cache)
        say(f"{identifier}: building {', '.join(missing)}")
        house = cache / "wheels" / wheels.house_digest(series)
        made = make_environments(series, missing, work, house)
        done = dict((manifest or {}).get("environments", {}))
        for name in missing:
            say(f"checking environment {name}")
            report = smoke.check(series, name, work)
            say(f"packing environment {name}")
            done[name] = {**made[name], **pack(series, name, work, output), "smoke": report}
            write_manifest(series, output, done)
        if (series.folder / options.SETS).exists() and options.definition(series)["environment"] in missing:
            say("writing down the options of its services")
            options.write(series, work / "opt")
    # The archives of other releases stay for hosts that run them; what they were packed from is not needed again.
    others = (cache / "build").glob(f"{series.name}-*")
    remove_unused([folder for folder in others if folder != work and not folder.name.endswith(AGAIN)])


def verify_reproducible(series: Series, names: Sequence[str]) -> None:
    """Build again from nothing but the locks; raise when a list of files differs from the accepted build's."""
    names = check_environments(series.data, names)
    cache, identifier = cache_dir(), series.identifier
    output = output_dir(identifier)
    manifest = read_manifest(output / MANIFEST_NAME, identifier)
    unbuilt = [name for name in names if name not in (manifest or {}).get("environments", {})]
    if unbuilt:
        raise ReleaseError(
            f"nothing to compare with: {identifier} has no built {', '.join(unbuilt)};"
            f" build it with: python -m tools.release build {series.name} {' '.join(unbuilt)}"
        )
    work = cache / "build" / f"{identifier}{AGAIN}"
    with alone(work):
        empty(work)
        make_environments(series, names, work, work / "house")
        for name in names:
            before = (output / f"{name}.files").read_text(encoding="utf-8").splitlines()
            after = (work / f"{name}.files").read_text(encoding="utf-8").splitlines()
            differing = sorted(set(before) ^ set(after))
            if differing:
                shown = "\n  ".join(differing[:10])
                raise ReleaseError(f"environment {name}: {len(differing)} entries differ, such as\n  {shown}")
    shutil.rmtree(work)
