"""Events become a report, and reports of parts become one."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.corbel.run_report import summary

from tools.split_run import report
from tools.split_run.events import Events, seconds

DAY = "2026-11-29T01:00:"


def event(kind: str, second: int, **data: Any) -> dict[str, Any]:
    return {"event": kind, "created": f"{DAY}{second:02}.000000+00:00", "event_data": data}


def result(kind: str, host: str, begun: int, ended: int, **found: Any) -> dict[str, Any]:
    data = {"host": host, "task": "Apply", "task_uuid": "t1", "task_action": "service_bundle", "res": found}
    return event(kind, ended, start=f"{DAY}{begun:02}", end=f"{DAY}{ended:02}", **data)


def part(host: str, ended: int, kind: str = "runner_on_ok", **found: Any) -> Events:
    events = Events()
    for one in (
        event("playbook_on_start", 0, playbook="playbooks/site.yml"),
        event("playbook_on_play_start", 1, name="Deploy", pattern="nova_compute"),
        event("playbook_on_task_start", 2, task="Apply", task_uuid="t1", task_action="service_bundle"),
        result(kind, host, 2, ended, **found),
    ):
        assert events.take(one) is False
    return events


def test_events_become_the_report_of_a_part() -> None:
    made = part("compute1", 5, changed=True).report({"cpu_seconds": 4.0})
    assert (made["playbook"], made["wall_seconds"], made["cpu_seconds"]) == ("site.yml", 5.0, 4.0)
    assert made["plays"][0]["name"] == "Deploy [nova_compute]"
    assert made["plays"][0]["tasks"][0]["hosts"] == {"compute1": {"outcome": "changed", "seconds": 3.0}}


def test_a_time_without_a_zone_is_universal() -> None:
    assert seconds(f"{DAY}02") == seconds(f"{DAY}02+00:00") > 0
    assert seconds(None) == 0.0


def test_failed_hosts_are_named_with_the_reason() -> None:
    events = part("compute1", 5, "runner_on_failed", msg="found no disk")
    assert events.verdict() == "compute1: Apply: found no disk"
    assert events.report({})["results"]["failed"] == 1


def test_a_run_that_never_began_is_explained_by_what_was_said() -> None:
    events = Events()
    events.take({"event": "verbose", "stdout": "[ERROR]: the inventory cannot be parsed"})
    assert events.verdict() == "[ERROR]: the inventory cannot be parsed"


def test_parts_become_one_report_in_which_the_slowest_counts() -> None:
    usage = {"cpu_seconds": 2.0, "peak_memory_bytes": 10, "bytes_sent": 3}
    parts = [part("compute1", 5).report(usage), part("compute2", 9, changed=True).report(usage)]
    made = report.side_by_side(parts)
    assert (made["wall_seconds"], made["cpu_seconds"], made["peak_memory_bytes"], made["bytes_sent"]) == (
        9.0,
        4.0,
        10,
        6,
    )
    assert made["tasks"] == 1
    assert (made["results"]["ok"], made["results"]["changed"]) == (1, 1)
    assert made["critical_path"] == [{"play": "Deploy [nova_compute]", "host": "compute2", "seconds": 7.0}]
    assert set(made["plays"][0]["tasks"][0]["hosts"]) == {"compute1", "compute2"}


def test_steps_become_one_report_that_a_terminal_can_show() -> None:
    usage = {"cpu_seconds": 2.0, "peak_memory_bytes": 10, "bytes_sent": 3}
    made = report.one_after_the_other([part("controller1", 4).report(usage), part("compute1", 5).report(usage)])
    assert (made["wall_seconds"], made["tasks"], len(made["plays"])) == (9.0, 2, 2)
    assert "site.yml: 9.0 s, 2 tasks, 0 changed" in summary(made, 3)[1]


def test_tasks_of_one_name_stay_apart() -> None:
    one = part("compute1", 5)
    one.take(event("playbook_on_task_start", 6, task="Apply", task_uuid="t2", task_action="service_bundle"))
    made = report.side_by_side([one.report({}), part("compute2", 5).report({})])
    assert [list(task["hosts"]) for task in made["plays"][0]["tasks"]] == [["compute1", "compute2"], []]
