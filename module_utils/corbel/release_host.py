"""Releases as they lie on a host: what is there, what is missing, who uses it. Standard library only.

Beside the folder of an environment, `<release>/<environment>`, lie its marker `.<environment>.json`, written last, and
for a mounted one its archive `.<environment>.squashfs`. What has no marker is no environment and is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.release import CHUNK, ReleaseError

UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system")
MARKER_FORMAT = 1
# What an unpacking or an archive may not take: a full disk stops more than the release.
RESERVE = 64 * 1024 * 1024
UNIT = """\
# Managed by Ansible (module release).
[Unit]
Description=Programs of {release}, environment {name}
Before=local-fs.target

[Mount]
What={archive}
Where={path}
Type=squashfs
Options=loop,ro,nodev,nosuid

[Install]
WantedBy=local-fs.target
"""


@dataclass(frozen=True)
class Place:
    """Where one environment of one release lies on a host."""

    root: Path
    release: str
    name: str

    @property
    def folder(self) -> Path:
        """The folder of the release."""
        return self.root / self.release

    @property
    def path(self) -> Path:
        """The environment itself: a folder or a mount point."""
        return self.folder / self.name

    @property
    def archive(self) -> Path:
        """The archive of a mounted environment."""
        return self.folder / f".{self.name}.squashfs"

    @property
    def marker(self) -> Path:
        """The file that says the environment is complete."""
        return self.folder / f".{self.name}.json"

    @property
    def scratch(self) -> Path:
        """The folder in which an environment is unpacked before it is renamed."""
        return self.folder / f".{self.name}.new"

    @property
    def unit(self) -> str:
        """The name of the mount unit."""
        return f"{escape_path(str(self.path))}.mount"

    def unit_text(self) -> str:
        """The content of the mount unit."""
        return UNIT.format(release=self.release, name=self.name, archive=self.archive, path=self.path)


def escape_path(path: str) -> str:
    """Escape a path as systemd names the unit that mounts it."""
    escaped = []
    for position, letter in enumerate(path.strip("/")):
        if letter == "/":
            escaped.append("-")
        elif (letter.isascii() and letter.isalnum()) or letter in ":_" or (letter == "." and position):
            escaped.append(letter)
        else:
            escaped.extend(f"\\x{byte:02x}" for byte in letter.encode())
    return "".join(escaped)


def read_marker(place: Place) -> dict[str, Any]:
    """Read an environment's marker; empty when there is none, or none that can be believed."""
    try:
        marker = json.loads(place.marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    good = isinstance(marker, dict) and marker.get("format") == MARKER_FORMAT
    return marker if good else {}


def write_marker(place: Place, sha256: str, method: str) -> None:
    """Say that an environment is complete, once all of it has reached the disk."""
    os.sync()
    text = json.dumps({"format": MARKER_FORMAT, "sha256": sha256, "method": method}, sort_keys=True) + "\n"
    scratch = place.marker.with_suffix(".tmp")
    with scratch.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    scratch.rename(place.marker)
    descriptor = os.open(place.folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def mounted_at(mountinfo: str, path: Path) -> bool:
    """Say whether /proc/self/mountinfo lists a squashfs at a path."""
    for line in mountinfo.splitlines():
        head, _, tail = line.partition(" - ")
        fields = head.split()
        if len(fields) > 4 and decode(fields[4]) == str(path) and tail.startswith("squashfs "):
            return True
    return False


def decode(text: str) -> str:
    """Undo the octal escapes of /proc/self/mountinfo."""
    for escape, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, letter)
    return text


def is_there(place: Place, method: str | None, mountinfo: str) -> bool:
    """Say whether an environment lies complete on the host; any method will do when `method` is None.

    Its digest is not compared with the manifest's: two builds of one release hold the same files but may differ in
    bytes, and what runs on a host is not exchanged under it.
    """
    marker = read_marker(place)
    if not marker or (method and marker.get("method") != method):
        return False
    if marker.get("method") == "mount":
        return place.archive.is_file() and mounted_at(mountinfo, place.path)
    return (place.path / "bin" / "python").is_symlink()


def choose_method(filesystems: str, *, container: bool, loop: bool, module_found: bool) -> str:
    """Choose how an environment is laid down: mounted where the kernel has squashfs and loop devices, else unpacked."""
    known = any(line.split()[-1:] == ["squashfs"] for line in filesystems.splitlines())
    return "mount" if not container and loop and (known or module_found) else "unpack"


def room_needed(wanted: Mapping[str, Mapping[str, Any]], missing: Iterable[str], method: str) -> int:
    """Give the bytes that must be free before the missing environments are laid down."""
    return RESERVE + sum(
        wanted[name]["size"] + (wanted[name]["unpacked_size"] if method == "unpack" else 0) for name in missing
    )


def assemble(parts: Sequence[Path], target: Path, sha256: str) -> None:
    """Join the received parts into the archive; keep nothing when it is not the archive that was built."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    scratch = target.with_suffix(".part")
    with scratch.open("wb") as stream:
        os.fchmod(stream.fileno(), 0o600)
        for part in parts:
            with part.open("rb") as source:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    stream.write(chunk)
            part.unlink()
        stream.flush()
        os.fsync(stream.fileno())
    if digest.hexdigest() != sha256:
        scratch.unlink()
        raise ReleaseError(
            f"the archive that arrived has SHA-256 {digest.hexdigest()}, expected {sha256}; nothing was laid down."
            " Run again; if it happens again, the archive on the controlling machine is damaged: build the release anew"
        )
    scratch.rename(target)


def unit_users(folders: Iterable[str], path: Path, own: Iterable[str]) -> list[str]:
    """Give the units, other than the release's own, whose files name something below a path."""
    found, mine = set(), set(own)
    for folder in folders:
        for file in Path(folder).rglob("*"):
            if file.name in mine or file.is_symlink() or not file.is_file():
                continue
            if names_path(file.read_bytes(), path):
                found.add(file.parent.name.removesuffix(".d") if file.suffix == ".conf" else file.name)
    return sorted(found)


def process_users(proc: Path, path: Path) -> list[str]:
    """Give the processes whose command lines name something below a path."""
    found = []
    for folder in proc.glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        words = command.split(b"\0")
        # The path must begin a word: a module that was merely told of the path does not run from it.
        if folder.name != str(os.getpid()) and any(names_path(word, path, start=True) for word in words):
            found.append(f"process {folder.name} ({Path(os.fsdecode(words[0])).name})")
    return sorted(found)


def names_path(content: bytes, path: Path, *, start: bool = False) -> bool:
    """Say whether a content names a path or something below it."""
    needle = os.fsencode(str(path))
    position = content.find(needle)
    while position >= 0 and not (start and position):
        following = content[position + len(needle) : position + len(needle) + 1]
        if not following or following in b"/ \t\n\"';:,":
            return True
        position = content.find(needle, position + 1)
    return False


def remove_tree(path: Path) -> None:
    """Remove a folder so that a run that dies in between leaves nothing that looks complete."""
    doomed = path.with_name(f".{path.name.lstrip('.')}.old")
    shutil.rmtree(doomed, ignore_errors=True)
    if path.exists():
        path.rename(doomed)
        shutil.rmtree(doomed)


def laid_down(root: Path, release: str) -> list[str]:
    """Give the environments of a release of which anything lies on the host."""
    folder = root / release
    if not folder.is_dir():
        return []
    names = set()
    for item in folder.iterdir():
        name = item.name
        names.add(name.lstrip(".").rpartition(".")[0] if name.startswith(".") else name)
    return sorted(names)
