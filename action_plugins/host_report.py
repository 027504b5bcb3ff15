"""Lists what host_check found on all hosts, compares the hosts with each other, and fails once for all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible.constants as C
import ansible.module_utils
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import host_checks
from ansible.module_utils.corbel.preflight_finding import (
    ERROR,
    Finding,
    from_dict,
    merge_hosts,
    render,
    summary,
    waive,
)


class ActionModule(ActionBase):
    """Works on the controlling machine with the results of the hosts."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"results", "waived"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        results = {str(host): row for host, row in (self._task.args.get("results") or {}).items()}
        findings = merge_hosts(_named(results))
        findings += host_checks.compare({host: row.get("facts", {}) for host, row in results.items()})
        findings, dropped = waive(findings, [str(one) for one in self._task.args.get("waived") or []])
        failed = any(finding.severity == ERROR for finding in findings)
        if findings or dropped:
            self._display.display(render(findings, dropped), color=C.COLOR_ERROR if failed else C.COLOR_WARN)
        result.update(
            changed=False,
            findings=[finding.check for finding in findings],
            waived=[finding.check for finding in dropped],
        )
        if failed:
            hosts = sorted({host for finding in findings if finding.severity == ERROR for host in finding.hosts})
            result.update(failed=True, msg=summary(findings, f"hosts {', '.join(hosts)}"))
        return result


def _named(results: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Give the findings of all hosts, each with the name of its host."""
    return [
        from_dict({**_plain(raw), "hosts": [host]}) for host, row in results.items() for raw in row.get("findings", [])
    ]


def _plain(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key): str(value) for key, value in raw.items() if key != "hosts"}
