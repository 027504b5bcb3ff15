"""What the parts of a comparison on the controlling machine share: the plays it is about, and what it has found.

A callback plugin fills this in Ansible's main process, before the workers are made that compare hosts: they have it
from there, and nothing has to be computed once per host that is the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.module_utils.corbel import template_code
from ansible.module_utils.corbel.comparison_host import COMPARABLE
from ansible.module_utils.corbel.comparison_reach import Reach, plain_name
from ansible.module_utils.corbel.comparison_walk import COMPUTING, Scope, role_names, tasks_of
from ansible.plugins.loader import action_loader, lookup_loader
from ansible.template import Templar

ACTION = "host_comparison"
# A play with this variable is one that a comparison may leave out; its value names the play's part of the results.
SCOPE = "compared_as"
COMPARED = "compared"
LOOKUPS = ("ansible.builtin.file", "ansible.builtin.template", "ansible.builtin.vars", "ansible.builtin.env")
FOLDERS = ("tasks", "defaults", "vars", "meta")


def group_of(scope: str) -> str:
    """Name the group of the hosts on which a part differs."""
    return f"differs_{scope}"


@dataclass
class Run:
    """One run of Ansible."""

    ready: bool = False
    plays: list[Any] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    reach: Reach = field(default_factory=lambda: Reach(str, (), COMPARABLE))
    # Variables of hosts as the inventory has them, and what was read of each for the others.
    hostvars: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def prepare(self, play: Any) -> None:
        """Work out which plays there are for which hosts, and read what all workers need."""
        variables, loader = play.get_variable_manager(), play.get_loader()
        inventory = variables._inventory
        warm(loader)
        roles = [Path(root) for root in constants.DEFAULT_ROLES_PATH]
        self.reach = Reach(partial(loader.load_from_file, unsafe=True, trusted_as_template=True), roles, COMPARABLE)
        self.scopes = list(self._scopes(variables, loader, inventory, self.reach))
        # Templates name hosts outside the limit of the run as well.
        everyone = inventory.get_hosts(pattern="all", ignore_limits=True, ignore_restrictions=True)
        self.hostvars = {host.name: variables.get_vars(host=host, include_hostvars=False) for host in everyone}
        self.ready = True

    def _scopes(self, variables: Any, loader: Any, inventory: Any, reach: Reach) -> Iterator[Scope]:
        for play in self.plays:
            if SCOPE not in play.vars:
                continue
            templar = Templar(loader=loader, variables=variables.get_vars(play=play))
            hosts = [host.name for host in inventory.get_hosts(templar.template(play.hosts))]
            if hosts:
                reads = bool(reach.needed(tasks_of(play.compile()), role_names(play, loader)))
                yield Scope(str(templar.template(play.vars[SCOPE])), play, hosts, reads)

    def learn(self, host: str, found: dict[str, Any], variables: Any) -> None:
        """Take in what the first step read of a host."""
        registered = found.get("registered") or {}
        if registered:
            variables.set_nonpersistent_facts(host, registered)
            self.hostvars.setdefault(host, {}).update(registered)
        for scope, results in (found.get("once") or {}).items():
            self.known.setdefault(scope, {}).update(results)
            for name in next((one.hosts for one in self.scopes if one.name == scope), []):
                variables.set_nonpersistent_facts(name, results)
                self.hostvars.setdefault(name, {}).update(results)


def compares(play: Any) -> bool:
    """Whether a play has the task that compares."""
    return any(plain_name(task.action) == ACTION for task in tasks_of(play.tasks))


def warm(loader: Any, roots: Iterable[str] | None = None) -> None:
    """Parse the files of all roles and compile their templates once, before there are workers that each would."""
    parsed: list[Any] = []
    templates: list[Path] = []
    for root in constants.DEFAULT_ROLES_PATH if roots is None else roots:
        for folder in FOLDERS:
            for path in sorted(Path(root).glob(f"*/{folder}/**/*.yml")):
                parsed.append(loader.load_from_file(str(path), unsafe=True, trusted_as_template=True))
        templates += sorted(Path(root).glob("*/templates"))
    template_code.warm(loader, parsed, templates)
    for name in COMPARABLE | COMPUTING | {"normal"}:
        if action_loader.has_plugin(name):
            action_loader.get(name, class_only=True)
    for name in LOOKUPS:
        lookup_loader.get(name, class_only=True)


RUN = Run()
