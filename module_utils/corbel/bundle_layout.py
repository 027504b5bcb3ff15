"""Where the parts of a bundle stand on a host, and which of an older record nobody wants any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible.module_utils.corbel.bundle_record import Record
from ansible.module_utils.corbel.bundle_spec import UNIT_DIRECTORY, Bundle, File

DIGEST_DROP_IN = "10-corbel-digest.conf"
# The digest is copied by the unit itself, whoever starts it; a missing one must not keep it from starting.
DIGEST_LINES = """# Managed by Ansible: notes with which configuration this unit was started.
[Service]
ExecStartPre=-+/usr/bin/install -D -m 0644 /etc/corbel/digests/%n /run/corbel/digests/%n
"""
# Units other than services cannot note it themselves; what runs after a boot was started with what was there then.
BOOT_PATH = "/etc/tmpfiles.d/corbel-digests.conf"
BOOT_LINES = """# Managed by Ansible: notes at boot with which configuration units are started.
C! /run/corbel/digests - - - - /etc/corbel/digests
"""


def unit_path(name: str) -> str:
    """Where the file of a unit stands."""
    return f"{UNIT_DIRECTORY}/{name}"


def drop_in_path(name: str, file: str) -> str:
    """Where a drop-in of a unit stands."""
    return f"{UNIT_DIRECTORY}/{name}.d/{file}"


def own_drop_in(bundle: str) -> str:
    """Name the drop-in that holds a bundle's own lines."""
    return f"50-corbel-{bundle}.conf"


def own_paths(bundle: str, unit: str) -> tuple[str, str]:
    """Where the parts of a unit stand that decide how it runs: its file and the bundle's drop-in."""
    return unit_path(unit), drop_in_path(unit, own_drop_in(bundle))


def unit_files(bundle: Bundle) -> list[File]:
    """The files behind the units of a bundle."""
    files = []
    for unit in bundle.units:
        if unit.content is not None:
            files.append(File(unit_path(unit.name), unit.content.encode()))
        if unit.is_service:
            files.append(File(drop_in_path(unit.name, DIGEST_DROP_IN), DIGEST_LINES.encode()))
        if unit.drop_in is not None:
            files.append(File(drop_in_path(unit.name, own_drop_in(bundle.name)), unit.drop_in.encode()))
    if _needs_boot_note(unit.name for unit in bundle.units):
        files.append(File(BOOT_PATH, BOOT_LINES.encode()))
    return files


def _needs_boot_note(names: Iterable[str]) -> bool:
    return any(not name.endswith(".service") for name in names)


def recorded_unit_files(record: Record) -> list[str]:
    """Every path a record's units may have."""
    paths = []
    for name, unit in record.units.items():
        if unit.file:
            paths.append(unit_path(name))
        paths.append(drop_in_path(name, DIGEST_DROP_IN))
        if unit.drop_in:
            paths.append(drop_in_path(name, own_drop_in(record.name)))
    if _needs_boot_note(record.units):
        paths.append(BOOT_PATH)
    return paths


def stale_units(bundle: Bundle, record: Record | None) -> list[str]:
    """Units of the record that the bundle no longer lists, last first."""
    names = {unit.name for unit in bundle.units}
    return [name for name in reversed(list(record.units if record else ())) if name not in names]


def stale_files(bundle: Bundle, record: Record | None, others: Mapping[str, Record]) -> list[str]:
    """Files of the record that neither the bundle nor another record lists."""
    if not record:
        return []
    kept = {file.path for file in (*bundle.files, *unit_files(bundle))}
    kept |= {path for other in others.values() for path in (*other.files, *recorded_unit_files(other))}
    recorded = [*record.files, *recorded_unit_files(record)]
    return [path for path in recorded if path not in kept]


def stale_directories(bundle: Bundle, record: Record | None, others: Mapping[str, Record]) -> list[str]:
    """Directories of the record that nobody lists, deepest first; those of drop-ins are among them."""
    if not record:
        return []
    kept = {directory.path for directory in bundle.directories} | _folders(file.path for file in unit_files(bundle))
    for other in others.values():
        kept |= {*other.directories, *_folders(recorded_unit_files(other))}
    stale = {*record.directories, *_folders(recorded_unit_files(record))} - kept
    stale -= {UNIT_DIRECTORY, BOOT_PATH.rpartition("/")[0]}
    return sorted(stale, key=lambda path: (-path.count("/"), path))


def _folders(paths: Iterable[str]) -> set[str]:
    return {path.rpartition("/")[0] for path in paths}
