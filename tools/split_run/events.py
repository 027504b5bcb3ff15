"""From the events of ansible-runner to the record of a run, to what is told, and to what was read of hosts."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.run_report import Record, Result

OUTCOMES = {
    "runner_on_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}
STARTS = ("playbook_on_task_start", "playbook_on_handler_task_start")
LONGEST = 300


class Events:
    """Takes events in the order they come."""

    def __init__(self, told: Callable[[str], None] = lambda line: None) -> None:
        self.record = Record()
        self.told = told
        self.ended = 0.0
        # The last that Ansible said of no host: why it did not even begin.
        self.said = ""
        # Hosts that failed or could not be reached, with the reason.
        self.failed: dict[str, str] = {}
        # Results by host and name of the task's action.
        self.results: dict[str, dict[str, dict[str, Any]]] = {}

    def take(self, event: dict[str, Any]) -> bool:
        """Take one event; no file is kept of it."""
        kind, data = event.get("event", ""), event.get("event_data") or {}
        now = seconds(event.get("created"))
        self.ended = max(self.ended, now)
        if kind in ("verbose", "error", "warning"):
            self.said = str(event.get("stdout") or "").strip()[-LONGEST:] or self.said
        elif kind == "playbook_on_start":
            self.record.start(Path(str(data.get("playbook", ""))).name, now)
        elif kind == "playbook_on_play_start":
            name = f"{str(data.get('name', '')).strip()} [{data.get('pattern', '')}]"
            self.record.play(name, now)
            self.told(f"PLAY {name}")
        elif kind in STARTS:
            self.record.task(
                str(data.get("task_uuid")), str(data.get("task", "")).strip(), str(data.get("task_action"))
            )
        elif kind in OUTCOMES:
            self._result(OUTCOMES[kind], data, now)
        return False

    def _result(self, outcome: str, data: dict[str, Any], now: float) -> None:
        host = str(data.get("host", ""))
        found: dict[str, Any] = data["res"] if isinstance(data.get("res"), dict) else {}
        delegated = (found.get("_ansible_delegated_vars") or {}).get("ansible_delegated_host")
        if outcome in ("failed", "unreachable") and not data.get("ignore_errors"):
            self.failed[host] = f"{data.get('task')}: {str(found.get('msg') or outcome)[:LONGEST]}"
            self.told(f"{outcome}: {host}: {self.failed[host]}")
        if outcome == "ok":
            action = str(data.get("task_action", "")).rpartition(".")[2]
            self.results.setdefault(host, {})[action] = found
            outcome = "changed" if found.get("changed") else "ok"
        begun, ended = seconds(data.get("start")) or now, seconds(data.get("end")) or now
        self.record.result(str(data.get("task_uuid")), Result(host, str(delegated or host), outcome, begun, ended))

    def verdict(self) -> str:
        """Name the hosts that failed, or say why nothing began."""
        return "; ".join(f"{host}: {why}" for host, why in self.failed.items()) or self.said

    def report(self, usage: dict[str, Any]) -> dict[str, Any]:
        """Give the report of this part."""
        nothing = {"cpu_seconds": 0.0, "peak_memory_bytes": 0, "bytes_sent": 0}
        return self.record.report(self.ended, {**nothing, **usage})


def seconds(stamp: Any) -> float:
    """Give a time of ansible-runner, which is in UTC and may not say so, in seconds since 1970."""
    try:
        found = datetime.datetime.fromisoformat(str(stamp))
    except ValueError:
        return 0.0
    return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).timestamp()
