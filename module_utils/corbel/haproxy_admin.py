"""What HAProxy's own socket tells of its servers, and the commands that put them back."""

from __future__ import annotations

import socket
from collections.abc import Callable

# Bits of the administrative state (doc/management.txt of HAProxy, "show servers state").
MAINTENANCE_BY_COMMAND = 0x01
MAINTENANCE_BY_CONFIGURATION = 0x04
DRAIN_BY_COMMAND = 0x08
COLUMNS = ("be_name", "srv_name", "srv_admin_state")
LONGEST = 16 * 1024 * 1024


class AdminError(Exception):
    """HAProxy does not do what was asked; the message says what it answered."""


def ask(path: str, command: str, timeout: float = 10) -> str:
    """Ask one thing; HAProxy closes the connection after the answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(timeout)
        link.connect(path)
        link.sendall(f"{command}\n".encode())
        answer = b""
        while (part := link.recv(65536)) and len(answer) < LONGEST:
            answer += part
    return answer.decode(errors="replace").strip()


def taken_out(state: str) -> list[str]:
    """Servers, as backend/server, that a command took out; what the configuration disables stays so."""
    lines = [line for line in state.splitlines() if line.strip()]
    head = next((line[1:].split() for line in lines if line.startswith("#")), [])
    if not set(COLUMNS) <= set(head):
        raise AdminError(f"found {state[:80]!r} in answer to 'show servers state', expected a table with {COLUMNS}")
    found = []
    for line in lines:
        fields = line.split()
        if line.startswith("#") or len(fields) < len(head):
            continue
        row = dict(zip(head, fields, strict=False))
        bits = int(row["srv_admin_state"])
        by_command = bits & (MAINTENANCE_BY_COMMAND | DRAIN_BY_COMMAND)
        if by_command and not bits & MAINTENANCE_BY_CONFIGURATION:
            found.append(f"{row['be_name']}/{row['srv_name']}")
    return found


def put_back(servers: list[str], ask: Callable[[str], str]) -> None:
    """Have HAProxy send requests to servers again, as far as their health checks agree."""
    for server in servers:
        if said := ask(f"set server {server} state ready"):
            raise AdminError(f"HAProxy answered {said!r} to 'set server {server} state ready', expected nothing")
