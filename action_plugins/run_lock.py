"""Asks a host of the cloud for the lock in the name of this run, and says who has it if another one does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible import constants
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import run_holder
from ansible.module_utils.corbel.run_holder import Holder


class ActionModule(ActionBase):
    """The run is known here, the lock is there."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"state", "lease_minutes", "takeover"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        mine = run_holder.from_environment(os.environ)
        if mine is None or self._task.check_mode:
            return {**result, "changed": False, "taken_over": False, "reason": "takes no lock", "holder": ""}
        answer = self._ask(mine, task_vars or {})
        found = run_holder.load(str(answer.get("holder", "")))
        if answer.get("failed") or answer.get("unreachable") or self._task.args.get("state") == "released":
            return {**result, **answer}
        if not answer.get("granted") and found and is_gone(found, mine):
            answer = self._ask(mine, task_vars or {}, takeover=found.run)
        return {**result, **self._verdict(answer, found, where(task_vars or {}))}

    def _ask(self, mine: Holder, task_vars: dict[str, Any], **change: str) -> dict[str, Any]:
        arguments = {**self._task.args, **change, "holder": run_holder.dump(mine)}
        answer: dict[str, Any] = self._execute_module("run_lock", module_args=arguments, task_vars=task_vars)
        answer.pop("invocation", None)
        return answer

    def _verdict(self, answer: dict[str, Any], found: Holder | None, host: str) -> dict[str, Any]:
        if answer.get("granted") or found is None:
            if answer.get("taken_over") and found:
                said = f"The lock of {found.title()} on {host} is taken over: {answer.get('reason')}."
                self._display.display(said, color=constants.COLOR_WARN)
            return answer
        return {
            **answer,
            "failed": True,
            "msg": f"this cloud is being changed by {found.title()}, as {host} knows ({answer.get('reason')}); "
            "expected no other run. Wait until it has ended and run again; if you know that it is over, add "
            f"-e run_lock_takeover={found.run}",
        }


def is_gone(found: Holder, mine: Holder) -> bool:
    """Whether a run of this machine, such as that of another user or inventory, does not run any more."""
    return found.machine == mine.machine and not run_holder.is_alive(found)


def where(task_vars: dict[str, Any]) -> str:
    """The host of the lock, as the inventory calls it."""
    delegated = next(iter(task_vars.get("ansible_delegated_vars") or {}), None)
    return str(delegated or task_vars.get("inventory_hostname", "the host"))
