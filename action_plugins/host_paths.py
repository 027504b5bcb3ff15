"""Plans on the controlling machine which paths hosts try, and has them tried."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import host_path_plan
from ansible.module_utils.corbel.preflight_finding import Finding

RESOLVE_SECONDS = 5.0
DEFAULT_PEERS = 8


class ActionModule(ActionBase):
    """A host that cannot be asked has no answers; the first read of all hosts says why."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(
        {"step", "plan", "results", "mode", "ports", "catalogue", "standing", "peers", "names", "writes"}
    )

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = {**super().run(tmp, task_vars), "changed": False}
        args, found = self._task.args, task_vars or {}
        if args["step"] == "plan":
            return {**result, **self._plan(args, found)}
        if not args.get("plan"):
            return result
        try:
            answer = self._execute_module(
                "host_paths", module_args={"step": args["step"], "plan": args["plan"]}, task_vars=task_vars
            )
        except AnsibleError as error:
            return {**result, "unknown": str(error)}
        if answer.get("failed"):
            return {**result, "unknown": str(answer.get("msg") or answer.get("module_stderr") or "no answer")}
        return {**result, **answer}

    def _plan(self, args: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        """Say what each host tries."""
        results = {str(host): row for host, row in (args.get("results") or {}).items()}
        hosts = {host: row["facts"] for host, row in results.items() if row.get("facts")}
        if not host_path_plan.due(str(args.get("mode", "auto")), hosts):
            return {"due": False, "hosts": {}, "findings": []}
        groups = {str(name): list(members) for name, members in (found.get("groups") or {}).items()}
        catalogue = args.get("catalogue") or {}
        ports = [*(args.get("ports") or []), *catalogue.get("rows", [])]
        rows = host_path_plan.matrix(ports, catalogue.get("apis", {}), args.get("standing") or [])
        planned = host_path_plan.plan(hosts, groups, rows, int(args.get("peers", DEFAULT_PEERS)))
        host_path_plan.measure(planned, groups, args.get("writes") or [])
        names = args.get("names") or {}
        host_path_plan.claim(planned, hosts, groups.get("load_balancer", []), sorted(set(names.values())))
        return {"due": True, "hosts": planned, "findings": [one.as_dict() for one in unresolved(names)]}


def unresolved(names: Mapping[str, str]) -> Iterator[Finding]:
    """Find names of endpoints that this machine does not resolve to their address, as clients will have to."""
    for name, address in sorted(names.items()):
        try:
            ip_address(name)
        except ValueError:
            there = _resolve(name)
            if address not in there:
                yield host_path_plan.unresolved(name, address, there)


def _resolve(name: str) -> set[str]:
    """Ask for the addresses of a name; a name server that is silent is not waited for."""
    found: set[str] = set()

    def ask() -> None:
        try:
            found.update(str(row[4][0]) for row in socket.getaddrinfo(name, None))
        except OSError:
            return

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(RESOLVE_SECONDS)
    return set(found)
