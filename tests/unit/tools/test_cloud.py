"""Phases and summary of `make cloud`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tools.cloud import __main__ as command
from tools.cloud.phases import Phase, PhaseError, Runner
from tools.cloud.summary import render, table

RECAP = "controller1 : ok=7    changed=2    unreachable=0    failed=0    skipped=0"


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_streamed_phase_counts_tasks_of_a_coloured_recap(tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    phase = runner.stream("Deploy", script(f"print('\\x1b[0;33m{RECAP}\\x1b[0m')"))
    assert (phase.tasks, phase.changed) == (7, 2)
    assert "changed=2" in (tmp_path / "deploy.log").read_text()


def test_a_failed_program_is_named_with_its_code_and_log(tmp_path: Path) -> None:
    with pytest.raises(PhaseError, match=r"'Deploy' ended with exit code 3.*deploy\.log"):
        Runner(tmp_path).stream("Deploy", script("raise SystemExit(3)"))


def test_programs_run_side_by_side_and_a_failure_ends_the_others(tmp_path: Path) -> None:
    runner = Runner(tmp_path)
    commands = {"bad": script("print('why'); raise SystemExit(2)"), "long": script("import time; time.sleep(600)")}
    with pytest.raises(PhaseError, match=r"(?s)why.*'bad' ended with exit code 2"):
        runner.together("Hosts", commands)
    assert runner.phases[0].seconds < 600


def test_environment_reaches_the_programs(tmp_path: Path) -> None:
    runner = Runner(tmp_path, {"CORBEL_MARK": "seen"})
    runner.together("Hosts", {"show": script("import os; print(os.environ['CORBEL_MARK'])")})
    assert "seen" in (tmp_path / "show.log").read_text()


def _ends(number: int) -> bool:
    """Whether a process ends; waits for it as long as a slow machine may need."""
    for _ in range(1200):
        try:
            if not Path(f"/proc/{number}/cmdline").read_bytes():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_a_killed_runner_leaves_no_program_behind(tmp_path: Path) -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    runner = (
        "import sys; from pathlib import Path; from tools.cloud.phases import Runner; "
        "Runner(Path(sys.argv[1])).stream('Deploy', [sys.executable, '-c', sys.argv[2]])"
    )
    command = [sys.executable, "-u", "-c", runner, str(tmp_path), program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        numbers = (line.strip() for line in process.stdout)
        number = next(line for line in numbers if line.isdigit())
        process.kill()
    assert _ends(int(number)), "the program lives on without the runner"


def test_the_summary_says_what_runs_where_and_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(
        "controller: {hosts: {cloud1: {}}}\ncompute: {hosts: {cloud1: {}, node1: {}}}\n"
        "storage: {hosts: {disk1: {}}}\nnetwork: {}\n"
    )
    (tmp_path / "groups.yml").write_text(
        "database: {children: {controller: {}}}\nnova: {children: {controller: {}}}\n"
        "nova_compute: {children: {compute: {}}}\n"
        "later: {children: {storage: {}}}\n"
    )
    text = render(tmp_path, [Phase("Deploy", 61.4, changed=3, tasks=9)], Path(".lab"))
    assert "cloud1  database, nova, nova_compute" in text
    assert "node1   nova_compute" in text
    assert "disk1   nothing yet" in text
    assert "61 s" in text
    assert "changed=3" in text
    assert ".lab/clouds.yaml" in text
    assert "--os-cloud corbel server list" in text


def test_columns_are_aligned() -> None:
    assert table([("a", "1"), ("long", "2")]) == "  a     1\n  long  2"


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> dict[str, list[str]]:
    """Run the command with a lab in a folder; what it would have run, by phase."""
    streamed: dict[str, list[str]] = {}
    monkeypatch.setattr(command, "LAB", folder)
    monkeypatch.setattr(command, "INVENTORY", folder)
    monkeypatch.setattr(command, "render", lambda *_: "")
    monkeypatch.setattr(sys, "argv", ["tools.cloud", *arguments])
    monkeypatch.setattr(Runner, "together", lambda self, name, commands: None)
    monkeypatch.setattr(Runner, "stream", lambda self, name, line: streamed.update({name: line}))
    assert command.main() == 0
    return streamed


@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [
        (["up"], []),
        (["test"], command.LONG_STEPS),
        (["test", "--tests", "tests/campaigns"], []),
    ],
)
def test_only_what_guards_every_change_leaves_long_steps_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], left_out: list[str]
) -> None:
    streamed = run(monkeypatch, tmp_path, *arguments)
    assert json.loads(streamed["Verify"][-1]) == {"cloud_verify_skip": left_out}


@pytest.mark.parametrize(
    ("verb", "there", "planned"), [("test", False, True), ("test", True, False), ("up", False, False)]
)
def test_fresh_hosts_are_deployed_by_a_plan_where_it_is_tested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, there: bool, planned: bool
) -> None:
    if there:
        (tmp_path / "hosts.yml").touch()
    streamed = run(monkeypatch, tmp_path, verb)
    if not planned:
        assert "Plan" not in streamed
        assert streamed["Deploy"][-1] == "playbooks/site.yml"
        return
    folder = tmp_path / "log/plan"
    assert streamed["Plan"][:2] == ["env", f"CORBEL_PLAN={folder}"]
    assert streamed["Plan"][-1] == "playbooks/plan.yml"
    assert "playbooks/apply.yml" in streamed["Deploy"]
    assert json.loads(streamed["Deploy"][-1]) == {"plan": str(folder / "plan.json")}


def test_the_long_steps_are_steps() -> None:
    specification = yaml.safe_load(Path("roles/cloud_verify/meta/argument_specs.yml").read_text())
    option = specification["argument_specs"]["main"]["options"]["cloud_verify_skip"]
    assert set(command.LONG_STEPS) <= set(option["choices"])
