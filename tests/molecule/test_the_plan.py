"""What converge changed is what check mode said before it: nothing beyond that, and nothing of it left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible.module_utils.corbel import plan_applied, plan_compare, plan_model
from ansible.module_utils.corbel.plan_text import counted, named


def test_converge_changed_what_check_mode_said() -> None:
    plan = Path(os.environ["CORBEL_PLAN"]) / "plan.json"
    if not plan.is_file():
        pytest.skip("converge ran without `molecule check` before it")
    made = plan_applied.made(plan)
    verdict = plan_compare.judge(plan_model.read(plan).items, made)
    spared = "; ".join(named(item) for item in verdict.needless)
    print(f"{counted(len(made), 'change')} made; not needed any more: {spared or 'none'}")
    wrong = [f"made and not planned: {named(item)} ({item.service})" for item in verdict.unplanned]
    wrong += [f"planned and not made: {named(item)} ({item.service})" for item in verdict.missing]
    assert not wrong, "\n".join(["check mode and the run do not say the same", *wrong])
