"""Compares a saved plan with the present, and with what was changed. Runs on the controlling machine only."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible import context
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import plan_applied, plan_compare, plan_model
from ansible.module_utils.corbel.plan_again import command, plan_again
from ansible.module_utils.corbel.plan_model import PlanError
from ansible.module_utils.corbel.plan_text import counted, named

MOST_NAMED = 5


class ActionModule(ActionBase):
    """Reads the plan; makes another one to compare it with, or reads what was done."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"path", "state"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            given = str(self._task.args.get("path") or "")
            if not given:
                raise PlanError(
                    "no plan is given, expected -e plan=/path/plan.json of one that playbooks/plan.yml saved"
                )
            path = Path(given).expanduser().absolute()
            if self._task.args.get("state") == "applied":
                outcome = _applied(path)
                self._display.display(f"\nPlan applied: {outcome['msg']}" if not outcome.get("failed") else "")
                return {**result, **outcome}
            return {**result, **self._current(path)}
        except PlanError as error:
            return {**result, "failed": True, "msg": str(error)}

    def _current(self, path: Path) -> dict[str, Any]:
        saved = plan_model.read(path)
        if saved.failures:
            hosts = "; ".join(f"{host}: {reason}" for host, reason in saved.failures.items())
            raise PlanError(
                f"{path}: the plan is not whole ({hosts}), expected one of all hosts; mend that and plan again"
            )
        with tempfile.TemporaryDirectory(prefix="corbel-plan-") as folder:
            playbook = Path(self._loader.get_basedir()) / "plan.yml"
            now = plan_again(command(context.CLIARGS, playbook), Path(folder))
        moved = plan_model.stale(saved, now)
        if moved:
            self._display.display("\n".join(["", f"Moved since {saved.made}:", *(f"  {line}" for line in moved)]))
            more = f" (and {len(moved) - MOST_NAMED} more, listed above)" if len(moved) > MOST_NAMED else ""
            raise PlanError(
                f"{path} is not the plan of the present any more; nothing was changed. Found: "
                f"{'. '.join(moved[:MOST_NAMED])}{more}. Plan again with playbooks/plan.yml, and apply that."
            )
        plan_applied.record(path).unlink(missing_ok=True)
        return {"changed": False, "current": True, "msg": f"nothing moved since {saved.made}"}


def _applied(path: Path) -> dict[str, Any]:
    saved, made = plan_model.read(path), plan_applied.made(path)
    verdict = plan_compare.judge(saved.items, made)
    unplanned, missing, needless = (
        [named(item) for item in found] for found in (verdict.unplanned, verdict.missing, verdict.needless)
    )
    outcome = {"changed": False, "made": len(made), "unplanned": unplanned, "missing": missing, "needless": needless}
    wrong = [f"{counted(len(unplanned), 'change')} beyond it: {'; '.join(unplanned)}"] if unplanned else []
    wrong += [f"{counted(len(missing), 'change')} of it not made: {'; '.join(missing)}"] if missing else []
    if wrong:
        says = f"not the plan: {'; and '.join(wrong)}"
        where = plan_applied.record(path)
        return {**outcome, "failed": True, "msg": f"{says}. A host moved while the plan was applied; see {where}"}
    says = f"{counted(len(made), 'change')} made, all of them planned"
    rest = f"; {len(needless)} not needed any more: {'; '.join(needless)}" if needless else ""
    return {**outcome, "msg": says + rest}
