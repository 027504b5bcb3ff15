"""Lists what was found on all hosts, compares the hosts with each other, and fails once for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.constants as C
import ansible.module_utils
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import host_compare, host_report
from ansible.module_utils.corbel.preflight_finding import ERROR, from_report, given, render, summary, waive

DEFAULT_TOLERANCE = 2.0


class ActionModule(ActionBase):
    """Works on the controlling machine with the results of the hosts."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"results", "paths", "waived", "skip", "static", "tolerance", "report"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self._task.args
        results = {str(host): row for host, row in (args.get("results") or {}).items()}
        facts = {host: row.get("facts") or {} for host, row in results.items()}
        findings = host_report.collect(results)
        findings += host_report.of_paths(args.get("paths") or {}, facts)
        findings += host_compare.compare(facts, float(args.get("tolerance", DEFAULT_TOLERANCE)))
        static = args.get("static") or {}
        said = list(static.get("waivers") or ())
        if not said:
            # The inventory was not checked in this run.
            said = [*given("corbel_waived_checks", args.get("waived")), *given("preflight_skip", args.get("skip"))]
        stand, dropped = waive(host_report.worst_first(findings), [one["id"] for one in said])
        failed = any(finding.severity == ERROR for finding in stand)
        if stand or dropped:
            self._display.display(render(stand, dropped), color=C.COLOR_ERROR if failed else C.COLOR_WARN)
        result.update(
            changed=False,
            findings=[finding.check for finding in stand],
            waived=[finding.check for finding in dropped],
        )
        try:
            # What was found before any host was asked was printed then, and is part of the same report.
            before, waived = from_report(static.get("report") or ())
            every = host_report.worst_first([*before, *stand])
            host_report.write(str(args.get("report") or ""), every, [*waived, *dropped], results, said)
        except OSError as error:
            self._display.warning(f"preflight_report: could not write {error.filename}: {error.strerror}")
        if failed:
            hosts = sorted({host for finding in stand if finding.severity == ERROR for host in finding.hosts})
            result.update(failed=True, msg=summary(stand, f"hosts {', '.join(hosts)}"))
        return result
