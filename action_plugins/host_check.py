"""Runs the module host_check and compares the host's clock with the controlling machine's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel.host_checks import clock, unreachable, unreadable

DEFAULT_TOLERANCE = 2.0


class ActionModule(ActionBase):
    """The host's reading lies between two of ours when the clocks agree, however slow the connection is.

    A host that cannot be reached or read is a finding like any other, so that one list names them all.
    """

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = {**self._task.args}
        args = {**(args.pop("expected", None) or {}), **args}
        before = time.time()
        try:
            found = self._execute_module(module_name="host_check", module_args=args, task_vars=task_vars)
        except AnsibleConnectionFailure as error:
            finding = unreachable(str(error), self._target())
            return {**result, "changed": False, "findings": [finding.as_dict()], "facts": {}}
        except AnsibleError as error:
            found = {"failed": True, "msg": str(error)}
        after = time.time()
        if found.get("failed") or "facts" not in found:
            message = str(found.get("module_stderr") or found.get("module_stdout") or found.get("msg") or "no answer")
            return {**result, "changed": False, "findings": [unreadable(message).as_dict()], "facts": {}}
        tolerance = float(args.get("tolerance", DEFAULT_TOLERANCE))
        there = float(found["facts"]["time"])
        skew = clock(there, before, after, tolerance)
        found["facts"]["clock"] = [there - after, there - before]
        found["findings"] = [*found["findings"], *(finding.as_dict() for finding in skew)]
        return {**result, **found, "began": before}

    def _target(self) -> str:
        """Say whom and where the connection was to."""
        options = {}
        for name in ("remote_user", "host", "port"):
            try:
                options[name] = self._connection.get_option(name)
            except (KeyError, AnsibleError):
                options[name] = None
        user = f"{options['remote_user']}@" if options["remote_user"] else ""
        port = f" port {options['port']}" if options["port"] else ""
        return f"{user}{options['host'] or 'the host'}{port}"
