"""What a walk makes of the results of tasks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.corbel import plan_change
from ansible.module_utils.corbel.comparison_walk import Scope, Walk
from ansible.playbook.task import Task


def judged(task: dict[str, Any], result: dict[str, Any]) -> Walk:
    """A walk that has one result."""
    tools: Any = SimpleNamespace(known={})
    walk = Walk(tools, Scope("galera", None, ["host1"]))
    walk.judge(Task.load({"name": "Do", "action": "service_bundle", **task}), result)
    return walk


@pytest.mark.parametrize(
    "changes", [[], [plan_change.Change("file", "/etc/a", "create")]], ids=["nothing told", "a change told"]
)
def test_changes_told_to_the_plan_are_not_the_items_of_a_loop(changes: list[plan_change.Change]) -> None:
    found = judged({}, {"changed": True, "steps": ["write /etc/a"], **plan_change.told(changes)}).verdict
    assert found.differs
    assert found.steps == ["write /etc/a"]


@pytest.mark.parametrize("loop", [{"loop": [1, 2]}, {"with_items": [1, 2]}], ids=["loop", "with_items"])
def test_each_item_of_a_loop_is_judged(loop: dict[str, Any]) -> None:
    items = [{"changed": False}, {"changed": True, "steps": ["write /etc/b"]}]
    assert judged(loop, {"changed": True, "results": items}).verdict.steps == ["write /etc/b"]


def test_a_loop_in_which_nothing_changed_does_not_differ() -> None:
    assert not judged({"loop": [1]}, {"changed": False, "results": [{"changed": False}]}).verdict.differs
