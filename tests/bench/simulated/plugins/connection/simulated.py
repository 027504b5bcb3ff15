"""A connection to a host that is not there and answers as one would (tests/bench/simulated)."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from ansible.plugins.connection import ConnectionBase

ROOT = str(Path(__file__).resolve().parents[5])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from tests.bench.simulated import answers, plain_modules, state  # noqa: E402  found through the line above

DOCUMENTATION = r"""
name: simulated
short_description: A host that is not there
description: For measurements of the controlling machine with more hosts than there are machines.
version_added: "0.1.0"
author: Corbel contributors
extends_documentation_fragment: [connection_pipelining]
options:
  host:
    description: Address of the host; its state is kept under that name.
    type: str
    vars: [{name: inventory_hostname}, {name: ansible_host}]
  state:
    description: Folder of the hosts' states.
    type: path
    required: true
    env: [{name: CORBEL_BENCH_STATE}]
"""


class Connection(ConnectionBase):
    """Answers in the process of the task. What that costs is noted, so that it can be told from Ansible's own work."""

    transport = "simulated"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: Any = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a module that comes on standard input, or a command of the shell."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        if not in_data:
            return 0, answers.run_shell(cmd), b""
        begun = time.process_time()
        folder = Path(self.get_option("state"))
        with state.opened(folder, self.get_option("host")) as host:
            printed = answers.run_module(host, in_data)
        with (folder / "seconds").open("a", encoding="utf-8") as seconds:
            seconds.write(f"{time.process_time() - begun:.6f}\n")
        return 0, printed, b""

    def put_file(self, in_path: str, out_path: str) -> None:
        """Take a file; only its checksum is kept."""
        with state.opened(Path(self.get_option("state")), self.get_option("host")) as host:
            host.put(f"upload {out_path}", plain_modules.checksum(in_path))

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Give an empty file."""
        Path(out_path).touch()

    def close(self) -> None:
        """Forget the host."""
        self._connected = False
