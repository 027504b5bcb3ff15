"""Who is at work on a cloud: a run of a playbook, as locks, journals and the environment of its modules name it."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

# Tells modules on hosts, and the workers on the controlling machine, which run they belong to.
VARIABLE = "CORBEL_RUN"
PROC = Path("/proc")


@dataclass(frozen=True)
class Holder:
    """A run. `place` is its lock on the controlling machine: who has that lock knows that no other run has it."""

    run: str
    who: str = "unknown"
    playbook: str = ""
    began: float = 0.0
    pid: int = 0
    # When the process began, in the kernel's ticks: a number alone may belong to another process by now.
    ticks: int = 0
    boot: str = ""
    machine: str = ""
    place: str = ""
    plan: str = ""

    def title(self) -> str:
        """The run in words, for a message."""
        plan = f", plan {self.plan}" if self.plan else ""
        return f"{self.who} ({self.playbook or 'a playbook'}{plan}, process {self.pid}, since {stamp(self.began)})"


def this_run(playbook: str, folder: Path, plan: str = "") -> Holder:
    """Who and what this process is; `plan` is the saved plan that it applies."""
    now, pid = time.time(), os.getpid()
    return Holder(
        run=run_id(now, os.urandom(2)),
        who=f"{getpass.getuser()}@{os.uname().nodename}",
        playbook=Path(playbook).name,
        began=round(now, 3),
        pid=pid,
        ticks=start_ticks(pid),
        boot=boot_id(),
        machine=machine_id(),
        place=str(folder),
        plan=plan,
    )


def dump(holder: Holder) -> str:
    """A holder as one line."""
    return json.dumps(asdict(holder), sort_keys=True, separators=(",", ":"))


def load(text: str) -> Holder | None:
    """A holder from its line; none if the text is none, such as a file half-written or from another version."""
    try:
        raw = json.loads(text)
        known = {field.name: raw[field.name] for field in fields(Holder) if field.name in raw}
        holder = Holder(**known)
    except (ValueError, TypeError, KeyError):
        return None
    return holder if isinstance(holder.run, str) and holder.run else None


def from_environment(environment: Mapping[str, str]) -> Holder | None:
    """The run that this process works for."""
    return load(environment.get(VARIABLE, ""))


def stamp(seconds: float) -> str:
    """A time as people read it, the same on every machine."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def run_id(now: float, salt: bytes) -> str:
    """A name for a run that sorts by time."""
    return time.strftime("%Y%m%dT%H%M%SZ-", time.gmtime(now)) + salt.hex()


def machine_id(etc: Path = Path("/etc")) -> str:
    """What tells this machine from others; copies of an image may share the id, not the name as well."""
    known = _text(etc / "machine-id").strip()
    return hashlib.sha256(f"{known} {os.uname().nodename}".encode()).hexdigest()[:16]


def boot_id(proc: Path = PROC) -> str:
    """What tells this boot of the machine from others."""
    return _text(proc / "sys/kernel/random/boot_id").strip()


def start_ticks(pid: int, proc: Path = PROC) -> int:
    """When a process began; 0 if there is none."""
    rest = _text(proc / str(pid) / "stat").rpartition(")")[2].split()
    return int(rest[19]) if len(rest) > 19 else 0


def is_alive(holder: Holder, proc: Path = PROC) -> bool:
    """Whether the process of a run on this machine still runs."""
    return holder.boot == boot_id(proc) and holder.ticks != 0 and start_ticks(holder.pid, proc) == holder.ticks


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
