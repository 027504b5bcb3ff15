"""What an environment needs made once, when it is built: plug-ins in their place, files derived from its own."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from module_utils.corbel.release import ReleaseError
from tools.release import chroot
from tools.release.definition import filled

SCRATCH = "/build/prepare"


def orders(entry: Mapping[str, Any], environment: str, python: str) -> dict[str, Any]:
    """Give the part `prepare` of an environment's definition, whole and with its placeholders filled."""
    site = f"{environment}/lib/python{python}/site-packages"
    words = {"environment": environment, "site": site, "scratch": SCRATCH}
    empty: dict[str, Any] = {"copies": [], "files": {}, "variables": {}, "commands": []}
    return {**empty, **filled(entry.get("prepare", {}), words)}


def copy(site: Path, copies: Sequence[Mapping[str, str]]) -> None:
    """Copy files within site-packages; a pattern that finds none is a mistake."""
    for item in copies:
        found = sorted(site.glob(item["from"]))
        if not found:
            raise ReleaseError(f"'prepare' copies {item['from']}, and no file of the environment is named so")
        for file in found:
            shutil.copy2(file, site / item["to"] / file.name)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files that only the commands see."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def make(
    root: Path, work: Path, binds: Sequence[chroot.Bind], *, path: Path, environment: str, wanted: Mapping[str, Any]
) -> None:
    """Carry the orders out in the environment that lies at `path` and at `environment` inside the root."""
    copy(next((path / "lib").glob("python3*")) / "site-packages", wanted["copies"])
    write(work / "prepare", wanted["files"])
    for number, command in enumerate(wanted["commands"]):
        chroot.run(
            root,
            [f"{environment}/bin/{command[0]}", *command[1:]],
            binds=binds,
            variables={"PYTHONDONTWRITEBYTECODE": "1", **wanted["variables"]},
            network=False,
            log=work / "log" / f"{path.name}-prepare-{number}.log",
        )
