"""What was done to a cloud, by whom and how far it came: one file per run, in lines of JSON."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.run_holder import Holder, stamp

STATE_VARIABLE = "CORBEL_STATE"
FOLDER = "runs"
KEPT = 100
# In the folder of a cloud: reports of runs, from which a plan knows how long a change takes.
REPORTS = "reports"


def state_folder(inventory: Sequence[str], environment: Mapping[str, str]) -> Path:
    """Where this machine keeps what it knows of a cloud. A cloud is its inventory."""
    home = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME") or "~").expanduser() / ".local/state")
    top = Path(environment.get(STATE_VARIABLE) or Path(home) / "corbel")
    return top / cloud_key(inventory)


def folder_of(arguments: Mapping[str, Any]) -> Path:
    """Where this machine keeps what it knows of the cloud that a command line of Ansible names."""
    return state_folder(list(arguments.get("inventory") or []), os.environ)


def cloud_key(inventory: Sequence[str]) -> str:
    """A name for a cloud that people recognise and that no other inventory has."""
    return f"{cloud_name(inventory)}-{hashlib.sha256(chr(0).join(_places(inventory)).encode()).hexdigest()[:8]}"


def cloud_name(inventory: Sequence[str]) -> str:
    """What people call a cloud of which they know the inventory."""
    places = _places(inventory)
    parts = [part for part in Path(places[0]).parts if part not in ("/", "inventory", "hosts.yml")] if places else []
    name = "".join(letter for letter in (parts or ["default"])[-1] if letter.isalnum() or letter in "-_.")[:40]
    return name or "default"


def _places(inventory: Sequence[str]) -> list[str]:
    return [one if "," in one else os.path.realpath(one) for one in inventory]


@dataclass
class Journal:
    """Writes the file of one run."""

    path: Path
    handle: int = -1

    def begin(self, holder: Holder, arguments: Mapping[str, Any]) -> None:
        """Make the file, and let the oldest ones go."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        older = sorted(self.path.parent.glob("*.jsonl"))
        for path in older[: max(0, len(older) - KEPT + 1)]:
            path.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self.handle = os.open(self.path, flags, 0o600)
        self.note("begin", holder.began, durable=True, **asdict(holder), arguments=dict(arguments))

    def note(self, event: str, now: float, durable: bool = False, **about: Any) -> None:
        """Append a line. A killed run leaves it in any case; `durable` keeps it when the machine dies as well."""
        if self.handle < 0:
            return
        # A full disk must not end a run that does more important things.
        with contextlib.suppress(OSError):
            os.write(self.handle, (json.dumps({"event": event, "time": round(now, 3), **about}) + "\n").encode())
            if durable:
                os.fsync(self.handle)

    def close(self) -> None:
        """Write no more."""
        if self.handle >= 0:
            os.close(self.handle)
        self.handle = -1


def journal_of(folder: Path, holder: Holder) -> Journal:
    """The journal of a run in the folder of its cloud."""
    return Journal(folder / FOLDER / f"{holder.run}.jsonl")


@dataclass
class Run:
    """A run as its file tells it."""

    run: str
    who: str = "unknown"
    playbook: str = ""
    plan: str = ""
    began: float = 0.0
    last: float = 0.0
    play: str = ""
    task: str = ""
    # ok, failed, or empty for a run that did not end in order.
    result: str = ""
    failures: list[str] = field(default_factory=list)
    changed: dict[str, int] = field(default_factory=dict)

    def step(self) -> str:
        """Where it was last."""
        return " / ".join(part for part in (self.play, self.task) if part) or "before its first play"


def parse(run: str, text: str) -> Run:
    """Read a file; a last line that was cut off is left out."""
    found = Run(run)
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            event = entry["event"]
        except (ValueError, TypeError, KeyError):
            continue
        found.last = float(entry.get("time", found.last))
        if event == "begin":
            found.who, found.playbook, found.plan = entry["who"], entry["playbook"], entry.get("plan", "")
            found.began = float(entry["began"])
        elif event == "play":
            found.play, found.task = entry["name"], ""
        elif event == "task":
            found.task = entry["name"]
        elif event in ("failed", "unreachable"):
            found.failures.append(f"{entry['host']}: {event} in {found.step()}")
        elif event == "end":
            found.result, found.changed = entry["result"], entry.get("changed", {})
    return found


def runs(folder: Path) -> list[Run]:
    """All runs of a cloud that are remembered, the newest last."""
    return [
        parse(path.stem, path.read_text(encoding="utf-8", errors="replace"))
        for path in sorted((folder / FOLDER).glob("*.jsonl"))
    ]


def last_run(folder: Path) -> Run | None:
    """The newest run, without reading the others."""
    newest = max((folder / FOLDER).glob("*.jsonl"), default=None)
    return parse(newest.stem, newest.read_text(encoding="utf-8", errors="replace")) if newest else None


def notice(run: Run | None) -> str:
    """What the next run says of one that did not end well; empty if it did."""
    if run is None or run.result == "ok":
        return ""
    head = f"The last run ({run.who}, {run.playbook}, {stamp(run.began)}, {run.run})"
    if not run.result:
        return f"{head} was interrupted in {run.step()}. Running its playbook again finishes what it left."
    shown = "; ".join(run.failures[:5]) + (f" and {len(run.failures) - 5} more" if len(run.failures) > 5 else "")
    return f"{head} failed. {shown or 'It named no host'}."


def table(found: Sequence[Run], alive: str = "") -> list[str]:
    """Runs as lines for a terminal; `alive` is the run that is at work."""
    rows = [("RUN", "BEGAN", "WHO", "PLAYBOOK", "SECONDS", "RESULT", "CHANGED", "LAST STEP OR FAILURE")]
    for run in found:
        result = run.result or ("running" if run.run == alive else "interrupted")
        about = "" if run.result == "ok" else (run.failures or [run.step()])[0]
        changed = ", ".join(f"{host} {count}" for host, count in sorted(run.changed.items())[:4])
        more = f" and {len(run.changed) - 4} more" if len(run.changed) > 4 else ""
        playbook = f"{run.playbook} {run.plan}".strip()
        seconds = f"{run.last - run.began:.0f}"
        rows.append((run.run, stamp(run.began), run.who, playbook, seconds, result, changed + more or "-", about))
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
