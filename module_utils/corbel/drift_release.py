"""Environments of releases against the moment they were laid down: nothing in them may have changed since."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ansible.module_utils.corbel.bundle_record import Record
from ansible.module_utils.corbel.drift_item import EXPOSED, Item
from ansible.module_utils.corbel.release_host import Place, read_marker

# The marker is written last, after everything has reached the disk.
SLACK = 1.0
COMPILED = "__pycache__"
MOST_NAMES = 3


def check(root: Path, records: Mapping[str, Record]) -> list[Item]:
    """Compare the unpacked environments of every release that a record names; a mounted one cannot be written."""
    releases = sorted({record.release for record in records.values() if record.release})
    return [item for release in releases for item in _check(root, release)]


def _check(root: Path, release: str) -> Iterator[Item]:
    folder = root / release.lstrip("/")
    markers = sorted(folder.glob(".*.json")) if folder.is_dir() else []
    for marker in markers:
        place = Place(folder.parent, folder.name, marker.name[1:-5])
        if read_marker(place).get("method") != "unpack":
            continue
        changed = altered(place.path, marker.stat().st_mtime + SLACK)
        if changed:
            named = ", ".join(changed[:MOST_NAMES]) + (" …" if len(changed) > MOST_NAMES else "")
            yield Item(
                "release",
                f"{release}/{place.name}",
                f"{len(changed)} files changed since it was laid down: {named}",
                "an environment as it was built",
                mend=f"rm {release}/.{place.name}.json",
                bundle="release",
                severity=EXPOSED,
            )


def altered(path: Path, since: float) -> list[str]:
    """Name the files below a path that were written or made after a time, relative to it."""
    return sorted(os.path.relpath(name, path) for name in _newer(str(path), since))


def _newer(path: str, since: float) -> Iterable[str]:
    try:
        entries = list(os.scandir(path))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            # Programs that run as root leave compiled modules.
            if entry.name != COMPILED:
                yield from _newer(entry.path, since)
        # The time of the inode: that of the content may be set to anything.
        elif entry.stat(follow_symlinks=False).st_ctime > since:
            yield entry.path
