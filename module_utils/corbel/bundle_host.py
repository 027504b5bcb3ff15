"""The boundary to the host: its file tree and its commands."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.corbel import exclusive
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_tree import Ownership, Tree

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "APT_LISTCHANGES_FRONTEND": "none",
    "NEEDRESTART_MODE": "l",
    "SYSTEMD_PAGER": "",
    "SYSTEMD_COLORS": "0",
}
LOCK = str(exclusive.LOCK)


@dataclass(frozen=True)
class Completed:
    """How a command ended."""

    code: int
    out: str = ""
    err: str = ""

    @property
    def said(self) -> str:
        """The last thing it said, for a message."""
        lines = [line.strip() for line in (self.err.splitlines() or self.out.splitlines()) if line.strip()]
        return lines[-1] if lines else f"exit code {self.code}"


Runner = Callable[[Sequence[str], float], Completed]


def run_command(command: Sequence[str], timeout: float) -> Completed:
    """Run a command of the host in a plain environment."""
    try:
        done = subprocess.run(
            list(command),
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        return Completed(127, "", f"{command[0]} is not installed")
    except subprocess.TimeoutExpired:
        return Completed(124, "", f"{command[0]} did not end within {timeout:g} s")
    return Completed(done.returncode, done.stdout, done.stderr)


@dataclass
class Host:
    """A host: the real one has root `/` and runs real commands."""

    root: Path = Path("/")
    run: Runner = run_command
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    @property
    def tree(self) -> Tree:
        """Its files."""
        return Tree(self.root)

    def own(self, mode: int = 0o644) -> Ownership:
        """Give owner and mode of what the module keeps for itself."""
        return Ownership(os.geteuid(), os.getegid(), mode)

    def must(self, command: Sequence[str], fix: str, timeout: float = 120) -> Completed:
        """Run a command that has to succeed; `fix` ends the message if it does not."""
        done = self.run(command, timeout)
        if done.code:
            raise BundleError(f"'{' '.join(command)}' failed: {done.said}; {fix}")
        return done

    @contextlib.contextmanager
    def locked(self, timeout: float) -> Iterator[None]:
        """Let one run at a time change the host."""
        try:
            with exclusive.locked(self.root / LOCK.lstrip("/"), timeout, self.sleep, self.clock):
                yield
        except exclusive.BusyError as error:
            raise BundleError(str(error)) from error
