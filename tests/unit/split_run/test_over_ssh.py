"""Two workers over SSH itself: a server of this test on the loopback, with keys of its own."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.site import Site
from tools.split_run import project, worker
from tools.split_run.__main__ import READ, on_workers, status_of
from tools.split_run.plan import Plan

SERVER = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
WANTED = ("ANSIBLE_CONNECTION_PLUGINS", "ANSIBLE_PIPELINING", "CORBEL_BENCH_STATE", "CORBEL_CACHE")
pytestmark = pytest.mark.skipif(SERVER is None, reason="no sshd here (package openssh-server)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path / "site", 4).make()
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def ssh(tmp_path: Path, site: Site) -> Iterator[str]:
    """Start a server; the command that reaches it."""
    port = free_port()
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    variables = site.environment()
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": tmp_path / "host",
        "AuthorizedKeysFile": tmp_path / "key.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "SetEnv": " ".join(f"{name}={variables[name]}" for name in WANTED),
    }
    config = tmp_path / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    kind, key, *_ = (tmp_path / "host.pub").read_text().split()
    known = tmp_path / "known_hosts"
    known.write_text("".join(f"[{name}]:{port} {kind} {key}\n" for name in ("127.0.0.1", "localhost")))
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([str(SERVER), "-D", "-e", "-f", str(config)], stderr=log)
        try:
            for _ in range(600):
                if "listening" in (tmp_path / "log").read_text() or server.poll() is not None:
                    break
                time.sleep(0.05)
            assert server.poll() is None, (tmp_path / "log").read_text()
            options = f"-i {tmp_path / 'key'} -o UserKnownHostsFile={known} -o IdentitiesOnly=yes -p {port}"
            yield f"{worker.SSH} {options}"
        finally:
            server.terminate()
            server.wait()


def test_two_workers_over_ssh_do_their_parts(tmp_path: Path, site: Site, ssh: str) -> None:
    sent = tmp_path / "sent"
    project.write(sent, site.inventory, project.vault_password())
    job = worker.Job(sent, READ, [], project.environment(), ssh, str(Path(sys.executable).parent))
    plan = Plan([], {"127.0.0.1": ["compute1", "compute2"], "localhost": ["compute3"]})
    outcomes = on_workers(job, plan)
    assert status_of(outcomes) == 0, [outcome.reason for outcome in outcomes]
    assert [sorted(outcome.events.results) for outcome in outcomes] == [["compute1", "compute2"], ["compute3"]]


def test_a_worker_that_refuses_the_key_is_lost_with_the_words_of_ssh(tmp_path: Path, site: Site, ssh: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    argv = shlex.split(ssh)
    argv[argv.index("-i") + 1] = str(tmp_path / "other")
    job = worker.Job(site.inventory, READ, [], {}, shlex.join(argv), "bin")
    outcome = worker.run(job, "127.0.0.1", ["compute1"], lambda line: None)
    assert outcome.state == worker.LOST
    assert "Permission denied" in outcome.reason
