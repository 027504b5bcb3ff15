"""Builder files, rings, their backups and what must not change, in one folder of the setup host."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import atomic
from ansible.module_utils.corbel.ring_model import RingError, Spec

IDENTITY = "hash-path.json"
POLICIES = "policies.json"
BACKUPS = "backups"


@dataclass(frozen=True)
class Store:
    """The folder; one run at a time works in it."""

    folder: Path

    def builder(self, ring: str) -> Path:
        """The file that Swift's tools read."""
        return self.folder / f"{ring}.builder"

    def ring(self, ring: str) -> Path:
        """The file that every host gets."""
        return self.folder / f"{ring}.ring.gz"

    def load(self, swift: Any, ring: str) -> Any:
        """The builder of a ring; none if it is not made yet."""
        path = self.builder(ring)
        if not path.exists():
            if self.ring(ring).exists():
                raise RingError(
                    f"found {self.ring(ring)} without its builder {path}, expected both; put the newest file of "
                    f"{self.folder / BACKUPS} back, or what swift-ring-builder makes of the ring with write_builder"
                )
            return None
        try:
            return swift.RingBuilder.load(str(path))
        except swift.exceptions.RingBuilderError as error:
            raise RingError(
                f"the builder file {path} cannot be read ({error}); put the newest file of {self.folder / BACKUPS} back"
            ) from error

    def stale(self, swift: Any, ring: str, builder: Any) -> bool:
        """Whether the ring is not the one of the builder: a run died between the two files."""
        if not self.ring(ring).exists():
            return True
        try:
            written = swift.RingData.load(str(self.ring(ring)), metadata_only=True)
        except Exception:
            return True  # whatever is wrong with it, the builder makes it anew
        return bool(written.version != builder.version)

    def save(self, ring: str, builder: Any, keep: int, builder_changed: bool = True) -> None:
        """Write builder and ring, each in one step; the older builder becomes a backup, and old backups go."""
        path = self.builder(ring)
        if builder_changed:
            if path.exists():
                self._back_up(path, keep)
            _through(path, builder.save, 0o600)
        _through(self.ring(ring), builder.get_ring().save, 0o644)

    def _back_up(self, path: Path, keep: int) -> None:
        folder = self.folder / BACKUPS
        folder.mkdir(mode=0o700, exist_ok=True)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        target = folder / f"{path.name}.{stamp}.{secrets.token_hex(2)}"
        os.link(path, target)
        older = sorted(folder.glob(f"{path.name}.*"), key=lambda one: (one.name.split(".")[-2], one.stat().st_mtime))
        for extra in older[: max(0, len(older) - keep)]:
            extra.unlink()

    def changed_at(self, ring: str) -> float:
        """When the ring was last written."""
        try:
            return self.ring(ring).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def digest(self, ring: str) -> str:
        """SHA-256 of the file that every host gets; empty if there is none."""
        try:
            return hashlib.sha256(self.ring(ring).read_bytes()).hexdigest()
        except FileNotFoundError:
            return ""

    def identity_to_note(self, prefix: str, suffix: str) -> dict[str, Any]:
        """Refuse another hash prefix or suffix than rings were first made for; empty where these are noted."""
        path = self.folder / IDENTITY
        if path.exists():
            noted = json.loads(path.read_text())
            if _fingerprint(noted["salt"], prefix, suffix) != noted["fingerprint"]:
                raise RingError(
                    "the hash prefix or suffix is not the one the rings were made for; it cannot change, because every "
                    "object's place follows from it: bring the old secrets swift_hash_prefix and swift_hash_suffix back"
                )
            return {}
        salt = secrets.token_hex(16)
        return {"salt": salt, "fingerprint": _fingerprint(salt, prefix, suffix)}

    def policies_to_note(self, wanted: Sequence[Spec]) -> dict[str, Any]:
        """Refuse to store objects of a policy in another way, or to forget one; empty where all are noted."""
        path = self.folder / POLICIES
        noted: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        declared = {one.name for one in wanted}
        # Until its builder is there nothing is stored, and a policy may be declared anew.
        made = {found.name.partition(".")[0] for found in self.folder.glob("object*.builder")}
        if forgotten := sorted(made - declared):
            index = _index(forgotten[0])
            raise RingError(
                f"no policy has index {index}, but {self.builder(forgotten[0])} was made for one; expected it in "
                "swift_rings_policies, or its objects cannot be found: bring it back, with deprecated: true to retire "
                f"it; if it never had a container, remove {forgotten[0]}.builder and {forgotten[0]}.ring.gz instead"
            )
        for one in wanted:
            known = noted.get(one.name)
            if one.policy and known and one.name in made and known != one.policy:
                raise RingError(
                    f"the policy with index {_index(one.name)} is {_words(one.policy)}, but its ring was made for "
                    f"{_words(known)}; expected the same for ever, or its objects cannot be read: bring that back in "
                    "swift_rings_policies, give the new kind to a new policy, and retire this one with deprecated: true"
                )
        now = {**noted, **{one.name: dict(one.policy) for one in wanted if one.policy}}
        return now if now != noted else {}

    def note(self, name: str, what: Mapping[str, Any]) -> None:
        """Write down what must not change."""
        atomic.write(self.folder / name, json.dumps(what, indent=1) + "\n", 0o600)


def _index(ring: str) -> int:
    return int(ring.partition("-")[2] or 0)


def _words(policy: Mapping[str, Any]) -> str:
    """A kind of policy for a sentence: erasure_coding (data 2, parity 1, …)."""
    rest = ", ".join(f"{key} {value}" for key, value in policy.items() if key != "type")
    return f"{policy['type']} ({rest})" if rest else str(policy["type"])


def _fingerprint(salt: str, prefix: str, suffix: str) -> str:
    """Tells whether two secrets are the same, and nothing else."""
    return hashlib.scrypt(json.dumps([prefix, suffix]).encode(), salt=bytes.fromhex(salt), n=2**10, r=8, p=1).hex()


def _through(path: Path, save: Any, mode: int) -> None:
    """Let Swift write a file beside the one it replaces, and put it there in one step."""
    beside = path.with_name(f".{path.name}.new")
    save(str(beside))
    beside.chmod(mode)
    with beside.open("rb") as stream:
        os.fsync(stream.fileno())
    beside.replace(path)
