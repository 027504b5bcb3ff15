"""What hosts remember of runs: lines, their size, and what stays out of them."""

import dataclasses
import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import exclusive, host_journal, host_lock, run_holder
from ansible.module_utils.corbel.run_holder import Holder

RUN = Holder("r1", "alice@mgmt", "site.yml", machine="m1", place="/state", plan="p7")


@pytest.fixture(autouse=True)
def part_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_holder.VARIABLE, run_holder.dump(RUN))


def lines(root: Path) -> list[dict[str, Any]]:
    path = root / "var/log/corbel/journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_line_says_who_what_and_for_which_run(host_root: Path) -> None:
    host_journal.note("service_bundle glance", ["write /etc/glance/glance-api.conf"], failed=True)
    (entry,) = lines(host_root)
    assert entry.pop("time").endswith(" UTC")
    assert entry == {
        "run": "r1",
        "who": "alice@mgmt",
        "playbook": "site.yml",
        "plan": "p7",
        "step": "service_bundle glance",
        "changes": ["write /etc/glance/glance-api.conf"],
        "failed": True,
    }
    path = host_root / "var/log/corbel/journal.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_change_outside_a_run_is_noted_too(host_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(run_holder.VARIABLE)
    host_journal.note("service_units", [])
    assert lines(host_root)[0]["who"] == "unknown"


@pytest.mark.parametrize(
    ("result", "check", "changes"),
    [
        ({"changed": True, "changes": ["a"]}, False, ["a"]),
        ({"changed": True, "report": ["b"]}, False, ["b"]),
        ({"changed": True, "other": ["b"]}, False, []),
        ({"changed": True, "changes": ["a"]}, True, None),
        ({"changed": False, "changes": []}, False, None),
    ],
)
def test_only_changes_are_noted(host_root: Path, result: dict[str, Any], check: bool, changes: list[str]) -> None:
    host_journal.note_result("x", result, check)
    assert [entry["changes"] for entry in lines(host_root)] == ([] if changes is None else [changes])


def test_a_line_is_short(host_root: Path) -> None:
    host_journal.note("x", [*("y" * 500 for _ in range(3)), *map(str, range(60))])
    changes = lines(host_root)[0]["changes"]
    assert len(changes[0]) == host_journal.LONGEST_CHANGE
    assert (len(changes), changes[-1]) == (host_journal.MOST_CHANGES + 1, "and 23 more")


def test_two_files_are_all_there_is(host_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_journal, "LARGEST", 100)
    for number in range(5):
        host_journal.note(f"step {number}", [])
    assert sorted(path.name for path in (host_root / "var/log/corbel").iterdir()) == [
        "journal.jsonl",
        "journal.jsonl.1",
    ]
    assert [entry["step"] for entry in lines(host_root)] == ["step 4"]


def test_a_journal_that_cannot_be_written_stops_nothing(host_root: Path) -> None:
    (host_root / "var").write_text("in the way")
    host_journal.note("x", [])
    assert lines(host_root) == []


def test_a_link_is_not_followed(host_root: Path) -> None:
    folder = host_root / "var/log/corbel"
    folder.mkdir(parents=True)
    (host_root / "target").write_text("")
    (folder / "journal.jsonl").symlink_to(host_root / "target")
    host_journal.note("x", [])
    assert (host_root / "target").read_text() == ""


def test_the_lock_on_a_host_is_taken_renewed_and_given_back(host_root: Path) -> None:
    path = host_root / host_journal.LOCK
    assert host_lock.take(RUN, 60, "", check=True)["granted"]
    assert not path.exists()
    assert host_lock.take(RUN, 60, "", check=False) == {
        "granted": True,
        "taken_over": False,
        "reason": "",
        "holder": "",
    }
    os.utime(path, (0, 0))
    host_journal.sign_of_life()
    assert path.stat().st_mtime > 1000
    assert host_lock.release(RUN, check=False)["granted"]
    assert not path.exists()
    assert not host_lock.release(RUN, check=False)["granted"]


def test_a_run_from_another_machine_is_refused_until_the_first_is_silent(host_root: Path) -> None:
    path = host_root / host_journal.LOCK
    host_lock.take(RUN, 60, "", check=False)
    other = dataclasses.replace(RUN, run="r2", who="bob@mgmt2", machine="m2")
    refused = host_lock.take(other, 60, "", check=False)
    assert not refused["granted"]
    assert run_holder.load(refused["holder"]) == RUN
    assert run_holder.load(path.read_text()) == RUN
    os.utime(path, (0, 0))
    taken = host_lock.take(other, 60, "", check=False)
    assert (taken["granted"], taken["taken_over"]) == (True, True)
    assert run_holder.load(path.read_text()) == other
    # The first one, back from the dead, neither renews nor removes what is not its own.
    os.utime(path, (0, 0))
    host_journal.sign_of_life()
    assert path.stat().st_mtime == 0
    assert not host_lock.release(RUN, check=False)["granted"]
    assert path.exists()


def test_what_is_left_at_work_on_a_host_is_awaited(host_root: Path) -> None:
    ticks = iter([0.0, 1.0, 99.0])
    exclusive.LOCK.parent.mkdir(parents=True)
    with exclusive.LOCK.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with (
            pytest.raises(exclusive.BusyError, match="changing this host for over 30 s"),
            exclusive.locked(timeout=30, sleep=lambda _: None, clock=lambda: next(ticks)),
        ):
            pass
    with exclusive.locked(timeout=0):
        pass
