"""A phase is one or more programs that run side by side, each with a log of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")


class PhaseError(RuntimeError):
    """A program of a phase failed; the message names it, its exit code and its log."""


@dataclass
class Phase:
    """What a phase took and did."""

    name: str
    seconds: float = 0.0
    changed: int = 0
    tasks: int = 0


@dataclass
class Runner:
    """Runs phases and remembers them. Output goes to the terminal and to logs under `log_directory`."""

    log_directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    phases: list[Phase] = field(default_factory=list)

    @contextmanager
    def _timed(self, name: str) -> Iterator[Phase]:
        print(f"\n== {name}", flush=True)
        phase = Phase(name)
        self.phases.append(phase)
        started = time.monotonic()
        try:
            yield phase
        finally:
            phase.seconds = time.monotonic() - started

    def _start(self, log: Path, command: list[str], pipe: bool) -> subprocess.Popen[str]:
        log.parent.mkdir(parents=True, exist_ok=True)
        output = subprocess.PIPE if pipe else log.open("w")
        # Python keeps lines back when it does not write to a terminal; they are to be seen as they come.
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **self.environment}
        # Killed without a chance to say so, this process must leave none behind that still changes hosts.
        command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, text=True, env=environment)

    def together(self, name: str, commands: dict[str, list[str]]) -> None:
        """Run independent programs at the same time; one line for each that ends."""
        with self._timed(name):
            started = time.monotonic()
            logs = {key: self.log_directory / f"{key}.log" for key in commands}
            running = {key: self._start(logs[key], command, pipe=False) for key, command in commands.items()}
            try:
                failed = self._wait(running, started)
            finally:
                for process in running.values():
                    if process.poll() is None:
                        process.terminate()
                        process.wait()
            if failed:
                tail = "\n".join(logs[failed].read_text(errors="replace").splitlines()[-25:])
                code = running[failed].returncode
                raise PhaseError(f"{tail}\n\n'{failed}' ended with exit code {code}. Its whole output: {logs[failed]}")

    @staticmethod
    def _wait(running: dict[str, subprocess.Popen[str]], started: float) -> str | None:
        waiting = set(running)
        while waiting:
            for key in sorted(waiting):
                code = running[key].poll()
                if code is None:
                    continue
                waiting.discard(key)
                if code:
                    return key
                print(f"   {key}: {time.monotonic() - started:.0f} s", flush=True)
            time.sleep(0.2)
        return None

    def stream(self, name: str, command: list[str], filter_line: Callable[[str], bool] = lambda line: True) -> Phase:
        """Run one program and show its output as it comes; counts the tasks of Ansible's recap."""
        log = self.log_directory / f"{name.lower().replace(' ', '-')}.log"
        with self._timed(name) as phase:
            process = self._start(log, command, pipe=True)
            try:
                with log.open("w") as copy:
                    for line in process.stdout or ():
                        copy.write(line)
                        if filter_line(line):
                            sys.stdout.write(line)
                            sys.stdout.flush()
                        recap = RECAP.match(COLOUR.sub("", line))
                        if recap:
                            phase.tasks += int(recap[2])
                            phase.changed += int(recap[3])
                process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
            if process.returncode:
                raise PhaseError(f"'{name}' ended with exit code {process.returncode}. Its whole output: {log}")
        return phase
