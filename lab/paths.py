"""Where the lab keeps things: the cache, the folder of a lab, the registry of the machine, the names it gives."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LABS = CHECKOUT / ".lab"
REGISTRY = Path("/run/corbel-lab")


def cache() -> Path:
    """The folder of what is kept between runs: `CORBEL_CACHE`, or ~/.cache/corbel."""
    return Path(os.environ.get("CORBEL_CACHE") or Path.home() / ".cache" / "corbel").absolute()


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold a lock of the cache: one builder of an image, one `up` or `down` of a lab at a time."""
    path = cache() / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class LabPaths:
    """The files of one lab, and its names on the machine. All are computed, so that `down` needs no record of them."""

    name: str
    labs: Path = LABS

    @property
    def root(self) -> Path:
        """Folder of the lab."""
        return self.labs / self.name

    @property
    def state(self) -> Path:
        """The resolved topology of the running lab."""
        return self.root / "lab.json"

    @property
    def inventory(self) -> Path:
        """Inventory folder."""
        return self.root / "inventory"

    @property
    def key(self) -> Path:
        """Private key that opens every host."""
        return self.root / "ssh" / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """Pinned host keys."""
        return self.root / "ssh" / "known_hosts"

    @property
    def registry(self) -> Path:
        """What the machine knows of this lab; written before anything else is made."""
        return REGISTRY / f"{self.name}.json"

    @property
    def namespace(self) -> str:
        """Network namespace that holds the bridges."""
        return f"corbel.{self.name}"

    @property
    def table(self) -> str:
        """Name of the nftables table on the machine."""
        return self.uplink

    @property
    def uplink(self) -> str:
        """The machine's end of the veth pair; names of interfaces have 15 characters at most."""
        return "corbel" + hashlib.sha256(self.name.encode()).hexdigest()[:8]

    def host(self, host: str) -> Path:
        """Folder of one host: its disk, its key, its launcher."""
        return self.root / "hosts" / host

    def log(self, host: str) -> Path:
        """Console of a host."""
        return self.root / "log" / f"{host}.log"

    def host_namespace(self, host: str) -> str:
        """Network namespace of a container."""
        return f"corbel.{self.name}.{host}"
