"""Files of a host against the records of what was deployed, and files beside them that a service would read."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from ansible.module_utils.corbel.bundle_record import Record
from ansible.module_utils.corbel.bundle_tree import Tree, digest
from ansible.module_utils.corbel.drift_item import BROKEN, CHANGED, EXPOSED, Item

DEEPEST = 4
PACKAGE_LISTS = "/var/lib/dpkg/info"
# What Python leaves beside a module that it has read.
COMPILED = "__pycache__"


def check(
    tree: Tree,
    records: Mapping[str, Record],
    directories: Iterable[str],
    folders: Iterable[str],
    allowed: Iterable[str],
) -> list[Item]:
    """Compare the files. `directories` are the cloud's alone; in `folders` files of packages are known too."""
    return [
        *_recorded(tree, records),
        *_strangers(tree, records, list(directories), list(folders), list(allowed)),
        *_unfinished(records),
    ]


def _recorded(tree: Tree, records: Mapping[str, Record]) -> Iterator[Item]:
    for record in records.values():
        for path, file in record.files.items():
            content = tree.read(path)
            if content is None:
                found, severity = "missing", BROKEN
            elif digest(content) != file.digest:
                found, severity = "edited on the host: its content is not what was deployed", CHANGED
            else:
                continue
            yield Item("file", path, found, "what was deployed last", bundle=record.name, severity=severity)


def _unfinished(records: Mapping[str, Record]) -> Iterator[Item]:
    for record in records.values():
        if not record.complete:
            yield Item(
                "bundle",
                record.name,
                "a run died while it changed this bundle",
                "a bundle applied to its end",
                bundle=record.name,
                severity=BROKEN,
            )


def _strangers(
    tree: Tree, records: Mapping[str, Record], directories: list[str], folders: list[str], allowed: list[str]
) -> Iterator[Item]:
    own = {path for record in records.values() for path in record.files}
    candidates = [
        path
        for folder in dict.fromkeys((*directories, *folders))
        for path in files_below(tree, folder)
        if path not in own and not any(fnmatchcase(path, pattern) for pattern in allowed)
    ]
    delivered = _of_packages(tree.root, candidates) if candidates else set()
    for path in candidates:
        if path in delivered:
            continue
        units = _readers(records, path)
        restart = f" && systemctl restart {' '.join(units)}" if units else ""
        yield Item(
            "file",
            path,
            "a file that no bundle lists",
            "only files of bundles where services read them",
            mend=f"rm {shlex.quote(path)}{restart}",
            severity=EXPOSED,
        )


def files_below(tree: Tree, folder: str, depth: int = DEEPEST) -> Iterator[str]:
    """Give the files and links below a folder."""
    entry = tree.look(folder, children=True)
    if entry is None or entry.kind != "directory" or not depth:
        return
    for name in sorted(entry.children):
        path = f"{folder}/{name}"
        child = tree.look(path)
        if child is None or name == COMPILED:
            continue
        if child.kind == "directory":
            yield from files_below(tree, path, depth - 1)
        else:
            yield path


def _of_packages(root: Path, paths: Iterable[str]) -> set[str]:
    """Say which of the paths a Debian package has brought."""
    wanted = {path.encode() for path in paths}
    found: set[str] = set()
    for file in (root / PACKAGE_LISTS.lstrip("/")).glob("*.list"):
        found |= {line.decode() for line in wanted & set(file.read_bytes().splitlines())}
    return found


def _readers(records: Mapping[str, Record], path: str) -> list[str]:
    """Name the services of the bundles that have the folder of a file, or one around it."""
    for folder in (parent.as_posix() for parent in Path(path).parents):
        units = [
            name
            for record in records.values()
            if folder in record.directories or any(file.rpartition("/")[0] == folder for file in record.files)
            for name, unit in record.units.items()
            if name.endswith(".service") and unit.state == "started"
        ]
        if units:
            return sorted(set(units))
    return []
