# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Callback plugin: where the time of a run went, as JSON and as a short summary."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: corbel_report
type: aggregate
short_description: Records where the time of a run went
version_added: "0.1.0"
author: [Corbel authors (@corbel)]
description:
  - Records seconds per play, task and host, what changed, processor time, peak memory and bytes sent, writes them as
    JSON and prints a summary with the critical path.
  - Without O(path), C(site.yml) and C(apply.yml) leave their newest reports with the plans of the cloud, which are
    estimated from them, and print no summary; of other playbooks and of check mode nothing is recorded.
options:
  path:
    description: File or directory for the report.
    type: path
    env: [{name: CORBEL_REPORT}]
    ini: [{section: corbel_report, key: path}]
  tasks:
    description: How many of the most expensive tasks the summary lists.
    type: int
    default: 10
    env: [{name: CORBEL_REPORT_TASKS}]
    ini: [{section: corbel_report, key: tasks}]
"""

import os
import resource
import time
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible import context
from ansible.plugins.callback import CallbackBase

# Ansible offers module_utils/ to modules, not to plugins of the controlling machine.
_UTILS = str(Path(__file__).resolve().parent.parent / "module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)

from ansible.module_utils.corbel import run_journal
from ansible.module_utils.corbel.run_report import Record, Result, keep, sent_bytes, service_of, summary, write

# Their times are those that a plan asks for.
KEPT = ("site.yml", "apply.yml")


class CallbackModule(CallbackBase):
    """Records what happens; every failure of its own is left to Ansible to report."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "corbel_report"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.record = Record()
        self.begun: dict[tuple[str, str], float] = {}
        self.sent = 0
        self.play: Any = None
        self.wanted = False

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        self.path = self.get_option("path")

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.sent = sent_bytes(Path("/proc/net/dev"))
        name = os.path.basename(playbook._file_name)  # noqa: PTH119  a string of Ansible
        check = name == "plan.yml" or bool(context.CLIARGS.get("check"))
        self.wanted = bool(self.path) or (name in KEPT and not check)
        # Ansible copies each result for every plugin that listens; the next playbook of the command may be wanted.
        given = context.CLIARGS.get("args") or [name]
        self.disabled = not self.wanted and os.path.basename(given[-1]) == name  # noqa: PTH119
        self.record.start(name, time.time(), check)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        # One play serves every service of the catalogue; its hosts tell which.
        hosts = play.hosts if isinstance(play.hosts, str) else ", ".join(map(str, play.hosts))
        self.play = play
        self.record.play(f"{play.get_name().strip()} [{hosts}]", time.time())

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self.record.task(task._uuid, task.get_name().strip(), task.action, service_of(self.play, task))

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self.begun[(host.get_name(), task._uuid)] = time.time()

    def finished(self, result: Any, outcome: str) -> None:
        host, task = result._host.get_name(), result._task._uuid
        now = time.time()
        started = self.begun.pop((host, task), now)
        details = result._result if isinstance(result._result, dict) else {}
        changed = outcome == "ok" and bool(details.get("changed"))
        # Ansible keeps no name of the other host in the result.
        where = str(result._task_fields.get("delegate_to") or host)
        self.record.result(task, Result(host, where, "changed" if changed else outcome, started, now))

    def v2_runner_on_ok(self, result: Any) -> None:
        self.finished(result, "ok")

    def v2_runner_on_skipped(self, result: Any) -> None:
        self.finished(result, "skipped")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self.finished(result, "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self.finished(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if not self.wanted:
            return
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        usage = {
            "cpu_seconds": round(own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime, 2),
            "peak_memory_bytes": max(own.ru_maxrss, children.ru_maxrss) * 1024,
            "bytes_sent": max(0, sent_bytes(Path("/proc/net/dev")) - self.sent),
        }
        report = self.record.report(time.time(), usage)
        if not self.path:
            keep(run_journal.folder_of(context.CLIARGS) / run_journal.REPORTS, report)
            return
        write(Path(str(self.path)), report)
        for line in summary(report, self.get_option("tasks")):
            self._display.display(line)
