"""The comparison of hosts that have everything: what is measured is the work of the controlling machine."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]
SPEC = importlib.util.spec_from_file_location("real_host_comparison", ROOT / "action_plugins" / "host_comparison.py")
assert SPEC is not None and SPEC.loader is not None
real: Any = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(real)

# What a module says of a host that has everything.
SAME: dict[str, dict[str, Any]] = {
    "service_bundle": {"pending_units": [], "acted_units": [], "changed_files": [], "removed_files": [], "steps": []},
    "command": {"rc": 0, "stdout": '[{"ifname": "eth0"}]', "stdout_lines": [], "stderr": ""},
    "hypervisor_info": {"virt_type": "kvm", "reason": "", "ssh_host_keys": ["ssh-ed25519 AAAA"]},
    "volume_group": {"stable_paths": ["/dev/disk/by-id/one"], "devices": ["/dev/vdb"]},
    "swift_devices": {"held": [], "mounted": [], "given": []},
    "swift_ring": {"digests": {}, "report": [], "devices": {}},
    "swift_ring_files": {"differing": []},
}


class ActionModule(real.ActionModule):  # type: ignore[misc]
    """Sends what the real one sends, and makes the answers up."""

    def _send(self, questions: list[Any], unfinished: list[str] | None = None) -> list[dict[str, Any]]:
        # The connection of the stub answers without answers.
        with contextlib.suppress(real.HostError):
            super()._send(questions, unfinished)
        return [self._same(question) for question in questions]

    def _same(self, question: Any) -> dict[str, Any]:
        if question.module == "storage_disks":
            return {"changed": False, "disks": [{"state": "ours"} for _ in question.arguments["disks"]]}
        return {"changed": False, **SAME.get(question.module, {})}

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run, and write down the time if asked to."""
        begun, used = time.time(), time.process_time()
        result: dict[str, Any] = super().run(tmp, task_vars)
        if folder := os.environ.get("CORBEL_COMPARISON_TIMES"):
            name = f"{(task_vars or {})['inventory_hostname']}.{self._task.args.get('step', 'compare')}"
            Path(folder, name).write_text(f"{time.time() - begun} {time.process_time() - used}\n")
        return result
