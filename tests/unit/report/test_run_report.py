"""What a report says of a run, its critical path, and that it is whole or not there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import corbel_report
import pytest
from ansible import context
from ansible.module_utils.corbel.run_report import (
    Record,
    Result,
    busy_seconds,
    clock,
    keep,
    sent_bytes,
    size,
    summary,
    write,
)

ROOT = Path(__file__).resolve().parents[3]
USAGE = {"cpu_seconds": 1.5, "peak_memory_bytes": 50 * 2**20, "bytes_sent": 2048}


def record() -> Record:
    made = Record()
    made.start("site.yml", 100)
    made.play("Prepare", 100)
    made.task("t1", "Lay down", "release")
    made.result("t1", Result("a", "a", "changed", 100, 104))
    made.result("t1", Result("b", "b", "ok", 100, 109))
    made.task("t2", "Start", "service_units")
    made.result("t2", Result("a", "a", "skipped", 109, 109.5))
    made.play("Deploy", 110)
    made.play("Deploy", 115)
    made.task("t3", "Deploy", "include_role")
    made.result("t3", Result("a", "localhost", "failed", 115, 118))
    return made


def test_the_critical_path_is_the_slowest_host_of_each_play() -> None:
    report = record().report(120, USAGE)
    assert report["wall_seconds"] == 20
    assert report["critical_path"] == [
        {"play": "Prepare", "host": "b", "seconds": 9.0},
        {"play": "Deploy", "host": "a", "seconds": 3.0},
    ]
    assert report["critical_path_seconds"] == 12
    assert report["results"] == {"ok": 1, "changed": 1, "skipped": 1, "failed": 1, "unreachable": 0}
    assert [play["wall_seconds"] for play in report["plays"]] == [10, 10]
    assert report["tasks"] == 3


def test_the_summary_names_phases_path_and_the_dearest_tasks() -> None:
    text = "\n".join(summary(record().report(120, USAGE), 1))
    assert "site.yml: 20.0 s, 3 tasks, 1 changed, 1 failed" in text
    assert "b 9.0" in text
    assert "Critical path: 12.0 s" in text
    assert "Lay down (Prepare)" in text
    assert "Start (Prepare)" not in text


def test_a_playbook_has_no_plays_of_the_one_before_it() -> None:
    both = record()
    both.start("second.yml", 1000.0)
    report = both.report(1001.0, {})
    assert (report["playbook"], report["plays"], report["tasks"]) == ("second.yml", [], 0)


def test_a_run_without_plays_is_a_report_too() -> None:
    assert summary(Record().report(0, USAGE), 10)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.44, "0.4 s"), (59.9, "1 min 0 s"), (60, "1 min 0 s"), (3725, "62 min 5 s")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (2048, "2 KiB"), (5 * 2**20, "5 MiB"), (3 * 2**30, "3.0 GiB")])
def test_size(count: int, text: str) -> None:
    assert size(count) == text


def test_sent_bytes(tmp_path: Path) -> None:
    table = tmp_path / "dev"
    table.write_text(
        "Inter-| Receive | Transmit\n face |bytes |bytes\n"
        "  lo: 9 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\neth0:5 0 0 0 0 0 0 0 700 1 0 0 0 0 0 0\n"
    )
    assert sent_bytes(table) == 700
    assert sent_bytes(tmp_path / "none") == 0


def test_a_report_replaces_the_older_one_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.json"
    for number in (1, 2):
        write(path, {"number": number})
    assert json.loads(path.read_text()) == {"number": 2}
    assert list(path.parent.iterdir()) == [path]


def test_ansible_loads_the_plugin_and_only_when_asked(tmp_path: Path) -> None:
    playbook = tmp_path / "play.yml"
    playbook.write_text("- hosts: localhost\n  name: Say it\n  gather_facts: false\n  tasks: [{debug: {msg: hello}}]\n")
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("all: {hosts: {localhost: {}}}\n")
    command: list[str | Path] = [
        Path(sys.executable).with_name("ansible-playbook"),
        "-i",
        inventory,
        "-c",
        "local",
        playbook,
    ]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }
    quiet = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "Critical path" not in quiet.stdout
    environment["CORBEL_REPORT"] = str(tmp_path / "report.json")
    loud = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "Critical path" in loud.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert [play["name"] for play in report["plays"]] == ["Say it [localhost]"]


@pytest.mark.parametrize(
    ("path", "given", "check", "listens"),
    [
        ("", ["preflight.yml"], False, False),
        ("", ["preflight.yml", "site.yml"], False, True),
        ("", ["site.yml"], False, True),
        ("", ["apply.yml"], False, True),
        ("", ["site.yml"], True, False),
        ("", ["plan.yml"], False, False),
        ("report.json", ["preflight.yml"], False, True),
    ],
)
def test_the_plugin_listens_only_where_something_will_be_written(
    path: str, given: list[str], check: bool, listens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CLIARGS", {"args": [f"playbooks/{name}" for name in given], "check": check})
    plugin = corbel_report.CallbackModule()
    plugin.path = path
    plugin.v2_playbook_on_start(SimpleNamespace(_file_name=f"/checkout/playbooks/{given[0]}"))
    assert plugin.disabled is not listens


def test_a_folder_keeps_the_newest_reports(tmp_path: Path) -> None:
    folder = tmp_path / "cloud" / "reports"
    folder.mkdir(parents=True)
    for number in range(3):
        (folder / f"site-{number}.json").write_text("{}")
        os.utime(folder / f"site-{number}.json", (number, number))
    keep(folder, record().report(120, USAGE), most=2)
    older, newest = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    assert older.name == "site-2.json"
    assert json.loads(newest.read_text())["playbook"] == "site.yml"


def test_the_time_between_serial_batches_is_not_a_task_s() -> None:
    results = [
        Result("first", "first", "ok", 10.0, 12.0),
        Result("second", "second", "ok", 100.0, 103.0),
        Result("third", "third", "ok", 101.0, 104.0),
    ]
    assert busy_seconds(results) == 6.0
