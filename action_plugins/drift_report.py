"""Lists what host_drift and the plan found on all hosts, writes it down, and fails once if anything differs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ansible.constants as C
import ansible.module_utils
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import drift_plan, drift_report
from ansible.module_utils.corbel.drift_item import merge


class ActionModule(ActionBase):
    """Works on the controlling machine with what the hosts returned."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"cloud", "file", "groups", "hosts", "inventory", "plan", "results"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        wanted = self._task.args
        hosts = [str(host) for host in wanted["hosts"]]
        read = drift_report.of_results(wanted["results"], hosts)
        items = merge(read, drift_plan.differences(wanted.get("plan") or []))
        groups = {str(host): list(names) for host, names in (wanted.get("groups") or {}).items()}
        found = drift_report.rows(items, groups, [str(source) for source in wanted.get("inventory") or []])
        path = str(wanted.get("file") or "")
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        if path:
            drift_report.write(Path(path).expanduser(), drift_report.document(found, wanted["cloud"], hosts, now))
        result.update(changed=False, counts=drift_report.counts(found))
        if not found:
            return {**result, "msg": f"no drift: {len(hosts)} hosts are as the model says"}
        self._display.display(drift_report.render(found), color=C.COLOR_ERROR)
        return {**result, "failed": True, "msg": drift_report.summary(found, path)}
