"""Figures of the scale bench."""

from __future__ import annotations

from typing import Any

from tests.bench import run, scale


def row(way: str, seconds: float, hosts: int = 10) -> dict[str, Any]:
    return {
        "hosts": hosts,
        "way": way,
        "wall_seconds": seconds / 2,
        "cpu_seconds": seconds,
        "peak_memory_bytes": 3 * 2**20,
        "tasks_median": 5,
        "tasks_most": 7,
        "changed": 0,
    }


def test_tasks_are_counted_by_host_and_skipped_ones_are_not() -> None:
    hosts = {"a": {"outcome": "ok"}, "b": {"outcome": "skipped"}}
    report = {"plays": [{"tasks": [{"hosts": hosts}, {"hosts": {"a": {"outcome": "changed"}}}]}]}
    assert scale.tasks_by_host(report) == {"a": 2}


def test_a_task_is_counted_where_it_was_done() -> None:
    tasks = [
        {"hosts": {"localhost": {"outcome": "ok", "where": "a"}}},
        {"hosts": {"localhost": {"outcome": "ok"}}},
        {"hosts": {"a": {"outcome": "ok", "where": "localhost"}, "b": {"outcome": "ok"}}},
    ]
    assert scale.tasks_by_host({"plays": [{"tasks": tasks}]}) == {"a": 1, "b": 1}


def test_the_table_has_the_ratio_of_plain_tasks_to_corbel() -> None:
    lines = scale.table([row(scale.CORBEL, 20.0), row(scale.PLAIN, 90.0), row(scale.PLAIN, 1.0, hosts=20)])
    assert lines[2] == "| 10 | site.yml | 10 s | 20 s | 2.00 s | 3 MiB | 5, at most 7 | 0 | 1.0 |"
    assert lines[3].endswith("| 9.00 s | 3 MiB | 5, at most 7 | 0 | 4.5 |")
    assert lines[4].endswith("| - |")


def test_memory_of_an_ended_process_is_none() -> None:
    assert run.share_of(2**22 + 1) == 0


def test_a_watched_command_gives_its_status_and_use() -> None:
    used = run.watched(["sh", "-c", "exit 3"], scale.ROOT, {"PATH": "/usr/bin:/bin"})
    assert used["status"] == 3
    assert used["wall_seconds"] >= 0 and used["cpu_seconds"] >= 0
