"""What a bundle tells the plan: every change by name, the same in check mode, and no secret."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.corbel import bundle_report

from tests.unit.bundle.conftest import API, CONF, demo
from tests.unit.bundle.fake_host import FakeHost


def changes(outcome: Any) -> set[tuple[str, str, str]]:
    return {(one.kind, one.name, one.action) for one in bundle_report.changes(outcome)}


def test_a_first_run_is_told_by_kind(host: FakeHost) -> None:
    planned = changes(host.apply(demo(), check=True))
    assert {
        ("file", CONF, "create"),
        ("directory", "/etc/demo", "create"),
        ("account", "demo", "change"),
        ("unit", API, "enable"),
        ("unit", API, "start"),
    } <= planned
    assert changes(host.apply(demo())) == planned
    assert changes(host.apply(demo())) == set()


def test_a_change_is_told_with_its_reason_and_without_its_content(host: FakeHost) -> None:
    host.apply(demo("password = old-abcdef0123456789\n"))
    bundle = demo("password = new-abcdef0123456789\n")
    result = bundle_report.result(host.apply(bundle, check=True))
    told = result["results"][0]["plan"]
    assert {"kind": "file", "name": CONF, "action": "change", "reason": ""} in told
    assert {"kind": "unit", "name": API, "action": "restart", "reason": f"changed: {CONF}"} in told
    assert "abcdef0123456789" not in json.dumps(told)


def test_units_that_another_task_restarts_are_left_to_it(host: FakeHost) -> None:
    host.apply(demo())
    kinds = {kind for kind, _, _ in changes(host.apply({**demo("a = 2\n"), "units_action": "report"}, check=True))}
    assert kinds == {"file"}


def test_what_goes_is_told(host: FakeHost) -> None:
    host.apply(demo())
    gone = changes(host.apply({"name": "demo", "state": "absent"}, check=True))
    assert ("file", CONF, "remove") in gone
    assert ("unit", API, "stop") in gone


def test_a_bundle_that_only_keeps_its_books_says_so(host: FakeHost) -> None:
    host.apply(demo())
    (host.root / "etc/corbel/bundles/demo.json").unlink()
    assert changes(host.apply(demo(), check=True)) == {("other", "records", "note")}
