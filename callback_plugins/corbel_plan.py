# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Callback plugin: what a run in check mode would change, for a terminal, as JSON and as a page."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: corbel_plan
type: aggregate
short_description: Says what a run would change
version_added: "0.2.0"
author: [Corbel authors (@corbel)]
description:
  - In check mode, collects what each task would change and prints it by host and service. C(playbooks/plan.yml) is put
    into check mode whatever the command line says, and its plan is saved. Ansible prints the differences of each task
    only with C(--diff); the plan has them.
  - During C(playbooks/apply.yml), collects what is changed, so that it can be compared with the plan. The same goes for
    the first run of a playbook of which O(directory) has a plan; C(plan.applied.json) there says what was changed.
options:
  directory:
    description:
      - Folder for C(plan.json) and C(plan.html). C(plan.yml) has one of its own below C(~/.local/state/corbel) where
        none is given; other playbooks save their plan only where one is given, even if nothing would change.
    type: path
    env: [{name: CORBEL_PLAN}]
    ini: [{section: corbel_plan, key: directory}]
  reports:
    description: Reports of earlier runs, from which times are estimated; a file stands for the folder it is in.
    type: path
    env: [{name: CORBEL_REPORT}]
    ini: [{section: corbel_report, key: path}]
"""

import datetime
import os
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible import constants, context
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import callback_loader

PROJECT = Path(__file__).resolve().parent.parent
# Ansible offers module_utils/ to modules, not to plugins of the controlling machine.
if str(PROJECT / "module_utils") not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(str(PROJECT / "module_utils"))

from ansible.module_utils.corbel import (
    plan_applied,
    plan_collect,
    plan_estimate,
    plan_model,
    plan_page,
    plan_text,
    plan_world,
    run_journal,
)
from ansible.module_utils.corbel.inventory_knowledge import read_entries
from ansible.module_utils.corbel.plan_collect import HERE, Item, Task
from ansible.module_utils.corbel.plan_text import SITE
from ansible.module_utils.corbel.run_report import service_of

PLAN, APPLY = "plan.yml", "apply.yml"


class CallbackModule(CallbackBase):
    """Listens; what it collects is put together when the run ends."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "corbel_plan"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.playbook = ""
        self.items: list[Item] = []
        self.failures: dict[str, str] = {}
        self.services: list[str] = []
        self.serial: dict[str, list[Any]] = {}
        self.play: Any = None
        self.manager: Any = None
        self.checking = False
        # Where a run that changes something notes what.
        self.record: Path | None = None

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.playbook = os.path.basename(playbook._file_name)  # noqa: PTH119  a string of Ansible
        if self.playbook == PLAN:
            for play in playbook.get_plays():
                # The play decides for every task; the variables for conditions such as `not ansible_check_mode`.
                # The first play of plan.yml refuses to go on where either does not hold.
                play.check_mode = play.diff = True
                play.get_variable_manager()._options_vars |= {"ansible_check_mode": True, "ansible_diff_mode": True}
            if not context.CLIARGS.get("diff"):
                print_no_diffs_of_tasks()
        folder = self.get_option("directory")
        if folder and plan_applied.is_due(Path(folder) / "plan.json", self.playbook):
            self.record = plan_applied.record(Path(folder) / "plan.json")

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self.play, self.manager = play, play.get_variable_manager()
        self.checking = bool(play.check_mode)
        if self.checking:
            return
        if self.playbook == APPLY:
            given = self.manager.extra_vars.get("plan")
            self.record = plan_applied.record(Path(str(given))) if given else None
            # Tasks run in copies of this process: service_bundle refuses what the plan does not have.
            os.environ[plan_applied.VARIABLE] = str(Path(str(given)).expanduser().absolute()) if given else ""
        self.note_applied()

    def v2_runner_on_ok(self, result: Any) -> None:
        # The parts of a loop have told already.
        if result._task.loop is None:
            self.collect(result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self.collect(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        if result._task.loop is None:
            self.collect(result, skipped=True)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        self.collect(result, skipped=True)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            said = str(result._result.get("msg") or "failed").strip().splitlines()[0]
            self.failures.setdefault(result._host.get_name(), f"{result._task.get_name().strip()}: {said}")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self.failures.setdefault(result._host.get_name(), "it cannot be reached")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if not self.checking:
            self.note_applied()
        elif self.items or self.playbook in (PLAN, SITE) or self.get_option("directory"):
            world = plan_world.read(self.manager, PROJECT, read_entries(PROJECT))
            self.tell(self.plan(world), world)

    def collect(self, result: Any, skipped: bool = False) -> None:
        """Keep what a result would change, or has changed where that is noted."""
        if not self.checking and not self.record:
            return
        task, fields = result._task, result._task_fields
        service = service_of(self.play, task)
        local = (self.play.vars or {}).get("ansible_connection") == "local"
        facts = Task(
            host=HERE if local else str(fields.get("delegate_to") or result._host.get_name()),
            service=service,
            action=str(task.action),
            name=self.title(result),
            arguments=fields.get("args") or {},
            read_only=task.changed_when == [False],
        )
        found = plan_collect.items(facts, result._result, skipped)
        self.items += found
        if found and service not in self.services:
            self.services.append(service)
            self.serial[service] = list(self.play.serial or [])

    def title(self, result: Any) -> str:
        """The task, and of a loop which part."""
        label = result._result.get("_ansible_item_label")
        name = str(result._task.get_name()).strip().rpartition(" : ")[2]
        return f"{name} ({label})" if label is not None and not result._result.get("_ansible_no_log") else name

    def found(self) -> list[Item]:
        """What was collected, each change once and in order."""
        return plan_collect.order(plan_collect.merged(self.items), self.services)

    def plan(self, world: plan_world.World) -> plan_model.Plan:
        """Put the plan together."""
        items = self.found()
        reports = Path(str(self.get_option("reports") or run_journal.folder_of(context.CLIARGS) / run_journal.REPORTS))
        history = plan_estimate.read(reports if reports.is_dir() else reports.parent)
        units = plan_estimate.fronts(read_entries(PROJECT))
        return plan_model.Plan(
            cloud=world.cloud,
            playbook=SITE if self.playbook == PLAN else self.playbook,
            made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            asked=plan_world.asked(context.CLIARGS),
            inventory=world.files,
            variables=world.variables,
            code=world.code,
            hosts=world.hosts,
            networks=world.networks,
            addresses=world.addresses,
            services=self.services,
            items=items,
            failures=self.failures,
            shortages=plan_estimate.shortages(items, units, world.groups, self.serial, history),
            estimate=plan_estimate.estimate(items, self.services, self.serial, history),
        )

    def tell(self, plan: plan_model.Plan, world: plan_world.World) -> None:
        """Print the plan, and save it where it has a place."""
        for line, colour in plan_text.lines(plan):
            self._display.display(line, color=colour or None)
        given = self.get_option("directory")
        if not given and self.playbook != PLAN:
            return
        folder = Path(str(given or run_journal.folder_of(context.CLIARGS) / "plan"))
        plan_applied.record(folder / "plan.json").unlink(missing_ok=True)
        plan_model.write(folder / "plan.json", plan_model.to_text(plan))
        plan_model.write(folder / "plan.html", plan_page.page(plan))
        for line in plan_text.footer(plan, folder, world.sources):
            self._display.display(line)

    def note_applied(self) -> None:
        """Keep on disk what has been changed so far, beside the plan with which it is compared."""
        if self.record and self.items:
            done = plan_model.Plan(
                playbook=self.playbook, services=self.services, items=self.found(), failures=self.failures
            )
            plan_model.write(self.record, plan_model.to_text(done))


def print_no_diffs_of_tasks() -> None:
    """Diff mode is there for the plan, which prints the differences itself; nobody asked Ansible for them.

    Callback plugins do not know each other, but all that print for people have this method of Ansible's interface.
    """
    printing = callback_loader.get(constants.DEFAULT_STDOUT_CALLBACK, class_only=True)
    printing.v2_on_file_diff = lambda self, result: None
