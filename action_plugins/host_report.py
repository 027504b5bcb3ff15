"""Lists what was found on all hosts, compares the hosts with each other, and fails once for all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ansible.constants as C
import ansible.module_utils
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import atomic, host_compare, host_report
from ansible.module_utils.corbel.preflight_finding import ERROR, Finding, render, summary, waive, waivers

DEFAULT_TOLERANCE = 2.0


class ActionModule(ActionBase):
    """Works on the controlling machine with the results of the hosts."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"results", "paths", "waived", "tolerance", "report"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self._task.args
        results = {str(host): row for host, row in (args.get("results") or {}).items()}
        facts = {host: row.get("facts") or {} for host, row in results.items()}
        findings = host_report.collect(results)
        findings += host_report.of_paths(args.get("paths") or {}, facts)
        findings += host_compare.compare(facts, float(args.get("tolerance", DEFAULT_TOLERANCE)))
        stand, dropped = waive(host_report.worst_first(findings), waivers(args.get("waived")))
        failed = any(finding.severity == ERROR for finding in stand)
        if stand or dropped:
            self._display.display(render(stand, dropped), color=C.COLOR_ERROR if failed else C.COLOR_WARN)
        result.update(
            changed=False,
            findings=[finding.check for finding in stand],
            waived=[finding.check for finding in dropped],
        )
        try:
            self._write(str(args.get("report") or ""), stand, dropped, results)
        except OSError as error:
            self._display.warning(f"preflight_report: could not write {error.filename}: {error.strerror}")
        if failed:
            hosts = sorted({host for finding in stand if finding.severity == ERROR for host in finding.hosts})
            result.update(failed=True, msg=summary(stand, f"hosts {', '.join(hosts)}"))
        return result

    def _write(self, name: str, stand: list[Finding], dropped: list[Finding], results: dict[str, Any]) -> None:
        """Write the report, a whole file or none."""
        if not name:
            return
        now = datetime.now(UTC)
        began = [row["began"] for row in results.values() if "began" in row]
        times = (f"{now:%Y-%m-%dT%H:%M:%SZ}", now.timestamp() - min(began, default=now.timestamp()))
        content = json.dumps(host_report.record(stand, dropped, results, times), indent=2, ensure_ascii=False)
        atomic.write(Path(name).expanduser(), content + "\n", 0o600)
