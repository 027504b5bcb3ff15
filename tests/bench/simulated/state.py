"""What a simulated host has: a file for each, changed under a lock as several tasks may reach a host at once."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = "names.json"


def digest(value: Any) -> str:
    """Give a short name of a value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


class Host:
    """A simulated host during one call of a module."""

    def __init__(self, address: str, names: dict[str, str], known: dict[str, Any]) -> None:
        self.address = address
        # Of all hosts, by address: some answers name other hosts.
        self.names = names
        self.known = known
        self.dirty = False

    @property
    def name(self) -> str:
        return self.names.get(self.address, self.address)

    def get(self, key: str, default: Any = None) -> Any:
        return self.known.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """Have a value from now on."""
        if self.known.get(key) != value:
            self.known[key] = value
            self.dirty = True

    def differs(self, key: str, value: Any, check: bool) -> bool:
        """Say whether the host has something else than the value, and take it over unless only asked to check."""
        found = self.known.get(key)
        if found == value:
            return False
        if not check:
            self.put(key, value)
        return True


def write_names(folder: Path, names: dict[str, str]) -> None:
    """Say what hosts there are, by address."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAMES).write_text(json.dumps(names), encoding="utf-8")


@contextmanager
def opened(folder: Path, address: str) -> Iterator[Host]:
    """Open a host's state; it is written when the answer is known and something changed."""
    names = json.loads((folder / NAMES).read_text(encoding="utf-8"))
    path = folder / f"{address}.json"
    with (folder / f"{address}.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        host = Host(address, names, known)
        yield host
        if host.dirty:
            draft = folder / f"{address}.{os.getpid()}.new"
            draft.write_text(json.dumps(host.known), encoding="utf-8")
            draft.replace(path)
