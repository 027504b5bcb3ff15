# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Callback plugin: one run at a time changes a cloud, and a journal says who ran what and how far it came."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: corbel_journal
type: aggregate
short_description: Locks the cloud on this machine and keeps a journal of the run
version_added: "0.1.0"
author: [Corbel authors (@corbel)]
description:
  - Acts for playbooks that change a cloud, not in check mode, and not for playbooks that only read.
  - Refuses a run with exit code 75 while another run of this inventory is at work on this machine, and names it.
  - Writes who, when, which playbook and plan, every play and task begun, failures and the outcome as lines of JSON.
  - Gives every module the environment variable C(CORBEL_RUN), with which hosts note in their own journal for whom they
    change something. If that variable is set already, the run is a part of another one and takes no lock.
options:
  wait:
    description: Seconds to wait for tasks that a killed run left at work.
    type: int
    default: 900
    env: [{name: CORBEL_LOCK_WAIT}]
    ini: [{section: corbel_journal, key: wait}]
notes:
  - The folder is C($CORBEL_STATE), or C(~/.local/state/corbel), with a folder for each inventory.
  - The saved plan that is applied is the variable C(plan) of the command line of C(apply.yml).
"""

import os
import time
from pathlib import Path
from typing import Any, NoReturn

import ansible.module_utils
from ansible import constants, context
from ansible.plugins.callback import CallbackBase

_ROOT = Path(__file__).resolve().parent.parent
_UTILS = str(_ROOT / "module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)

from ansible.module_utils.corbel import run_holder, run_journal, run_lock

PLAYBOOKS = _ROOT / "playbooks"
APPLY = "apply.yml"
ARGUMENTS = ("subset", "tags", "skip_tags", "start_at_task", "forks")


class CallbackModule(CallbackBase):
    """Holds the lock in its process; the kernel lets it go when that ends."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "corbel_journal"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lock: run_lock.Lock | None = None
        self.journal: run_journal.Journal | None = None

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._end("interrupted")
        if changes_clouds(playbook) and not context.CLIARGS.get("check"):
            part_of = None if self.lock else run_holder.from_environment(os.environ)
            tell_modules(playbook, part_of or self._begin(str(playbook._file_name), plan_of(playbook)))

    def _begin(self, playbook: str, plan: str) -> run_holder.Holder:
        """Take the lock, say what the last run left, and open the journal; or end the process."""
        arguments = {name: context.CLIARGS.get(name) for name in ARGUMENTS if context.CLIARGS.get(name)}
        folder = run_journal.folder_of(context.CLIARGS)
        mine = run_holder.this_run(playbook, folder, plan)
        try:
            if self.lock is None:
                self.lock = run_lock.take(folder, mine, self._display.warning, float(self.get_option("wait")))
            if said := run_journal.notice(run_journal.last_run(folder)):
                self._display.display(said, color=constants.COLOR_WARN)
            self.journal = run_journal.journal_of(folder, mine)
            self.journal.begin(mine, arguments)
        except run_lock.RefusedError as error:
            self._stop(str(error), run_lock.REFUSED)
        except OSError as error:
            self._stop(
                f"the lock and the journal of this cloud cannot be kept in {folder} ({error}); "
                f"make the folder writable, or name another in {run_journal.STATE_VARIABLE}",
                1,
            )
        return mine

    def _stop(self, message: str, code: int) -> NoReturn:
        # Ansible reports an error of a callback and goes on; this alone ends a run before its first task.
        self._display.error(message, wrap_text=False)
        raise SystemExit(code)

    def v2_playbook_on_play_start(self, play: Any) -> None:
        hosts = play.hosts if isinstance(play.hosts, str) else ", ".join(map(str, play.hosts))
        self._note("play", durable=True, name=f"{play.get_name().strip()} [{hosts}]")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._note("task", name=task.get_name().strip())

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_ok(self, result: Any) -> None:
        # Modules that are not ours leave no note on the host.
        if result._result.get("changed"):
            self._note("changed", host=result._host.get_name())

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self._note("failed", host=result._host.get_name())

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._note("unreachable", host=result._host.get_name())

    def v2_playbook_on_stats(self, stats: Any) -> None:
        changed = {str(host): int(count) for host, count in sorted(stats.changed.items()) if count}
        self._end("failed" if stats.failures or stats.dark else "ok", changed=changed)

    def _note(self, event: str, durable: bool = False, **about: Any) -> None:
        if self.journal:
            self.journal.note(event, time.time(), durable, **about)

    def _end(self, result: str, **about: Any) -> None:
        self._note("end", durable=True, result=result, **about)
        if self.journal:
            self.journal.close()
        self.journal = None


def changes_clouds(playbook: Any) -> bool:
    """Whether a playbook is one of ours that changes things, or one of somebody else that imports ours."""
    path = Path(playbook._basedir).resolve() / Path(str(playbook._file_name)).name
    if path.parent == PLAYBOOKS:
        return path.stem not in run_lock.READ_ONLY
    return any(Path(str(play._included_path or "/")).resolve() == PLAYBOOKS for play in playbook.get_plays())


def plan_of(playbook: Any) -> str:
    """The saved plan that a playbook applies; nothing for others, whose variables of that name are no plan."""
    if Path(str(playbook._file_name)).name != APPLY:
        return ""
    given = [play.get_variable_manager().extra_vars.get("plan") for play in playbook.get_plays()]
    return next((str(Path(str(plan)).expanduser().absolute()) for plan in given if plan), "")


def tell_modules(playbook: Any, holder: run_holder.Holder) -> None:
    """Name the run to every module, and to the workers, which inherit this process's environment."""
    text = run_holder.dump(holder)
    os.environ[run_holder.VARIABLE] = text
    for play in playbook.get_plays():
        given = play.environment or []
        play.environment = [*(given if isinstance(given, list) else [given]), {run_holder.VARIABLE: text}]
