"""The list of runs on the command line."""

import json
import os
from pathlib import Path

import pytest
from ansible.module_utils.corbel import run_journal, run_lock
from ansible.module_utils.corbel.run_holder import Holder

from tools import journal

HOLDER = Holder("20260102T030405Z-0001", "alice@mgmt", "site.yml", 1000.0, 7)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORBEL_STATE", str(tmp_path))
    return run_journal.state_folder(["x,"], os.environ)


def test_nothing_is_known_of_a_new_cloud(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert journal.main(["-i", "x,"]) == 0
    assert f"has run nothing on this cloud (looked in {folder})" in capsys.readouterr().out


def test_an_interrupted_run_and_one_at_work(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = run_journal.journal_of(folder, HOLDER)
    made.begin(HOLDER, {})
    made.note("play", 1001, name="Prepare")
    assert journal.main(["-i", "x,"]) == 0
    output = capsys.readouterr().out
    assert "interrupted" in output
    assert "At work" not in output
    lock = run_lock.take(folder, HOLDER, print)
    journal.main(["-i", "x,"])
    assert f"At work now: {HOLDER.run}" in capsys.readouterr().out
    assert journal.main(["-i", "x,", "--json"]) == 0
    os.close(lock.handle)
    known = json.loads(capsys.readouterr().out)
    assert known["at_work"] == HOLDER.run
    assert known["runs"][0]["play"] == "Prepare"
