# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Talks to the server under test: what its console said, and commands over SSH from this machine."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

HOST_KEY = re.compile(r"\b((?:ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa) [A-Za-z0-9+/=]{40,})")
METADATA = "http://169.254.169.254/openstack/latest/meta_data.json"
# Busybox has the one, other guests the other.
READ_METADATA = f"wget -q -O - {METADATA} 2>/dev/null || curl -sf {METADATA}"


def host_keys(console: str) -> list[str]:
    """Return the host keys that a guest printed on its console, each once."""
    return list(dict.fromkeys(HOST_KEY.findall(console)))


def console_tail(console: str, lines: int = 8) -> str:
    """Return the end of a console log on one line, for a message."""
    kept = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x20-\x7e]", "", line).strip() for line in console.splitlines()]
    return " | ".join([line for line in kept if line][-lines:]) or "nothing"


def ssh_command(address: str, user: str, key: str, known_hosts: str, pinned: bool) -> list[str]:
    """Return the command that opens a session on a guest, reading no configuration of this machine's user."""
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": "8",
        "IdentitiesOnly": "yes",
        "LogLevel": "ERROR",
        "ServerAliveCountMax": "2",
        "ServerAliveInterval": "5",
        "StrictHostKeyChecking": "yes" if pinned else "accept-new",
        "UserKnownHostsFile": known_hosts,
    }
    arguments = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    return ["ssh", "-F", "none", "-i", key, *arguments, f"{user}@{address}"]


@dataclass
class Guest:
    """A server reached over SSH."""

    address: str
    user: str
    directory: str
    pinned: bool = False
    # A command that opens the connection, where the guest is reached through another.
    proxy: str = ""
    name: str = "known_hosts"

    @property
    def known_hosts(self) -> Path:
        return Path(self.directory, self.name)

    @property
    def key(self) -> str:
        return str(Path(self.directory, "id_ed25519"))

    def pin(self, keys: list[str]) -> None:
        """Accept only the host keys that were read from the console."""
        self.known_hosts.write_text("".join(f"{self.address} {key}\n" for key in keys), encoding="utf-8")
        self.pinned = bool(keys)

    def command(self, remote: str) -> list[str]:
        command = ssh_command(self.address, self.user, self.key, str(self.known_hosts), self.pinned)
        through = ["-o", f"ProxyCommand={self.proxy}"] if self.proxy else []
        return [*command[:-1], *through, command[-1], remote]

    def run(self, remote: str, timeout: float = 60) -> tuple[int, str]:
        """Return the exit status and the output of a command; a command that hangs ends with 124."""
        try:
            done = subprocess.run(
                self.command(remote),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return 124, f"no answer within {timeout:.0f} s"
        return done.returncode, (done.stdout + done.stderr).strip()


class Heartbeat:
    """An open SSH session that ticks each second, to see when an existing connection dies."""

    def __init__(self, guest: Guest) -> None:
        self.process = subprocess.Popen(
            guest.command("while echo tick; do sleep 1; done"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.last = time.monotonic()

    def beats(self, wait: float) -> bool:
        """Tell whether a tick arrives within `wait` seconds."""
        if self.process.stdout is None:
            return False
        descriptor = self.process.stdout.fileno()
        ready, _, _ = select.select([descriptor], [], [], wait)
        if not ready or not os.read(descriptor, 65536):
            return False
        self.last = time.monotonic()
        return True

    def silence(self) -> float:
        return time.monotonic() - self.last

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def make_key(directory: str) -> str:
    """Make a key pair that lives as long as the verification; return its public half."""
    key = Path(directory, "id_ed25519")
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "corbel-verify", "-f", str(key)],
        check=True,
        capture_output=True,
    )
    return key.with_suffix(".pub").read_text(encoding="utf-8").strip()
