"""A host that falls silent in the middle of a task, over SSH itself: the run ends, and names it."""

from __future__ import annotations

import getpass
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

SERVER = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
# What Ansible ends with when a host cannot be reached.
UNREACHABLE = 4
# Of this test, not of the promise: docs/runs.md has that, and tests/contract/test_runs.py its sum.
PATIENCE = 900
# On "the host": goes on until its file is gone, as what a lost task has begun does.
PLAYBOOK = """
- name: Work
  hosts: all
  gather_facts: false
  tasks:
    - name: Take long
      ansible.builtin.command:
        argv: [sh, -c, "touch {{ folder }}/begun; while [ -e {{ folder }}/begun ]; do sleep 0.2; done"]
    - name: Come here
      ansible.builtin.command: touch {{ folder }}/next
"""
pytestmark = [pytest.mark.slow, pytest.mark.skipif(SERVER is None, reason="no sshd here (package openssh-server)")]


class Line:
    """Carries connections to a port until it is cut: then nothing arrives any more, and nobody is told."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.cut, self.ended = threading.Event(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self) -> None:
        ends: dict[socket.socket, socket.socket] = {}
        while not self.ended.is_set():
            if self.cut.is_set():
                self.ended.wait(0.1)
                continue
            for one in select.select([self.listener, *ends], [], [], 0.1)[0]:
                if one is self.listener:
                    near, _ = self.listener.accept()
                    far = socket.create_connection(("127.0.0.1", self.target))
                    ends |= {near: far, far: near}
                elif one in ends:
                    self._pass_on(one, ends)
        for one in (self.listener, *ends):
            one.close()

    def _pass_on(self, one: socket.socket, ends: dict[socket.socket, socket.socket]) -> None:
        try:
            data = one.recv(65536)
            ends[one].sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (ends.pop(one), one):
                ends.pop(end, None)
                end.close()

    def end(self) -> None:
        self.ended.set()
        self.thread.join()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: SSH keeps a socket below it."""
    with tempfile.TemporaryDirectory(prefix="corbel-lost-") as path:
        yield Path(path)


@pytest.fixture
def line(folder: Path) -> Iterator[Line]:
    """Start a server, and the line to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "key.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
    }
    config = folder / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([str(SERVER), "-D", "-e", "-f", str(config)], stderr=log)
    try:
        until("listening", lambda: "listening" in (folder / "log").read_text() or server.poll() is not None)
        assert server.poll() is None, (folder / "log").read_text()
        made = Line(port)
        yield made
        made.end()
    finally:
        server.terminate()
        server.wait()


def until(what: str, holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.1)


def test_a_run_that_loses_a_host_in_a_task_ends_with_its_name(folder: Path, line: Line) -> None:
    kind, key, *_ = (folder / "host.pub").read_text().split()
    (folder / "known").write_text(f"[127.0.0.1]:{line.port} {kind} {key}\n")
    (folder / "play.yml").write_text(PLAYBOOK)
    place = f"{{ansible_host: 127.0.0.1, ansible_port: {line.port}, ansible_user: {getpass.getuser()}}}"
    (folder / "hosts.yml").write_text(f"all: {{hosts: {{compute7: {place}}}}}\n")
    options = f"-i {folder / 'key'} -o UserKnownHostsFile={folder / 'known'} -o IdentitiesOnly=yes"
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_SSH_COMMON_ARGS": options,
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_NOCOLOR": "1",
        "CORBEL_STATE": str(folder / "state"),
    }
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-i", str(folder / "hosts.yml"), "-e", f"folder={folder}", str(folder / "play.yml")]
    run = subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    begun = folder / "begun"
    try:
        until("the task begins", lambda: begun.exists() or run.poll() is not None)
        assert begun.exists(), run.communicate()[0] + (folder / "log").read_text()
        line.cut.set()
        said, _ = run.communicate(timeout=PATIENCE)
    finally:
        run.kill()
        begun.unlink(missing_ok=True)
    assert run.returncode == UNREACHABLE, said
    assert "compute7]: UNREACHABLE!" in said
    assert not (folder / "next").exists()
