"""What a plan was made from, as digests: files of the inventory and of the code, and variables of the command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

CODE = (
    "action_plugins",
    "ansible.cfg",
    "callback_plugins",
    "filter_plugins",
    "library",
    "lookup_plugins",
    "module_utils",
    "playbooks",
    "releases",
    "roles",
)
# Made by tools, or read by no run.
NO_CODE = {"__pycache__", "molecule", "README.md"}
# The folder of the authorities is made by a run, beside the files that it was planned from.
NO_INVENTORY = {"__pycache__", "certificates", "README.md"}
BESIDE = ("group_vars", "host_vars")
# Names of the command line that say which plan, not what to deploy.
OF_THE_PLAN = {"plan"}


def code(project: Path) -> dict[str, str]:
    """Digests of everything in a checkout that decides what a run does."""
    return {str(path.relative_to(project)): digest(path) for name in CODE for path in _files(project / name, NO_CODE)}


def inventory(sources: Iterable[str]) -> dict[str, str]:
    """Digests of the files of an inventory, by paths that begin with its own name."""
    found: dict[str, str] = {}
    for source in map(Path, sources):
        if source.is_dir():
            found |= {str(path.relative_to(source.parent)): digest(path) for path in _files(source, NO_INVENTORY)}
        elif source.is_file():
            places = [source, *(source.parent / name for name in BESIDE)]
            files = [path for one in places for path in _files(one, NO_INVENTORY)]
            found |= {str(path.relative_to(source.parent)): digest(path) for path in files}
    return found


def variables(extra: Mapping[str, Any]) -> dict[str, str]:
    """Digests of the variables of the command line, by name."""
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
        for name, value in sorted(extra.items())
        if name not in OF_THE_PLAN
    }


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def moved(what: str, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Name what is not as it was."""
    lines = [f"{what} {name} has changed" for name in before if name in now and before[name] != now[name]]
    lines += [f"{what} {name} is gone" for name in before if name not in now]
    return lines + [f"{what} {name} is new" for name in now if name not in before]


def _files(place: Path, left_out: Collection[str]) -> Iterator[Path]:
    if place.name.startswith(".") or place.name in left_out:
        return
    if place.is_file():
        yield place
    elif place.is_dir():
        for child in sorted(place.iterdir()):
            yield from _files(child, left_out)
