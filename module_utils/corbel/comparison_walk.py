"""Walks through the tasks of a play as a run in check mode would, for one host. On the controlling machine only.

Ansible's own classes load the roles, evaluate conditions and loops and run the action plugins, so that a comparison
cannot mean anything else than the run that follows. Only what asks the host is put into other hands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from ansible.errors import AnsibleError
from ansible.executor.task_executor import TaskExecutor
from ansible.executor.task_result import _RawTaskResult
from ansible.module_utils.corbel.comparison_reach import Reach, plain_name
from ansible.module_utils.corbel.comparison_result import Verdict
from ansible.module_utils.corbel.comparison_strand import Question, Strand
from ansible.playbook.block import Block
from ansible.playbook.helpers import load_list_of_blocks
from ansible.playbook.included_file import IncludedFile
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible.vars.clean import strip_internal_keys

# Work on the controlling machine alone and change nothing there; what they compute is needed.
COMPUTING = frozenset({"assert", "fail", "include_role", "include_tasks", "include_vars", "set_fact"})
# Nothing that a comparison needs. The inventory check has compared the arguments of roles already.
SILENT = frozenset({"debug", "meta", "validate_argument_spec"})
# Modules of others, and the functions on the host that answer for them.
ALIASES = {"ansible.legacy.command": "command", "community.general.modprobe": "modprobe"}


class UntoldError(AnsibleError):
    """It cannot be told without running it, so it runs."""


@dataclass
class Scope:
    """A play of the run that a comparison may leave out, and the hosts it is for."""

    name: str
    play: Any
    hosts: list[str]
    # Whether something in it is read for other hosts.
    reads: bool = True


@dataclass
class Tools:
    """What Ansible hands to an action plugin, for handing on."""

    host: Any
    variables: Any
    loader: Any
    play_context: Any
    shared: Any
    connection: Any
    # Modules that answer together with others.
    comparable: frozenset[str]
    # What leads to tasks that read for others.
    reach: Reach
    # Results of tasks that are once per batch, by scope and registered name.
    known: dict[str, dict[str, Any]] = field(default_factory=dict)


class Walk:
    """One play for one host."""

    # Whether this host may speak for all of a batch.
    speaks_for_all = False

    def __init__(self, tools: Tools, scope: Scope) -> None:
        self.tools = tools
        self.scope = scope
        self.verdict = Verdict()
        # What the tasks of this play registered and set. Walks take turns, and the same roles register the same names.
        self.own: dict[str, Any] = {}

    def run(self, strand: Strand) -> None:
        """Walk from the first task to the last, or to the one that fails."""
        self.strand = strand
        try:
            for task in self.tasks(self.scope.play.compile()):
                self.task(task)
        except _End:
            pass
        except Exception as error:  # what one service has must not keep the others from being compared
            self.verdict.differ(f"it cannot be told: {error}")

    def tasks(self, blocks: Iterable[Block]) -> Iterable[Task]:
        """Give the tasks to walk through."""
        return tasks_of(blocks)

    def task(self, task: Task) -> None:
        """Do what a run in check mode would do with a task."""
        name = plain_name(task.action)
        if name in SILENT:
            return
        known = self.tools.known.get(self.scope.name, {})
        result = known[task.register] if task.run_once and task.register in known else self.executed(task)
        self.remember(task, result)
        if not result.get("skipped") or result.get("results"):
            self.judge(task, result)
        if name in ("include_role", "include_tasks"):
            for inner in self.tasks(self.included(task, result)):
                self.task(inner)

    def executed(self, task: Task) -> dict[str, Any]:
        """Run a task through Ansible's executor."""
        tools = self.tools
        hosts = self.scope.hosts
        tools.variables.set_nonpersistent_facts(tools.host.name, self.own)
        variables = tools.variables.get_vars(
            play=self.scope.play, host=tools.host, task=task, _hosts=hosts, _hosts_all=hosts
        )
        return dict(Executor(self, task, variables).run())

    def remember(self, task: Task, result: dict[str, Any]) -> None:
        """Keep what a task registers or sets, as Ansible does."""
        name, host = plain_name(task.action), self.tools.host.name
        facts = result.get("ansible_facts")
        if facts and name == "set_fact":
            self.own |= facts
        for key, value in (facts or {}).items() if name == "include_vars" else ():
            self.tools.variables.set_host_variable(host, key, value)
        if task.register:
            self.own[task.register] = strip_internal_keys(dict(result))
        self.tools.variables.set_nonpersistent_facts(host, self.own)

    def judge(self, task: Task, result: dict[str, Any]) -> None:
        """Take a result into account; what failed ends the walk."""
        name = task.get_name()
        # Modules tell their changes under the same key (plan_change.told), so that it alone does not make a loop.
        looped = task.loop is not None or bool(task.loop_with)
        for one in result.get("results", [result]) if looped else [result]:
            if one.get("failed") and one.get("_ansible_no_log"):
                one = {"failed": True, "msg": "failed; its message is hidden, see corbel_no_log"}  # noqa: PLW2901
            if not one.get("skipped"):
                self.verdict.judge(name, str(task.action), one)
        if result.get("failed"):
            self.verdict.differ(*([] if self.verdict.differs else [f"{name}: {result.get('msg')}"]))
            raise _End

    def included(self, task: Task, result: dict[str, Any]) -> Iterator[Block]:
        """Load what a task includes."""
        tools, play = self.tools, self.scope.play
        raw = _RawTaskResult(host=tools.host, task=task, return_data=result, task_fields={})
        files = IncludedFile.process_include_results([raw], SimpleNamespace(_play=play), tools.loader, tools.variables)
        for file in files:
            copy = file._task.copy(exclude_parent=True)
            copy._parent = file._task._parent
            copy.vars = copy.vars | file._vars
            if file._is_role:
                blocks, _ = copy.get_block_list(play=play, variable_manager=tools.variables, loader=tools.loader)
                yield from blocks
                continue
            yield from load_list_of_blocks(
                tools.loader.load_from_file(file._filename, trusted_as_template=True) or [],
                play=play,
                parent_block=copy.build_parent_block(),
                role=file._task._role,
                loader=tools.loader,
                variable_manager=tools.variables,
            )


class ReadingWalk(Walk):
    """Before anything is compared: reads what other hosts need to know of this one, and once per batch what is so."""

    speaks_for_all = True

    def __init__(self, tools: Tools, scope: Scope) -> None:
        super().__init__(tools, scope)
        self.registered: dict[str, Any] = {}
        self.once: dict[str, Any] = {}

    def tasks(self, blocks: Iterable[Block]) -> Iterable[Task]:
        """End with the last task that leads to such a one."""
        return self.tools.reach.needed(tasks_of(blocks), role_names(self.scope.play, self.tools.loader))

    def task(self, task: Task) -> None:
        """Walk through what leads to such tasks, and run these."""
        name = plain_name(task.action)
        if name in COMPUTING - {"assert", "fail"}:
            result = self.executed(task)
            self.remember(task, result)
            if name in ("include_role", "include_tasks") and not result.get("failed"):
                for inner in self.tasks(self.included(task, result)):
                    self.task(inner)
            return
        if not task.register:
            return
        own = name.endswith("_info") and not task.delegate_to and not task.run_once
        once = task.run_once and name in self.tools.comparable and self.is_here(task)
        if own or once:
            result = self.executed(task)
            if not result.get("failed"):
                self.remember(task, result)
                (self.once if once else self.registered)[task.register] = strip_internal_keys(dict(result))

    def is_here(self, task: Task) -> bool:
        """Whether this host is the one that a task of a batch is run on."""
        if not task.delegate_to:
            return self.scope.hosts[0] == self.tools.host.name
        variables = self.tools.variables.get_vars(play=self.scope.play, host=self.tools.host, task=task)
        try:
            delegated = self.tools.variables.get_delegated_vars_and_hostname(_templar(self.tools, variables), task, {})
        except AnsibleError:
            return False
        return bool(delegated[1] == self.tools.host.name)


class _End(Exception):
    """Nothing after this can be told."""


def _templar(tools: Tools, variables: dict[str, Any]) -> Any:
    return Templar(loader=tools.loader, variables=variables)


def tasks_of(blocks: Iterable[Block]) -> Iterator[Task]:
    """Give the tasks of blocks that run when none fails."""
    for block in blocks:
        for item in (*block.block, *block.always):
            if isinstance(item, Block):
                yield from tasks_of([item])
            else:
                yield item


def role_names(play: Any, loader: Any) -> Callable[[str], str]:
    """Give the function that evaluates a role's name with the variables of a play alone."""
    templar = Templar(loader=loader, variables=play.vars)

    def name(expression: str) -> str:
        try:
            return str(templar.template(expression))
        except AnsibleError:
            return expression

    return name


class _Quiet:
    """Takes what an executor tells the terminal."""

    def send_callback(self, *_: Any, **__: Any) -> None:
        """Forget it."""


class Executor(TaskExecutor):
    """Ansible's executor, with the way to the host replaced where a comparison knows a shorter one."""

    def __init__(self, walk: Walk, task: Task, variables: dict[str, Any]) -> None:
        tools = walk.tools
        self.walk = walk
        if task.until:
            # Once: what a host is not yet, it is not.
            task.retries = 0
        super().__init__(
            tools.host,
            task,
            variables,
            tools.play_context.copy(),
            tools.loader,
            tools.shared,
            _Quiet(),
            tools.variables,
        )

    @property
    def together(self) -> bool:
        """Whether the task asks this host, in a way that can wait for others."""
        own = self._task.delegate_to in (None, self.walk.tools.host.name)
        return own and plain_name(self._task.action) in self.walk.tools.comparable

    def _get_connection(self, cvars: Any, templar: Any, current_connection: Any) -> Any:
        """Use the connection of the comparison for what is asked together, and for what asks nobody."""
        if self.together or plain_name(self._task.action) in COMPUTING or self._answer() is not None:
            return self.walk.tools.connection
        return super()._get_connection(cvars, templar, current_connection)

    def _set_connection_options(self, variables: Any, templar: Any) -> Any:
        """Leave the options of the comparison's connection alone."""
        if self._connection is self.walk.tools.connection:
            return []
        return super()._set_connection_options(variables, templar)

    def _get_action_handler_with_module_context(self, templar: Any) -> Any:
        """Give the real action plugin; its calls of modules that answer together go to the strand."""
        answer = self._answer()
        if answer is not None:
            return _Answered(answer), None
        handler, module = super()._get_action_handler_with_module_context(templar)
        if self.together:
            self._note(self._task.args)
            handler._execute_module = self._ask
        return handler, module

    def _answer(self) -> dict[str, Any] | None:
        """Give the result of a task that is not run at all."""
        task = self._task
        name = plain_name(task.action)
        if name in COMPUTING:
            return None
        if name in ("command", "shell", "script", "raw") and (task.check_mode or task.run_once):
            # Those that change nothing only serve tasks that follow, and what is asked once for a batch serves what
            # leaves no trace on a host: the note of what is unfinished sees to that.
            if list(task.changed_when or []) not in ([False], ["false"]):
                raise UntoldError(f"{task.get_name()}: a command, which has no check mode")
            return {"skipped": True, "changed": False}
        if task.run_once and task.register and not self.walk.speaks_for_all:
            raise UntoldError(f"{task.get_name()}: is run once for hosts that do not all take part")
        if self.walk.verdict.differs and not self.together:
            return {"skipped": True, "changed": False}
        return None

    def _note(self, arguments: dict[str, Any]) -> None:
        """Note which files concern the service."""
        paths = [str(path) for path in arguments.get("watch") or ()]
        files = arguments.get("files") or ()
        paths += [str(file["path"]) for file in files if isinstance(file, dict) and "path" in file]
        self.walk.verdict.reads |= set(paths)

    def _ask(
        self, module_name: str | None = None, module_args: dict[str, Any] | None = None, **_: Any
    ) -> dict[str, Any]:
        """Stand in for ActionBase._execute_module."""
        task = self._task
        asked = str(module_name or task.action)
        module = ALIASES.get(asked, asked)
        arguments = dict(task.args if module_args is None else module_args)
        check = bool(task.check_mode)
        if not self._may_wait():
            return self.walk.strand.ask(module, arguments, check)
        verdict, name = self.walk.verdict, task.get_name()
        self.walk.strand.leave(
            Question(module, arguments, check, lambda answer: verdict.judge(name, str(task.action), answer))
        )
        return {"changed": False}

    def _may_wait(self) -> bool:
        """Whether nothing depends on the result but the verdict."""
        task = self._task
        needed = task.register or task.changed_when or task.failed_when or task.until
        return not needed and plain_name(task.action) not in ANSWERED_IN_PARTS


# Their action plugins go on with what the host answers.
ANSWERED_IN_PARTS = frozenset({"host_certificate"})


class _Answered:
    """Stands for an action plugin whose result is known."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    def run(self, **_: Any) -> dict[str, Any]:
        """Give the result."""
        return dict(self._answer)

    def cleanup(self, **_: Any) -> None:
        """Nothing to clean up."""


Send = Callable[[list[Question]], list[dict[str, Any]]]


def scopes_of(scopes: Iterable[Scope], host: str) -> list[Scope]:
    """Give the plays that are for a host."""
    return [scope for scope in scopes if host in scope.hosts]
