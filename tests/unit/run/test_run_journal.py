"""What a journal says of runs, whole ones and those that died."""

from pathlib import Path

import pytest
from ansible.module_utils.corbel import run_journal
from ansible.module_utils.corbel.run_holder import Holder
from ansible.module_utils.corbel.run_journal import Journal, Run

HOLDER = Holder("20260102T030405Z-0001", "alice@mgmt", "site.yml", 1000.0, 7)


def journal(folder: Path) -> Journal:
    made = run_journal.journal_of(folder, HOLDER)
    made.begin(HOLDER, {"subset": "compute"})
    made.note("play", 1001, name="Prepare [all]")
    made.note("task", 1002, name="Install")
    return made


def test_a_run_without_an_end_was_interrupted(tmp_path: Path) -> None:
    journal(tmp_path)
    run = run_journal.last_run(tmp_path)
    assert run is not None
    assert (run.result, run.step(), run.last) == ("", "Prepare [all] / Install", 1002)
    assert "was interrupted in Prepare [all] / Install." in run_journal.notice(run)


def test_a_failed_run_names_its_hosts(tmp_path: Path) -> None:
    made = journal(tmp_path)
    for number in range(7):
        made.note("failed", 1003, host=f"h{number}")
    made.note("end", 1004, result="failed", changed={"h1": 2})
    said = run_journal.notice(run_journal.last_run(tmp_path))
    assert "failed. h0: failed in Prepare [all] / Install; h1" in said
    assert said.endswith(" and 2 more.")


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    made = journal(tmp_path)
    with made.path.open("a") as stream:
        stream.write('{"event": "task", "time": 1003, "na')
    run = run_journal.last_run(tmp_path)
    assert run is not None
    assert run.task == "Install"


def test_a_run_that_ended_well_is_not_worth_a_notice(tmp_path: Path) -> None:
    made = journal(tmp_path)
    made.note("end", 1004, result="ok", changed={})
    assert run_journal.notice(run_journal.last_run(tmp_path)) == ""
    assert run_journal.notice(None) == ""


def test_a_journal_is_private_and_old_ones_go(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in range(run_journal.KEPT + 5):
        (folder / f"20200101T000000Z-{number:04d}.jsonl").write_text("")
    made = journal(tmp_path)
    assert made.path.stat().st_mode & 0o777 == 0o600
    left = sorted(folder.iterdir())
    assert len(left) == run_journal.KEPT
    assert left[-1] == made.path
    assert not (folder / "20200101T000000Z-0005.jsonl").exists()


def test_a_full_disk_does_not_end_a_run(tmp_path: Path) -> None:
    made = Journal(tmp_path / "x")
    with Path("/dev/full").open("w") as full:
        made.handle = full.fileno()
        made.note("task", 1, name="Install")


@pytest.mark.parametrize(
    ("inventory", "name"),
    [
        (["inventory/mycloud"], "mycloud"),
        ([".lab/cloud/inventory"], "cloud"),
        (["inventory/mycloud/hosts.yml"], "mycloud"),
        (["a,b,"], "ab"),
        ([], "default"),
    ],
)
def test_the_name_of_a_cloud(inventory: list[str], name: str) -> None:
    assert run_journal.cloud_name(inventory) == name
    assert run_journal.cloud_key(inventory).startswith(f"{name}-")


def test_a_cloud_is_its_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to("one")
    same = run_journal.cloud_key([str(tmp_path / "one")])
    assert run_journal.cloud_key(["one"]) == run_journal.cloud_key(["link"]) == same
    assert run_journal.cloud_key(["one", "two"]) != same


def test_where_the_state_is() -> None:
    place = run_journal.state_folder
    assert place(["x"], {"HOME": "/h"}).parent == Path("/h/.local/state/corbel")
    assert place(["x"], {"HOME": "/h", "XDG_STATE_HOME": "/s"}).parent == Path("/s/corbel")
    assert place(["x"], {"HOME": "/h", "CORBEL_STATE": "/c"}).parent == Path("/c")


def test_the_table_tells_runs_apart() -> None:
    lines = run_journal.table(
        [
            Run("r1", "alice@mgmt", "site.yml", result="ok", changed={"a": 1}, last=60),
            Run("r2", "bob@mgmt", "site.yml", play="Prepare", task="Install"),
            Run("r3", "bob@mgmt", "site.yml", result="failed", failures=["a: failed in Prepare"]),
            Run("r4", "bob@mgmt", "site.yml", plan="p7", play="Deploy"),
        ],
        alive="r4",
    )
    assert "ok" in lines[1]
    assert "a 1" in lines[1]
    assert "interrupted" in lines[2]
    assert lines[2].endswith("Prepare / Install")
    assert lines[3].endswith("a: failed in Prepare")
    assert "running" in lines[4]
    assert "site.yml p7" in lines[4]
