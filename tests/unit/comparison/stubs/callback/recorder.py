"""A callback plugin that stands for hosts: it writes down calls of modules, and answers like a host that has all.

It acts in Ansible's main process, before there are workers, so that all of them have it.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ansible.module_utils
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parents[5] / "module_utils"))

from ansible.module_utils.corbel import bundle_payload, certificate_plan
from ansible.module_utils.corbel.comparison_host import COMPARABLE
from ansible.module_utils.corbel.comparison_walk import ALIASES

DOCUMENTATION = """
name: recorder
type: aggregate
short_description: Records calls of modules
description: For tests.
"""

SAME: dict[str, dict[str, Any]] = {
    "service_bundle": {"pending_units": [], "acted_units": [], "changed_files": [], "removed_files": [], "steps": []},
    "command": {"rc": 0, "stdout": '[{"ifname": "eth0"}]', "stdout_lines": [], "stderr": ""},
    "hypervisor_info": {"virt_type": "kvm", "reason": ""},
    "volume_group": {"stable_paths": ["/dev/disk/by-id/one"], "devices": ["/dev/vdb"]},
    "swift_devices": {"held": [], "mounted": ["d1", "d2", "d3"], "given": []},
    "swift_ring": {"digests": {"object": "0" * 64}, "report": [], "devices": {}},
    "swift_ring_files": {"differing": []},
    "host_certificate": {"places": {"host": {}, "queue": {}}},
}
REAL = ActionBase._execute_module


def plain(value: Any) -> Any:
    """Data as it travels."""
    return json.loads(json.dumps(value, default=str))


def answer(host: str, module: str, arguments: dict[str, Any], check: bool) -> dict[str, Any]:
    """What a host says that has everything, but for one that the test wants to differ."""
    if module == "service_bundle":
        arguments = bundle_payload.unpack(arguments["payload"])
    with Path(os.environ["RECORDS"], str(os.getpid())).open("a") as file:
        file.write(json.dumps([host, module, {**plain(arguments), "check_mode": check}], sort_keys=True) + "\n")
    told = {"changed": False, **SAME.get(module, {})}
    if module == "storage_disks":
        told["disks"] = [{"device": "/dev/vdb", "state": "ours"} for _ in arguments["disks"]]
    if module == "hypervisor_info":
        told["ssh_host_keys"] = [f"ssh-ed25519 of-{host}"]
    return {**told, **differing_answer(host, module, arguments)}


def differing_answer(host: str, module: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What the test wants to be told otherwise."""
    wanted = json.loads(os.environ.get("DIFFERING", "{}"))
    same = wanted.get("host") == host and wanted.get("module") == module
    found: dict[str, Any] = wanted["answer"] if same and wanted.get("name") in (None, arguments.get("name")) else {}
    return found


def execute_module(
    self: Any, module_name: Any = None, module_args: Any = None, task_vars: Any = None, **options: Any
) -> Any:
    """Stand in for ActionBase._execute_module."""
    host = self._task.delegate_to or task_vars["inventory_hostname"]
    name = str(module_name or self._task.action)
    arguments = dict(self._task.args if module_args is None else module_args)
    if name == "host_comparison" and (told := differing_answer(host, name, arguments)):
        return told
    if name == "host_check":
        # The clock of the machine that asks, and nothing to be mended.
        return {"changed": False, "findings": [], "facts": {"time": time.time(), "hostname": host, "machine_id": host}}
    if name == "host_comparison":
        payload = bundle_payload.unpack(arguments["payload"])
        answers = [answer(host, one["module"], one["arguments"], one["check"]) for one in payload["questions"]]
        return {"changed": False, "answers": answers, "unfinished": json.loads(os.environ.get("UNFINISHED", "[]"))}
    if (module := ALIASES.get(name, name)) in COMPARABLE:
        # What is asked once for a batch decides on what leaves no trace on a host, which no comparison sees.
        if module == "command" and (self._task.check_mode or self._task.run_once):
            return {"skipped": True, "changed": False}
        return answer(host, module, arguments, bool(self._task.check_mode))
    return REAL(self, module_name, module_args, task_vars=task_vars, **options)


class CallbackModule(CallbackBase):
    """Only its loading matters."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = False

    def v2_playbook_on_start(self, playbook: Any) -> None:
        ActionBase._execute_module = execute_module
        certificate_plan.judge = lambda wanted, *_: SimpleNamespace(wanted=wanted, due=False, reason="", issued="")
        certificate_plan.outcome = lambda *_: {"changed": False, "reason": ""}
