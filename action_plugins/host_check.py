"""Runs the module host_check and compares the host's clock with the controlling machine's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel.host_checks import clock

DEFAULT_TOLERANCE = 2.0


class ActionModule(ActionBase):
    """The host's reading lies between two of ours when the clocks agree, however slow the connection is."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        before = time.time()
        result.update(self._execute_module(module_name="host_check", task_vars=task_vars))
        after = time.time()
        if "facts" in result:
            tolerance = float(self._task.args.get("tolerance", DEFAULT_TOLERANCE))
            found = clock(float(result["facts"]["time"]), before, after, tolerance)
            result["findings"] = [*result["findings"], *(finding.as_dict() for finding in found)]
        return result
