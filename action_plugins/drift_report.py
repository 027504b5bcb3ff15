"""Lists what host_drift and a plan found on all hosts, writes it down, and fails once if anything differs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ansible.constants as C
import ansible.module_utils
from ansible import context
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import drift_plan, drift_report
from ansible.module_utils.corbel.drift_item import NO_ANSWER, Item, merge
from ansible.module_utils.corbel.plan_again import command, plan_again
from ansible.module_utils.corbel.plan_model import PlanError

# The preflight would stop the plan of all hosts for what one of them has.
WITHOUT = ["--skip-tags", "preflight"]
EVERYWHERE = "localhost"


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
        planned = self._planned(read, hosts) if wanted.get("plan", True) else []
        items = merge(read, planned)
        groups = {str(host): list(names) for host, names in (wanted.get("groups") or {}).items()}
        found = drift_report.rows(items, groups, [str(source) for source in wanted.get("inventory") or []])
        path = str(wanted.get("file") or "")
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        if path:
            drift_report.write(Path(path).expanduser(), drift_report.document(found, wanted["cloud"], hosts, now))
        result.update(changed=False, counts=drift_report.counts(found))
        if not found:
            none = f"no drift: {len(hosts)} hosts are as the model says"
            self._display.display(none, color=C.COLOR_OK)
            return {**result, "msg": none}
        self._display.display(drift_report.render(found), color=C.COLOR_ERROR)
        return {**result, "failed": True, "msg": drift_report.summary(found, path)}

    def _planned(self, read: Sequence[Item], hosts: Sequence[str]) -> list[Item]:
        """Give what site.yml would change on the hosts that answer."""
        silent = {item.host for item in read if item.kind == NO_ANSWER}
        answered = [host for host in hosts if host not in silent]
        if not answered:
            return []
        words = command(_options(context.CLIARGS, answered if silent else ()), self._playbook())
        try:
            with tempfile.TemporaryDirectory(prefix="corbel-drift-") as folder:
                plan = plan_again([*words, *WITHOUT], Path(folder))
        except PlanError as error:
            return [drift_plan.stop(EVERYWHERE, str(error))]
        found = drift_plan.differences((item.data() for item in plan.items), read)
        return [*found, *drift_plan.stops(plan.failures, answered)]

    def _playbook(self) -> Path:
        return Path(self._loader.get_basedir()) / "plan.yml"


def _options(options: Mapping[str, Any], limit: Sequence[str]) -> dict[str, Any]:
    """Give the options of this run; a host that does not answer would keep all others from being compared."""
    return {**options, "subset": ",".join(limit)} if limit else dict(options)
