"""Compares a host with the whole model: walks through the plays of the run, and asks the host about all at once."""

from __future__ import annotations

import functools
import gc
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import bundle_payload
from ansible.module_utils.corbel.comparison_host import COMPARABLE
from ansible.module_utils.corbel.comparison_result import Verdict, spread
from ansible.module_utils.corbel.comparison_run import COMPARED, RUN, group_of
from ansible.module_utils.corbel.comparison_strand import Question, Strand, together
from ansible.module_utils.corbel.comparison_walk import ReadingWalk, Scope, Tools, Walk, scopes_of
from ansible.vars.hostvars import HostVars

STEPS = ("read", "compare", "finish")


class HostError(Exception):
    """The module on the host failed as a whole."""


class ActionModule(ActionBase):
    """One task per host and step, whatever the number of services."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"step"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._vars = task_vars or {}
        self.unfinished: list[str] = []
        step = str(self._task.args.get("step", "compare"))
        if step not in STEPS:
            return {**result, "failed": True, "msg": f"host_comparison: step is {step}, expected {', '.join(STEPS)}"}
        if step == "finish":
            if not self._task.check_mode:
                self._send([], unfinished=[])
            return {**result, "changed": False}
        if not RUN.ready:
            self._display.warning(
                "The callback plugin host_comparison did not prepare a comparison, so everything runs"
            )
            return {**result, "changed": False, "services": {}}
        scopes = scopes_of(RUN.scopes, self._vars["inventory_hostname"])
        if step == "read":
            reading = [scope for scope in scopes if scope.reads]
            return {**result, **(self._read(self._tools(), reading) if reading else {"changed": False})}
        return {**result, **self._compare(self._tools(), scopes)}

    def _read(self, tools: Tools, scopes: list[Scope]) -> dict[str, Any]:
        """Read what others need to know of this host."""
        walks = [ReadingWalk(tools, scope) for scope in scopes]
        try:
            together([Strand(walk.run) for walk in walks], self._send)
        except HostError as error:
            # What could not be read is missed by the comparison, which says so.
            self._display.vv(f"{tools.host.name} could not be read: {error}")
        registered: dict[str, Any] = {}
        for walk in walks:
            registered |= walk.registered
        once = {walk.scope.name: walk.once for walk in walks if walk.once}
        return {"changed": False, "registered": registered, "once": once}

    def _compare(self, tools: Tools, scopes: list[Scope]) -> dict[str, Any]:
        """Compare, and put the host into a group for each service that differs."""
        walks = [Walk(tools, scope) for scope in scopes]
        try:
            asked = together([Strand(walk.run) for walk in walks], self._send)
            if scopes and not asked:
                self._send([])
        except AnsibleConnectionFailure:
            raise
        except Exception as error:  # soundness: then everything runs
            asked = 0
            for walk in walks:
                walk.verdict.differ(f"the host could not be compared: {error}")
        verdicts = {walk.scope.name: walk.verdict for walk in walks}
        self._unfinished(verdicts)
        spread(verdicts)
        differing = [name for name, verdict in verdicts.items() if verdict.differs]
        if differing and not self._task.check_mode:
            self._send([], unfinished=differing)
        found: dict[str, Any] = {
            "changed": False,
            "asked": asked,
            "services": {name: verdict.as_result() for name, verdict in verdicts.items()},
        }
        # One host says for all that there was a comparison: without such a group every play runs everywhere.
        said = [COMPARED] if self._vars["ansible_play_hosts"][0] == tools.host.name else []
        groups = said + [group_of(name) for name in (*differing, "anything") if differing]
        if groups:
            found["add_host"] = {"host_name": tools.host.name, "groups": groups, "host_vars": {}}
        return found

    def _unfinished(self, verdicts: dict[str, Verdict]) -> None:
        for name in self.unfinished:
            if name in verdicts and not verdicts[name].differs:
                verdicts[name].differ("an earlier run did not come to its end")

    def _tools(self) -> Tools:
        """Gather what walks need; all of it belongs to this worker alone."""
        hostvars = self._vars["hostvars"]
        variables = hostvars._variable_manager
        host = variables._inventory.get_host(self._vars["inventory_hostname"])
        variables._options_vars = {**variables._options_vars, "ansible_check_mode": True, "ansible_diff_mode": False}
        for scope in RUN.scopes:
            scope.play._check_mode = True
        _share_hosts(variables, RUN.scopes)
        _share_hostvars(hostvars, host.name)
        # A worker ends before garbage matters, and looking for it in all that the main process has costs time.
        gc.disable()
        # The files of roles are parsed already; a worker that ends soon needs no copies of its own.
        self._loader.load_from_file = functools.partial(self._loader.load_from_file, unsafe=True)
        return Tools(
            host=host,
            variables=variables,
            loader=self._loader,
            play_context=self._play_context,
            shared=self._shared_loader_obj,
            connection=self._connection,
            comparable=COMPARABLE,
            reach=RUN.reach,
            known=RUN.known,
        )

    def _send(self, questions: list[Question], unfinished: list[str] | None = None) -> list[dict[str, Any]]:
        """Ask the host all of it in one call."""
        asked = [
            {"module": one.module, "arguments": bundle_payload.plain(one.arguments), "check": one.check}
            for one in questions
        ]
        payload: dict[str, Any] = {"questions": asked}
        if unfinished is not None:
            payload["unfinished"] = unfinished
        answer = self._execute_module(
            module_name="host_comparison",
            module_args={"payload": bundle_payload.pack(payload)},
            task_vars=self._vars,
        )
        if answer.get("failed") or "answers" not in answer:
            raise HostError(answer.get("msg") or "the module gave no answers")
        self.unfinished = list(answer.get("unfinished") or ())
        return list(answer["answers"])


def _share_hosts(variables: Any, scopes: list[Scope]) -> None:
    """Tell Ansible which hosts a play has: it would look for templates among the names of all, for every role."""
    real = variables.get_vars
    hosts = {id(scope.play): scope.hosts for scope in scopes}

    def get_vars(play: Any = None, host: Any = None, task: Any = None, **options: Any) -> Any:
        if id(play) in hosts:
            options = {"_hosts": hosts[id(play)], "_hosts_all": hosts[id(play)], **options}
        return real(play=play, host=host, task=task, **options)

    variables.get_vars = get_vars


def _share_hostvars(hostvars: HostVars, own: str) -> None:
    """Give the variables of other hosts from what the main process has put together."""
    real = hostvars.raw_get

    def raw_get(name: str) -> Any:
        return RUN.hostvars[name] if name != own and name in RUN.hostvars else real(name)

    hostvars.raw_get = raw_get  # type: ignore[method-assign]
