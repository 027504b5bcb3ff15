"""The test that ends every Molecule scenario: check mode and converge say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.corbel import plan_applied, plan_model
from ansible.module_utils.corbel.plan_collect import Item
from ansible.module_utils.corbel.plan_model import Plan

from tests.molecule import test_the_plan

FILE = Item("instance1", "memcached", "file", "/etc/memcached.conf", "create")
UNIT = Item("instance1", "memcached", "unit", "memcached.service", "start")


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORBEL_PLAN", str(tmp_path))
    return tmp_path / "plan.json"


def save(path: Path, *items: Item) -> None:
    plan_model.write(path, plan_model.to_text(Plan(playbook="converge.yml", items=list(items))))


def test_the_same_passes(plan: Path) -> None:
    save(plan, FILE, UNIT)
    save(plan_applied.record(plan), UNIT, FILE)
    test_the_plan.test_converge_changed_what_check_mode_said()


def test_both_directions_fail_and_are_named(plan: Path) -> None:
    save(plan, FILE)
    save(plan_applied.record(plan), UNIT)
    with pytest.raises(AssertionError) as caught:
        test_the_plan.test_converge_changed_what_check_mode_said()
    assert "made and not planned: start unit memcached.service on instance1 (memcached)" in str(caught.value)
    assert "planned and not made: create file /etc/memcached.conf on instance1 (memcached)" in str(caught.value)


def test_a_run_that_noted_nothing_changed_nothing(plan: Path) -> None:
    save(plan, FILE)
    with pytest.raises(AssertionError, match=r"planned and not made: create file /etc/memcached\.conf"):
        test_the_plan.test_converge_changed_what_check_mode_said()


def test_without_check_mode_there_is_nothing_to_compare(plan: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="molecule check"):
        test_the_plan.test_converge_changed_what_check_mode_said()
