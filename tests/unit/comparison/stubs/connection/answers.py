"""A connection to a host that is not there: every program on it prints the same empty answer and succeeds."""

from __future__ import annotations

from typing import Any

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = r"""
name: answers
short_description: A host that has nothing to say
description: For tests and measurements without hosts.
version_added: "0.1.0"
author: Corbel contributors
options: {}
"""

ANSWER = b'{"changed": false, "answers": [], "unfinished": []}\n'


class Connection(ConnectionBase):
    """Answers at once."""

    transport = "answers"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: Any = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Print the answer."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return 0, ANSWER, b""

    def put_file(self, in_path: str, out_path: str) -> None:
        """Take a file."""

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Give no file."""

    def close(self) -> None:
        """Forget the host."""
        self._connected = False
