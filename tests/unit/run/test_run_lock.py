"""One run at a time: refusals, locks of the dead, and the judgement of the lock on a host."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible.module_utils.corbel import run_holder, run_lock
from ansible.module_utils.corbel.run_holder import Holder

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import os, sys
sys.path.insert(0, sys.argv[1])
import ansible.module_utils
ansible.module_utils.__path__.append(sys.argv[1] + "/module_utils")
from pathlib import Path
from ansible.module_utils.corbel import run_holder, run_lock
mine = run_holder.Holder("r1", "alice@mgmt", "site.yml", 0.0, os.getpid(), run_holder.start_ticks(os.getpid()),
                         run_holder.boot_id())
run_lock.take(Path(sys.argv[2]), mine, print)
if sys.argv[3] == "worker" and os.fork():
    os._exit(0)
print("held", flush=True)
sys.stdin.read()
"""


class Ticking:
    """A clock that goes on by itself and calls back when somebody sleeps."""

    def __init__(self, during: list[object]) -> None:
        self.time, self.during = 0.0, during

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += 100
        if self.during:
            self.during.pop(0)()  # type: ignore[operator]


def clock(*during: object) -> run_lock.Clock:
    ticking = Ticking(list(during))
    return run_lock.Clock(ticking.now, ticking.sleep)


def me(**change: object) -> Holder:
    return dataclasses.replace(Holder("r2", "bob@mgmt", "site.yml", machine="m1", place="/state/cloud"), **change)


@pytest.fixture
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lock, or, as `worker`, a child that outlived it."""
    command = [sys.executable, "-c", HOLD, str(ROOT), str(tmp_path), getattr(request, "param", "run")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdin
    assert process.stdout.readline() == "held\n"
    yield process
    process.stdin.close()
    process.stdout.close()
    process.wait()


def test_a_second_run_is_refused_with_the_name_of_the_first(other: subprocess.Popen[str], tmp_path: Path) -> None:
    with pytest.raises(run_lock.RefusedError) as refusal:
        run_lock.take(tmp_path, me(), print, clock=clock())
    assert f"alice@mgmt (site.yml, process {other.pid}, since 1970-01-01 00:00:00 UTC)" in str(refusal.value)
    assert f"kill {other.pid}" in str(refusal.value)
    assert str(tmp_path / "run.lock") in str(refusal.value)


def test_the_lock_of_a_killed_run_is_free_at_once(other: subprocess.Popen[str], tmp_path: Path) -> None:
    other.kill()
    other.wait()
    said: list[str] = []
    lock = run_lock.take(tmp_path, me(), said.append, clock=clock())
    assert lock.before is not None
    assert (lock.before.run, said) == ("r1", [])
    held = run_lock.read(lock.handle)
    assert held is not None
    assert held.run == "r2"
    os.close(lock.handle)


@pytest.mark.parametrize("other", ["worker"], indirect=True)
def test_tasks_of_a_killed_run_are_awaited(other: subprocess.Popen[str], tmp_path: Path) -> None:
    other.wait()
    said: list[str] = []

    def end() -> None:
        assert other.stdin and other.stdout
        other.stdin.close()
        # The end of its output is the end of the worker.
        other.stdout.read()

    lock = run_lock.take(tmp_path, me(), said.append, clock=clock(end))
    assert len(said) == 1
    assert "alice@mgmt" in said[0]
    assert "still at work" in said[0]
    os.close(lock.handle)


@pytest.mark.parametrize("other", ["worker"], indirect=True)
def test_tasks_that_do_not_end_are_named(other: subprocess.Popen[str], tmp_path: Path) -> None:
    other.wait()
    pids = run_lock.leftover(tmp_path / "run.lock")
    assert len(pids) == 1
    with pytest.raises(run_lock.RefusedError, match=f"still at work after 150 s.* 'kill {pids[0]}'"):
        run_lock.take(tmp_path, me(), lambda _: None, wait=150, clock=clock())


def test_a_lock_without_a_name_is_refused_too(tmp_path: Path) -> None:
    first = run_lock.take(tmp_path, me(), print)
    os.ftruncate(first.handle, 0)
    with pytest.raises(run_lock.RefusedError, match="a run that did not leave its name yet"):
        run_lock.take(tmp_path, me(), print)
    os.close(first.handle)


@pytest.mark.parametrize(
    ("found", "age", "takeover", "verdict"),
    [
        (None, 0, "", (True, False, "")),
        (me(run="r2"), 10, "", (True, False, "has it already")),
        (me(run="r1"), 10, "", (True, True, "was started here and does not run any more")),
        (me(run="r1", machine="m2"), 10, "", (False, False, "last sign of life 10 s ago")),
        (me(run="r1", place="/state/other"), 10, "", (False, False, "last sign of life")),
        (me(run="r1", machine="m2"), 3601, "", (True, True, "no sign of life for 60 minutes")),
        (me(run="r1", machine="m2"), 10, "r1", (True, True, "run_lock_takeover")),
        (me(run="r1", machine="m2"), 10, "r0", (False, False, "last sign of life")),
    ],
)
def test_the_lock_on_a_host(found: Holder | None, age: float, takeover: str, verdict: tuple[bool, bool, str]) -> None:
    given = run_lock.judge(found, me(), age, 3600, takeover)
    assert (given.granted, given.taken_over) == verdict[:2]
    assert verdict[2] in given.reason


def test_a_holder_survives_its_line() -> None:
    holder = me(began=1.5, plan="p7")
    assert run_holder.from_environment({run_holder.VARIABLE: run_holder.dump(holder)}) == holder
    assert "plan p7" in holder.title()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"who": "x"}', '{"run": ""}', '{"run": 7}', "null"])
def test_what_is_no_holder(text: str) -> None:
    assert run_holder.load(text) is None


def test_a_process_is_known_by_its_start(tmp_path: Path) -> None:
    pid = os.getpid()
    here = Holder("r", pid=pid, ticks=run_holder.start_ticks(pid), boot=run_holder.boot_id())
    assert run_holder.is_alive(here)
    assert not run_holder.is_alive(dataclasses.replace(here, ticks=here.ticks + 1))
    assert not run_holder.is_alive(dataclasses.replace(here, boot="another"))
    assert not run_holder.is_alive(dataclasses.replace(here, pid=0, ticks=0))
    assert run_holder.start_ticks(pid, tmp_path) == 0


def test_machines_of_one_image_differ_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "machine-id").write_text("abc\n")
    one = run_holder.machine_id(tmp_path)
    monkeypatch.setattr(os, "uname", type("Uname", (), {"nodename": "another"}))
    assert run_holder.machine_id(tmp_path) != one


def test_run_ids_sort_by_time() -> None:
    assert run_holder.run_id(0, b"\x01\x02") == "19700101T000000Z-0102"
    assert run_holder.run_id(10, b"\x00\x00") > run_holder.run_id(9, b"\xff\xff")
