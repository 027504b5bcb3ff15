# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Callback plugin: prepares a comparison of all hosts, and says what it found."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: host_comparison
type: aggregate
short_description: Prepares the comparison of all hosts and says what differs
version_added: "0.1.0"
author: [Corbel authors (@corbel)]
description:
  - Works out for the module M(host_comparison), before Ansible makes its workers, which plays may be left out on which
    hosts, and hands on what one host read for others.
  - Prints which services differ on which hosts and why, when something differs.
options:
  steps:
    description: How many steps of a service are printed.
    type: int
    default: 3
    env: [{name: CORBEL_COMPARISON_STEPS}]
    ini: [{section: host_comparison, key: steps}]
"""

from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.callback import CallbackBase

# Ansible offers module_utils/ to modules, not to plugins of the controlling machine.
_UTILS = str(Path(__file__).resolve().parent.parent / "module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)

from ansible.module_utils.corbel.comparison_reach import plain_name
from ansible.module_utils.corbel.comparison_result import by_service, summary
from ansible.module_utils.corbel.comparison_run import ACTION, RUN, compares


class CallbackModule(CallbackBase):
    """Lives in Ansible's main process."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "host_comparison"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.play: Any = None
        self.told = False

    def v2_playbook_on_start(self, playbook: Any) -> None:
        RUN.plays = playbook.get_plays()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._tell()
        self.play = play
        if compares(play):
            RUN.prepare(play)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._tell()

    def v2_runner_on_ok(self, result: Any) -> None:
        if plain_name(result._task.action) != ACTION:
            return
        host, found = result._host.get_name(), result._result
        if "services" in found:
            RUN.verdicts[host] = found["services"]
        else:
            RUN.learn(host, found, self.play.get_variable_manager())

    def _tell(self) -> None:
        if self.told or not RUN.verdicts:
            return
        self.told = True
        found = by_service(RUN.verdicts, dict.fromkeys(scope.name for scope in RUN.scopes))
        if found:
            self._display.banner("DIFFERS")
            for line in summary(found, int(self.get_option("steps"))):
                self._display.display(line)
