"""What a bundle has put on a host: paths, digests and units, never contents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_spec import Bundle, Unit
from ansible.module_utils.corbel.bundle_tree import Tree, digest
from ansible.module_utils.corbel.bundle_units import covers

RECORDS = "/etc/corbel/bundles"
VERSION = 1


@dataclass(frozen=True)
class RecordedUnit:
    """A unit of a record; `file` and `drop_in` say what of it the bundle wrote."""

    file: bool = False
    drop_in: bool = False
    state: str = "started"
    on_change: str = "restart"


@dataclass(frozen=True)
class RecordedFile:
    """A file of a record."""

    digest: str = ""
    secret: bool = False
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """A bundle as it was applied. `complete` is false while a run is at work."""

    name: str
    release: str = ""
    complete: bool = True
    files: Mapping[str, RecordedFile] = field(default_factory=dict)
    directories: tuple[str, ...] = ()
    units: Mapping[str, RecordedUnit] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


def path_of(name: str) -> str:
    """Where a bundle's record stands."""
    return f"{RECORDS}/{name}.json"


def of_bundle(bundle: Bundle) -> Record:
    """Make the record of a bundle."""
    return Record(
        name=bundle.name,
        release=bundle.release,
        files={
            file.path: RecordedFile(
                digest(file.content),
                file.secret,
                tuple(unit.name for unit in bundle.units if covers(bundle, unit, file.units)),
            )
            for file in bundle.files
        },
        directories=tuple(directory.path for directory in bundle.directories),
        units={unit.name: _recorded(unit) for unit in bundle.units},
        packages=bundle.packages,
        users=tuple(user.name for user in bundle.users),
    )


def _recorded(unit: Unit) -> RecordedUnit:
    return RecordedUnit(unit.content is not None, unit.drop_in is not None, unit.state, unit.on_change)


def claim(old: Record | None, new: Record) -> Record | None:
    """Make the record a run leaves before it writes: old and new together, so that a killed run leaves no stranger."""
    if old is None:
        return Record(**{**vars(new), "complete": False})
    directories = tuple(dict.fromkeys((*old.directories, *new.directories)))
    units = dict(old.units)
    for name, unit in new.units.items():
        before = units.get(name, RecordedUnit())
        units[name] = RecordedUnit(unit.file or before.file, unit.drop_in or before.drop_in, unit.state, unit.on_change)
    files = {**new.files, **old.files}
    known = (old.files.keys(), old.directories, {name: (unit.file, unit.drop_in) for name, unit in old.units.items()})
    if (files.keys(), directories, {name: (unit.file, unit.drop_in) for name, unit in units.items()}) == known:
        return None
    return Record(old.name, old.release, False, files, directories, units, old.packages, old.users)


def dump(record: Record) -> bytes:
    """Write a record down; units keep the order in which they start."""
    return (json.dumps({"version": VERSION, **asdict(record)}, indent=1) + "\n").encode()


def load(text: str, where: str) -> Record:
    """Read a record."""
    try:
        raw: dict[str, Any] = json.loads(text)
        if raw.pop("version") != VERSION:
            raise ValueError("unknown version")
        return Record(
            name=raw["name"],
            release=raw["release"],
            complete=raw["complete"],
            files={
                path: RecordedFile(item["digest"], item["secret"], tuple(item["units"]))
                for path, item in raw["files"].items()
            },
            directories=tuple(raw["directories"]),
            units={name: RecordedUnit(**item) for name, item in raw["units"].items()},
            packages=tuple(raw["packages"]),
            users=tuple(raw["users"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"{where} is no record of a bundle that this version can read; move it away and run again "
            "(what the old bundle left and the new one does not list then has to be removed by hand)"
        ) from error


def read(tree: Tree, name: str) -> Record | None:
    """Read the record of a bundle; None if it was never applied."""
    text = tree.text(path_of(name))
    return None if text is None else load(text, path_of(name))


def read_all(tree: Tree) -> dict[str, Record]:
    """Read every record of a host, by bundle."""
    folder = tree.look(RECORDS, children=True, follow=True)
    names = [child[:-5] for child in (folder.children if folder else ()) if child.endswith(".json")]
    found = {name: read(tree, name) for name in names if not name.startswith(".")}
    return {name: record for name, record in found.items() if record is not None}
