"""The report of all hosts: order, waivers, and the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import host_report
import pytest
from ansible.module_utils.corbel import host_report as report
from ansible.module_utils.corbel.preflight_finding import WARNING, Finding, given, waivers
from ansible.module_utils.corbel.preflight_finding import report as rows


def finding(check: str, **changes: Any) -> dict[str, Any]:
    return {**Finding(check, "this", "that", "mend it").as_dict(), **changes}


RESULTS: dict[str, Any] = {
    "a": {"findings": [finding("HOST-063", severity=WARNING), finding("HOST-022")], "facts": {"machine_id": "1"}},
    "b": {"findings": [finding("HOST-063", severity=WARNING), finding("HOST-010")], "facts": {"machine_id": "2"}},
    "c": {"findings": [finding("HOST-010")], "facts": {"machine_id": "2", "kernel": "6.12", "new": True}},
    "d": {"findings": [], "facts": {}},
}


def run(**arguments: Any) -> tuple[dict[str, Any], str]:
    """Run the action; give its result and what it printed."""
    task = MagicMock(args={"results": RESULTS, **arguments}, async_val=0, check_mode=False)
    action = host_report.ActionModule(task, MagicMock(), MagicMock(), MagicMock(), MagicMock(), MagicMock())
    action._display = MagicMock()
    result = action.run(task_vars={})
    printed = " ".join(str(call.args[0]) for call in action._display.display.call_args_list)
    return result, printed


def test_the_worst_comes_first() -> None:
    result, printed = run()
    assert result["findings"] == ["HOST-010", "HOST-031", "HOST-022", "HOST-063"]
    assert result["failed"]
    assert "3 findings in hosts a, b, c (HOST-010, HOST-022, HOST-031)" in result["msg"]
    assert printed.index("HOST-010 error") < printed.index("HOST-022 error") < printed.index("HOST-063 warning")


@pytest.mark.parametrize("waived", ["HOST-010,HOST-022 HOST-031", ["HOST-010", "HOST-022:a", "HOST-031"]])
def test_what_is_waived_is_recorded(waived: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    result, printed = run(waived=waived, report=str(path))
    assert not result.get("failed")
    assert result["findings"] == ["HOST-063"]
    assert "HOST-010 waived: b, c: found this" in printed
    written = json.loads(path.read_text())
    assert [one["check"] for one in written["waived"]] == ["HOST-010", "HOST-031", "HOST-022"]
    assert [one["hosts"] for one in written["findings"]] == [["a", "b"]]
    assert (written["errors"], written["warnings"]) == (0, 1)
    assert written["hosts"]["c"] == {"read": True, "kernel": "6.12", "new": True}
    assert written["hosts"]["d"] == {"read": False}
    assert written["time"].endswith("Z")


def test_what_the_inventory_check_found_is_in_the_same_report(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    said = [
        *given("corbel_waived_checks", ["HOST-010", "INV-037"], "mycloud/group_vars/all/corbel.yml:3"),
        *given("preflight_skip", "HOST-022,HOST-031", "-e"),
    ]
    warning = Finding("INV-038", "both", "one", "choose", severity=WARNING)
    static = {"report": rows([warning], [Finding("INV-037", "1", "2", "add")]), "waivers": said}
    result, printed = run(static=static, report=str(path))
    # Printed and counted where it was found, before any host was asked.
    assert (result["findings"], "INV-0" in printed) == (["HOST-063"], False)
    written = json.loads(path.read_text())
    assert [one["check"] for one in written["findings"]] == ["HOST-063", "INV-038"]
    assert [one["check"] for one in written["waived"]] == ["INV-037", "HOST-010", "HOST-031", "HOST-022"]
    assert written["waivers"] == said


def test_a_skip_of_one_run_comes_beside_the_standing_list(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    result, _ = run(waived=["HOST-010", "HOST-031"], skip="HOST-022", report=str(path))
    assert result["findings"] == ["HOST-063"]
    assert [(one["id"], one["variable"]) for one in json.loads(path.read_text())["waivers"]] == [
        ("HOST-010", "corbel_waived_checks"),
        ("HOST-031", "corbel_waived_checks"),
        ("HOST-022", "preflight_skip"),
    ]


def test_a_report_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    task = MagicMock(args={"results": {}, "report": str(tmp_path / "none/report.json")}, async_val=0, check_mode=False)
    action = host_report.ActionModule(task, MagicMock(), MagicMock(), MagicMock(), MagicMock(), MagicMock())
    action._display = MagicMock()
    assert action.run(task_vars={})["findings"] == []
    [call] = action._display.warning.call_args_list
    assert "No such file or directory" in call.args[0]


def test_findings_of_paths_are_merged_by_host() -> None:
    planned = {"connect": [["c", "management", "192.0.2.3", 5671]]}
    answers = {
        "plan": {"hosts": {"a": planned, "b": planned}, "findings": [finding("HOST-056", severity=WARNING)]},
        "listening": {"c": {"listening": []}},
        "tried": {"a": {"connect": ["EHOSTUNREACH"]}, "b": {"connect": ["EHOSTUNREACH"]}},
    }
    found = report.of_paths(answers, {})
    assert [(one.check, one.hosts) for one in found] == [("HOST-056", ()), ("HOST-050", ("a", "b"))]
    result, printed = run(results={}, paths=answers)
    assert result["findings"] == ["HOST-050", "HOST-056"]
    assert "c (192.0.2.3) port 5671" in printed
    assert report.of_paths({}, {}) == []


@pytest.mark.parametrize(("lasted", "checks"), [(True, ["HOST-050"]), (False, [])])
def test_a_listener_that_ended_early_accuses_nobody(lasted: bool, checks: list[str]) -> None:
    answers = {
        "plan": {"hosts": {"a": {"connect": [["c", "management", "192.0.2.3", 5671]]}}},
        "listening": {"c": {"listening": [["192.0.2.3", 5671]]}},
        "stopped": {"c": {"lasted": lasted}},
        "tried": {"a": {"connect": ["refused"]}},
    }
    assert [one.check for one in report.of_paths(answers, {})] == checks


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("HOST-010", ["HOST-010"]),
        ("HOST-010, INV-001:x", ["HOST-010", "INV-001:x"]),
        (["A"], ["A"]),
        (None, []),
        ("", []),
    ],
)
def test_waivers(given: Any, expected: list[str]) -> None:
    assert waivers(given) == expected
