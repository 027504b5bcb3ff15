"""How long a plan takes and which APIs it makes short, from reports of earlier runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel.plan_collect import Item
from ansible.module_utils.corbel.plan_estimate import History, batches, estimate, fronts, read, shortages, told


def report(seconds: float, outcome: str = "changed", check: bool = False) -> dict[str, Any]:
    def one(action: str, host: str, time: float) -> dict[str, Any]:
        return {"action": action, "service": "glance", "hosts": {host: {"outcome": outcome, "seconds": time}}}

    tasks = [one("service_bundle", "a", seconds), one("service_units", "a", 4), one("ansible.builtin.uri", "a", 2)]
    return {"version": 1, "check": check, "plays": [{"name": "Deploy", "tasks": tasks}]}


@pytest.fixture
def history(tmp_path: Path) -> History:
    for number, data in enumerate(
        [report(10), report(20), report(30), report(500, outcome="ok"), report(700, check=True)]
    ):
        (tmp_path / f"{number}.json").write_text(json.dumps(data))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "phases.json").write_text("[]")
    return read(tmp_path)


def units(*hosts: str, action: str = "restart") -> list[Item]:
    return [Item(host, "glance", "unit", "glance-api.service", action) for host in hosts]


def test_only_runs_that_changed_the_host_count(history: History) -> None:
    assert history.seconds("glance", "a") == 26
    assert history.seconds("glance", "a", away=True) == 6
    assert history.runs == 4


def test_a_host_without_a_past_is_like_others_of_its_service(history: History) -> None:
    assert history.seconds("glance", "new") == 26
    assert history.seconds("nova", "a") is None


def test_a_folder_that_is_not_there_is_no_history(tmp_path: Path) -> None:
    assert read(tmp_path / "none").runs == 0


@pytest.mark.parametrize(
    ("count", "serial", "sizes"),
    [(3, [1, "100%"], [1, 2]), (9, [1, "25%"], [1, 2, 2, 2, 2]), (3, [], [3]), (2, ["10%"], [1, 1]), (4, [3], [3, 1])],
)
def test_batches(count: int, serial: list[Any], sizes: list[int]) -> None:
    assert [len(batch) for batch in batches([str(number) for number in range(count)], serial)] == sizes


def test_a_service_takes_its_batches_one_after_the_other(history: History) -> None:
    items = [
        *units("a", "b", "c"),
        Item("a", "nova", "file", "/x", "change"),
        Item("localhost", "s", "secret", "x", "y"),
    ]
    found = estimate(items, ["glance", "nova"], {"glance": [1, "100%"]}, history)
    assert found["services"] == {"glance": 52.0, "nova": None}
    assert (found["seconds"], found["unknown"]) == (52.0, ["nova"])


def test_without_reports_the_time_is_unknown() -> None:
    assert estimate(units("a"), [], {}, History())["seconds"] is None


def test_fronts_are_apis_and_daemons_with_a_port() -> None:
    entries = {"nova": {"apis": [{"name": "nova-api"}], "daemons": [{"name": "proxy", "port": 1}, {"name": "worker"}]}}
    assert fronts(entries) == {"nova-api.service": "nova", "proxy.service": "nova"}


@pytest.mark.parametrize(
    ("hosts", "group", "says"),
    [
        ("abc", "abc", "glance-api: at least 1 of 3 backends answer for about 12 s, 3 restart, in 2 batches"),
        ("b", "abc", "glance-api: at least 2 of 3 backends answer for about 6 s, 1 restart"),
        ("a", "a", "glance-api: it does not answer for about 6 s"),
    ],
)
def test_shortage(history: History, hosts: str, group: str, says: str) -> None:
    names = {"glance-api.service": "glance"}
    (found,) = shortages(units(*hosts), names, {"glance": list(group)}, {"glance": [1, "100%"]}, history)
    assert told(found) == says


def test_all_at_once_is_said_and_so_is_what_nobody_knows() -> None:
    names = {"glance-api.service": "glance"}
    (found,) = shortages(units("a", "b"), names, {"glance": ["a", "b"]}, {}, History())
    assert told(found) == "glance-api: none of its 2 backends answers for a time no earlier run tells"


def test_what_starts_for_the_first_time_makes_nothing_short() -> None:
    assert shortages(units("a", action="start"), {"glance-api.service": "glance"}, {}, {}, History()) == []
