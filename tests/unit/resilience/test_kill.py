"""Who dies when a run is killed."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.resilience import kill, plan

# A leader with a worker in a session of its own, as Ansible has them; the pipe stays open as long as the worker lives.
WORKER = """
import os, sys
if os.fork() == 0:
    os.setsid()
    print(os.getpid(), flush=True)
    os.close(1)
    os.read(int(sys.argv[1]), 1)
    os._exit(0)
import signal
signal.pause()
"""


@pytest.mark.parametrize(("victims", "survives"), [(plan.GROUP, True), (plan.TREE, False)])
def test_workers_outlive_the_group_but_not_the_tree(victims: str, survives: bool) -> None:
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(reader)],
        stdout=subprocess.PIPE,
        pass_fds=[reader],
        start_new_session=True,
        text=True,
    )
    os.close(reader)
    assert process.stdout
    worker = int(process.stdout.readline())
    assert worker in kill.descendants(process.pid)
    kill.kill(process.pid, victims)
    assert process.wait() == -9
    process.stdout.close()
    # The pipe has a reader as long as the worker is there. Closing it tells a worker that survived to go.
    poll = select.poll()
    poll.register(writer, 0)
    assert bool(poll.poll(0 if survives else 60_000)) is not survives
    os.close(writer)


def test_a_run_that_ends_in_time_has_its_exit_code(tmp_path: Path) -> None:
    ended = kill.run(["sh", "-c", "echo $X; exit 3"], tmp_path / "log" / "x", {"X": "said"}, kill_after=60)
    assert ended.code == 3
    assert (tmp_path / "log" / "x").read_text() == "said\n"


def test_a_run_that_is_killed_has_none(tmp_path: Path) -> None:
    assert kill.run(["sleep", "600"], tmp_path / "x", {}, kill_after=0.1, victims=plan.TREE).code is None
