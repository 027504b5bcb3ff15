"""The action plugin of run_lock: whose answer counts, and what it says."""

import dataclasses
import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import run_holder
from ansible.module_utils.corbel.run_holder import Holder

ROOT = Path(__file__).resolve().parents[3]
MINE = Holder("r2", "bob@mgmt", "site.yml", machine="m1", place="/state/cloud")
OTHER = Holder("r1", "alice@mgmt2", "site.yml", 0.0, 7, machine="m2", place="/state/cloud")


def load() -> Any:
    """The action plugin has the name of its module, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("run_lock_action", ROOT / "action_plugins/run_lock.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Display:
    def __init__(self) -> None:
        self.said: list[str] = []

    def display(self, text: str, **_: Any) -> None:
        self.said.append(text)


class Task:
    def __init__(self, check_mode: bool, args: dict[str, Any]) -> None:
        self.check_mode, self.args, self.action = check_mode, args, "run_lock"


def run(monkeypatch: pytest.MonkeyPatch, answers: list[dict[str, Any]], check: bool = False, **args: Any) -> Any:
    """Run the plugin against a host that gives these answers; the result, what was asked, what was said."""
    plugin = load().ActionModule.__new__(load().ActionModule)
    asked: list[dict[str, Any]] = []

    def execute(name: str, module_args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        assert name == "run_lock"
        asked.append(module_args)
        return dict(answers.pop(0))

    plugin._task, plugin._display = Task(check, args), Display()
    plugin._execute_module = execute
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_: {})
    result = plugin.run(None, {"ansible_delegated_vars": {"controller1": {}}})
    return result, asked, plugin._display.said


def answer(granted: bool, found: Holder | None, **more: Any) -> dict[str, Any]:
    return {"granted": granted, "holder": run_holder.dump(found) if found else "", "taken_over": False, **more}


@pytest.fixture(autouse=True)
def part_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run_holder.VARIABLE, run_holder.dump(MINE))


def test_a_free_lock_is_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    result, asked, said = run(monkeypatch, [answer(True, None)], lease_minutes=5)
    assert not result.get("failed")
    assert asked == [{"lease_minutes": 5, "holder": run_holder.dump(MINE)}]
    assert said == []


def test_the_refusal_names_the_run_and_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _, _ = run(monkeypatch, [answer(False, OTHER, reason="last sign of life 4 s ago")])
    assert result["failed"]
    assert "alice@mgmt2 (site.yml, process 7, since 1970-01-01 00:00:00 UTC)" in result["msg"]
    assert "as controller1 knows (last sign of life 4 s ago)" in result["msg"]
    assert result["msg"].endswith("-e run_lock_takeover=r1")


def test_a_dead_run_of_another_user_of_this_machine_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = dataclasses.replace(OTHER, machine="m1", place="/state/of/alice")
    granted = answer(True, dead, taken_over=True, reason="told")
    result, asked, said = run(monkeypatch, [answer(False, dead), granted])
    assert not result.get("failed")
    assert result["taken_over"]
    assert asked[1]["takeover"] == "r1"
    assert "alice@mgmt2" in said[0]
    assert "on controller1 is taken over: told" in said[0]


def test_a_run_of_another_user_that_lives_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pid = os.getpid()
    alive = Holder(
        "r1", "alice@mgmt", "site.yml", 0.0, pid, run_holder.start_ticks(pid), run_holder.boot_id(), "m1", "/x"
    )
    result, asked, _ = run(monkeypatch, [answer(False, alive)])
    assert result["failed"]
    assert len(asked) == 1


def test_a_host_that_does_not_answer_says_so_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _, _ = run(monkeypatch, [{"failed": True, "msg": "no space"}])
    assert result["msg"] == "no space"
    result, _, _ = run(monkeypatch, [{"unreachable": True, "msg": "no route"}])
    assert result["unreachable"]


def test_to_give_back_what_another_has_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _, _ = run(monkeypatch, [answer(False, OTHER)], state="released")
    assert not result.get("failed")


@pytest.mark.parametrize("check", [True, False])
def test_without_a_run_or_in_check_mode_no_host_is_asked(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    if not check:
        monkeypatch.delenv(run_holder.VARIABLE)
    result, asked, _ = run(monkeypatch, [], check=check)
    assert asked == []
    assert (result["changed"], result["taken_over"]) == (False, False)
