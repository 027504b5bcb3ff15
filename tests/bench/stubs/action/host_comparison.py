"""The comparison with hosts that have everything: what is measured is the work of the controlling machine."""

from __future__ import annotations

import importlib.util
import os
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]
_SPEC = importlib.util.spec_from_file_location("real_host_comparison", ROOT / "action_plugins" / "host_comparison.py")
assert _SPEC is not None and _SPEC.loader is not None
real = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(real)

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


class ActionModule(real.ActionModule):  # type: ignore[name-defined,misc]
    """Sends what the real one sends, and makes the answers up."""

    def _send(self, questions: list[Any], unfinished: list[str] | None = None) -> list[dict[str, Any]]:
        try:
            super()._send(questions, unfinished)
        except Exception:  # the stub of the connection has no answers
            pass
        self.unfinished = []
        return [self._same(question) for question in questions]

    def _same(self, question: Any) -> dict[str, Any]:
        if question.module == "host_certificate":
            return {"failed": True, "msg": "not measured"}
        if question.module == "storage_disks":
            disks = question.arguments["disks"]
            return {"changed": False, "disks": [{"device": "/dev/vdb", "state": "ours"} for _ in disks]}
        return {"changed": False, **SAME.get(question.module, {})}

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run, and note the time if asked to."""
        begun, used = time.time(), time.process_time()
        if os.environ.get("BENCH_PROFILE"):
            import cProfile, threading as _t
            import threading
            pr = cProfile.Profile()
            _orig = _t.Thread.run
            profs = []
            def _run(self):
                p = cProfile.Profile(); profs.append(p); p.runcall(_orig, self)
            _t.Thread.run = _run
            result = pr.runcall(super().run, tmp, task_vars)
            pr.create_stats()
            import pstats
            st = pstats.Stats(pr)
            for p in profs:
                p.create_stats(); st.add(p)
            st.dump_stats(f"/tmp/x/prof.{task_vars['inventory_hostname']}.{self._task.args.get('step')}")
        else:
            result = super().run(tmp, task_vars)
        if folder := os.environ.get("BENCH_TIMES"):
            name = f"{task_vars['inventory_hostname']}.{self._task.args.get('step', 'compare')}"
            Path(folder, name).write_text(f"{time.time() - begun} {time.process_time() - used}\n")
        return result
