"""Rings on a host: compared by digest, laid down beside the old ones, and taken into use all together."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.corbel import atomic
from ansible.module_utils.corbel.ring_model import RING, RingError

MODE = 0o640
# Names of this host's devices in any ring, for whoever mounts and unmounts them.
DEVICES = ".devices-in-rings.json"


@dataclass(frozen=True)
class Wanted:
    """A ring by name and by the digest of its file."""

    name: str
    digest: str


@dataclass(frozen=True)
class Host:
    """The folder that the servers of this host read."""

    folder: Path

    def path(self, name: str) -> Path:
        """The ring in use."""
        return self.folder / f"{name}.ring.gz"

    def staged(self, name: str) -> Path:
        """The ring that waits beside it, under a name that no server reads."""
        return self.folder / f".{name}.ring.gz.staged"


def wanted(rings: Sequence[Mapping[str, str]]) -> list[Wanted]:
    """The rings, with names that are file names of rings."""
    for item in rings:
        if not RING.fullmatch(item["name"]):
            raise RingError(
                f"found a ring named {item['name']!r}, expected account, container, object or object-<index>"
            )
    return [Wanted(item["name"], item["digest"]) for item in rings]


def digest(path: Path) -> str:
    """SHA-256 of a file; empty if there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def differing(host: Host, rings: Sequence[Wanted]) -> list[str]:
    """Rings that this host lacks or has otherwise."""
    return [ring.name for ring in rings if digest(host.path(ring.name)) != ring.digest]


def stage(host: Host, rings: Sequence[Wanted], contents: Mapping[str, str], owner: tuple[int, int]) -> list[str]:
    """Lay down what differs; nothing is in use before every host has all of it."""
    names = differing(host, rings)
    files = {}
    for ring in rings:
        if ring.name not in names:
            continue
        if ring.name not in contents:
            raise RingError(f"ring {ring.name} differs and its content was not given; run the play again")
        try:
            content = base64.b64decode(contents[ring.name], validate=True)
        except binascii.Error as error:
            raise RingError(
                f"ring {ring.name}: its content did not arrive whole ({error}); run the play again"
            ) from error
        found = hashlib.sha256(content).hexdigest()
        if found != ring.digest:
            raise RingError(f"ring {ring.name}: found digest {found}, expected {ring.digest}; run the play again")
        files[ring.name] = content
    for name, content in files.items():
        atomic.write(host.staged(name), content, MODE, owner)
    return names


def activate(host: Host, rings: Sequence[Wanted]) -> list[str]:
    """Take the rings into use; refuses as a whole if one is not there as it should be."""
    names = differing(host, rings)
    for ring in rings:
        if ring.name in names and digest(host.staged(ring.name)) != ring.digest:
            raise RingError(
                f"ring {ring.name}: {host.staged(ring.name)} is not the ring that was laid down; the old rings stay in "
                "use: run the play again"
            )
    for name in names:
        host.staged(name).replace(host.path(name))
    return names


def note_devices(host: Host, names: Sequence[str], owner: tuple[int, int]) -> None:
    """Keep the names of the devices that the rings have on this host."""
    atomic.write(host.folder / DEVICES, json.dumps(sorted(names)) + "\n", MODE, owner)


def noted_devices(host: Host) -> list[str]:
    """The names noted; none where no ring was ever taken into use."""
    try:
        return [str(name) for name in json.loads((host.folder / DEVICES).read_text())]
    except FileNotFoundError:
        return []
