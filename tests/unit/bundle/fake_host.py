"""A host below a temporary root: real files, and systemctl, useradd and apt-get played at the boundary."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import bundle_apply, bundle_spec
from ansible.module_utils.corbel.bundle_host import Completed, Host

SYSTEM = "etc/systemd/system"
SHIPPED = "usr/lib/systemd/system"


@dataclass
class Process:
    """A unit as systemd has it in memory."""

    active: str = "inactive"
    result: str = "success"
    read: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    reloads: int = 0


class FakeHost:
    """Plays the host. `reads` maps a unit to the files its program reads when it starts or reloads."""

    def __init__(self, root: Path, reads: dict[str, list[str]] | None = None) -> None:
        self.root = root
        self.reads = reads or {}
        self.processes: dict[str, Process] = {}
        self.loaded: dict[str, dict[str, str]] = {}
        self.commands: list[list[str]] = []
        self.broken: set[str] = set()
        self.packages: dict[str, Callable[[], None]] = {}
        self.now = 0.0
        self.on_event: Callable[[str], None] = lambda name: None
        uid, gid = os.geteuid(), os.getegid()
        self.put("etc/passwd", f"root:x:{uid}:{gid}:root:/root:/bin/bash\n")
        self.put("etc/group", f"root:x:{gid}:\ncorbel-tls:x:{gid}:\n")
        self.put("var/lib/dpkg/status", "Package: bash\nStatus: install ok installed\n\n")
        for folder in ("etc/systemd/system", "usr/sbin", "run", SHIPPED):
            (root / folder).mkdir(parents=True, exist_ok=True)
        self.host = Host(root, self.run, self.sleep, lambda: self.now)

    def put(self, path: str, text: str) -> None:
        """Write a file by hand."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def get(self, path: str) -> str:
        """Read a file."""
        return (self.root / path.lstrip("/")).read_text()

    def has(self, path: str) -> bool:
        """Whether something stands at a path."""
        return os.path.lexists(self.root / path.lstrip("/"))

    def apply(self, raw: dict[str, Any], check: bool = False) -> bundle_apply.Outcome:
        """Run the module's work."""
        return bundle_apply.run(self.host, bundle_spec.parse(raw), check=check)

    def verbs(self) -> list[str]:
        """Every command but reading ones, as `verb unit`."""
        words = [[word for word in command if not word.startswith("--")] for command in self.commands]
        return [" ".join(command[1:]) for command in words if command[0] == "systemctl" and command[1] != "show"]

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def run(self, command: Sequence[str], timeout: float) -> Completed:
        """Play a command."""
        words = [word for word in command if not word.startswith("-")]
        self.commands.append(list(command))
        if words[0] == "systemctl" and words[1] == "show":
            return Completed(0, "\n".join(self._show(name) for name in words[2:]))
        play = {
            "systemctl": self._systemctl,
            "useradd": self._useradd,
            "usermod": self._usermod,
            "groupadd": self._groupadd,
            "apt-get": self._apt,
            "journalctl": self._journal,
            "check": self._check,
        }[words[0]]
        done = play(list(command), words[1:])
        self.on_event(f"after {' '.join(words)}")
        return done

    def _useradd(self, command: list[str], words: list[str]) -> Completed:
        name, group = words[-1], command[command.index("--gid") + 1]
        home = command[command.index("--home-dir") + 1]
        gid = self._gid(group)
        self._append("etc/passwd", f"{name}:x:{os.geteuid()}:{gid}::{home}:/usr/sbin/nologin\n")
        if "--groups" in command:
            self._join(name, command[command.index("--groups") + 1])
        return Completed(0)

    def _usermod(self, command: list[str], words: list[str]) -> Completed:
        if "--groups" in command:
            self._join(words[-1], command[command.index("--groups") + 1])
        return Completed(0)

    def _groupadd(self, command: list[str], words: list[str]) -> Completed:
        self._append("etc/group", f"{words[-1]}:x:{os.getegid()}:\n")
        return Completed(0)

    def _append(self, path: str, line: str) -> None:
        self.put(path, self.get(path) + line)

    def _gid(self, group: str) -> int:
        return next(
            int(line.split(":")[2]) for line in self.get("etc/group").splitlines() if line.split(":")[0] == group
        )

    def _join(self, user: str, groups: str) -> None:
        lines = []
        for line in self.get("etc/group").splitlines():
            name, mark, gid, members = line.split(":")
            present = [member for member in members.split(",") if member]
            if name in groups.split(",") and user not in present:
                present.append(user)
            lines.append(":".join([name, mark, gid, ",".join(present)]))
        self.put("etc/group", "\n".join(lines) + "\n")

    def _apt(self, command: list[str], words: list[str]) -> Completed:
        for name in words[1:]:
            if name not in self.packages:
                return Completed(100, "", f"E: Unable to locate package {name}\n")
            self.packages[name]()
            status = f"Package: {name}\nStatus: install ok installed\n\n"
            if status not in self.get("var/lib/dpkg/status"):
                self._append("var/lib/dpkg/status", status)
        return Completed(0)

    def _journal(self, command: list[str], words: list[str]) -> Completed:
        return Completed(0, "died of ConfigError\nconnection mysql://u:abcdef0123456789ABCDEF@db/x refused\n")

    def _check(self, command: list[str], words: list[str]) -> Completed:
        bad = "bad" in Path(self.root, words[-1].lstrip("/")).read_text()
        return Completed(1, "", f"{words[-1]}: bad line 1") if bad else Completed(0)

    def ship(
        self, name: str, text: str = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n"
    ) -> None:
        """Put a unit there as a Debian package does."""
        self.put(f"{SHIPPED}/{name}", text)

    def start_all(self) -> None:
        """Restart what runs, as systemd or an operator may at any time."""
        for name, process in self.processes.items():
            if process.active == "active":
                self._begin(name)

    def _wants(self, name: str) -> list[Path]:
        folders = (self.root / SYSTEM).glob("*.wants")
        return [folder / name for folder in folders if (folder / name).is_symlink()]

    def _on_disk(self, name: str) -> dict[str, str]:
        paths = [self.root / SHIPPED / name, self.root / SYSTEM / name]
        paths += sorted((self.root / SYSTEM / f"{name}.d").glob("*.conf"))
        return {str(path): path.read_text() for path in paths if path.is_file()}

    def _known(self, name: str) -> dict[str, str]:
        """What systemd has read: on first use from disk, later only when told to reload."""
        known = self.loaded.get(name)
        if not known:
            known = self.loaded[name] = self._on_disk(name)
        return known

    def _exists(self, name: str) -> bool:
        return any(path.endswith(f"/{name}") for path in self._known(name))

    def _show(self, name: str) -> str:
        process = self.processes.get(name, Process())
        load = "loaded" if self._exists(name) else "not-found"
        stale = "yes" if self.loaded.get(name) and self.loaded[name] != self._on_disk(name) else "no"
        wants = self._wants(name)
        values = {
            "LoadState": load,
            "ActiveState": process.active,
            "SubState": "running" if process.active == "active" else "dead",
            "UnitFileState": ("enabled" if wants else "disabled") if load == "loaded" else "",
            "NeedDaemonReload": stale,
            "Type": "notify",
            "Result": process.result,
            "NRestarts": "0",
        }
        return "".join(f"{key}={value}\n" for key, value in values.items())

    def _systemctl(self, command: list[str], words: list[str]) -> Completed:
        verb, names = words[0], words[1:]
        if verb == "daemon-reload":
            self.loaded = {name: self._on_disk(name) for name in self.loaded}
            return Completed(0)
        for name in names:
            if verb not in ("stop", "disable", "reset-failed") and not self._exists(name):
                return Completed(5, "", f"Unit {name} not found.")
            self._verb(verb, name)
        return Completed(0)

    def _verb(self, verb: str, name: str) -> None:
        if verb in ("disable", "reenable"):
            for link in self._wants(name):
                link.unlink()
        if verb == "reenable" and "WantedBy=multi-user.target" in "".join(self._on_disk(name).values()):
            folder = self.root / SYSTEM / "multi-user.target.wants"
            folder.mkdir(exist_ok=True)
            (folder / name).symlink_to(f"/{SYSTEM}/{name}")
        process = self.processes.setdefault(name, Process())
        if verb == "stop":
            process.active = "inactive"
        elif verb == "restart" or (verb == "start" and process.active != "active"):
            self._begin(name)
        elif verb == "reload":
            process.reloads += 1
            process.read = self._read(name)

    def _begin(self, name: str) -> None:
        process = self.processes.setdefault(name, Process())
        text = "".join(self._known(name).values())
        source = self.root / "etc/corbel/digests" / name
        if "ExecStartPre=-+/usr/bin/install" in text and source.exists():
            target = self.root / "run/corbel/digests" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        process.starts += 1
        process.read = self._read(name)
        process.active = "failed" if name in self.broken else "active"
        process.result = "exit-code" if name in self.broken else "success"

    def _read(self, name: str) -> dict[str, str]:
        """What the program has now: its unit as systemd knows it and the files it reads."""
        files = {path: self.get(path) for path in self.reads.get(name, []) if (self.root / path.lstrip("/")).is_file()}
        units = {path.removeprefix(str(self.root)): text for path, text in self._known(name).items()}
        return {**files, **units}

    def state(self) -> dict[str, Any]:
        """Everything a run may leave behind, comparable between hosts."""
        found: dict[str, Any] = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            status = path.lstat()
            if path.is_symlink():
                found[name] = str(path.readlink())
            elif path.is_file():
                found[name] = (oct(status.st_mode & 0o7777), path.read_text())
            else:
                found[name] = oct(status.st_mode & 0o7777)
        found.pop("run/corbel/lock", None)
        found.pop("run/corbel", None)
        for name, process in self.processes.items():
            found[f"process {name}"] = (process.active, process.read if process.active == "active" else None)
        return found
