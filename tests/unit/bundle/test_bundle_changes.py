"""What a bundle tells the plan: every change by name, the same in check mode, and no secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.corbel import bundle_report
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.comparison_result import words
from ansible.module_utils.corbel.plan_change import permitted

from tests.unit.bundle.conftest import API, CONF, demo
from tests.unit.bundle.fake_host import FakeHost


def changes(outcome: Any) -> set[tuple[str, str, str]]:
    return {(one.kind, one.name, one.action) for one in bundle_report.changes(outcome)}


def test_a_first_run_is_told_by_kind(host: FakeHost) -> None:
    planned = changes(host.apply(demo(), check=True))
    assert {
        ("file", CONF, "create"),
        ("directory", "/etc/demo", "create"),
        ("account", "group demo", "create"),
        ("account", "user demo", "create"),
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
    assert {"kind": "file", "name": CONF, "action": "change"} in told
    assert {"kind": "unit", "name": API, "action": "restart", "reason": f"changed: {CONF}"} in told
    assert "abcdef0123456789" not in json.dumps(told)


def test_a_comparison_tells_what_a_bundle_notes_of_itself_only_where_nothing_else_changes(host: FakeHost) -> None:
    host.apply(demo())
    changed = bundle_report.result(host.apply(demo("a = 2\n"), check=True))
    assert f"forget with which configuration {API} runs" in changed["bookkeeping"]
    assert words("Deploy", changed)[0].startswith(f"change {CONF}")
    assert not set(words("Deploy", changed)) & set(changed["bookkeeping"])
    (host.host.root / "etc/corbel/bundles/demo.json").unlink()
    only = bundle_report.result(host.apply(demo(), check=True))
    assert words("Deploy", only) == only["steps"] == only["bookkeeping"] != []


def test_units_that_another_task_restarts_are_left_to_it(host: FakeHost) -> None:
    host.apply(demo())
    kinds = {kind for kind, _, _ in changes(host.apply({**demo("a = 2\n"), "units_action": "report"}, check=True))}
    assert kinds == {"file"}


def test_a_unit_that_a_package_brings_enabled_is_planned_to_be_disabled(host: FakeHost) -> None:
    unit = {"name": "proxy.service", "enabled": False, "state": "stopped"}
    bundle = {"name": "agents", "packages": ["proxy"], "units": [unit]}
    assert ("unit", "proxy.service", "disable") in changes(host.apply(bundle, check=True))
    # A host without package and unit has nothing to disable.
    assert not {kind for kind, _, _ in changes(host.apply({**bundle, "packages": []}, check=True))} & {"unit"}


def test_what_goes_is_told(host: FakeHost) -> None:
    host.apply(demo())
    gone = changes(host.apply({"name": "demo", "state": "absent"}, check=True))
    assert ("file", CONF, "remove") in gone
    assert ("unit", API, "stop") in gone


def test_a_bundle_that_only_keeps_its_books_says_so(host: FakeHost) -> None:
    host.apply(demo())
    (host.root / "etc/corbel/bundles/demo.json").unlink()
    assert changes(host.apply(demo(), check=True)) == {("other", "records", "note")}


def keys(outcome: Any) -> list[list[str]]:
    found = bundle_report.changes(outcome)
    return [list(key) for one in found for key in permitted(one.kind, one.name, one.action)]


def test_a_plan_that_is_applied_allows_what_it_has(host: FakeHost) -> None:
    allowed = keys(host.apply(demo(), check=True))
    assert host.apply({**demo(), "allowed": allowed}).changed
    assert not host.apply({**demo(), "allowed": []}).changed


def test_a_host_that_moved_is_refused_before_anything_is_written(host: FakeHost) -> None:
    host.apply(demo())
    changed = demo("a = 2\n")
    allowed = keys(host.apply(changed, check=True))
    host.put("/etc/demo/extra.conf", "by hand\n")
    before = host.state()
    more = demo("a = 2\n")
    more["files"].append({"path": "/etc/demo/extra.conf", "content": "ours\n"})
    with pytest.raises(BundleError, match=r"does not have: change file /etc/demo/extra.conf; the host moved"):
        host.apply({**more, "allowed": allowed})
    assert host.state() == before


def test_units_that_another_task_restarts_must_be_planned_too(host: FakeHost) -> None:
    host.apply(demo())
    with pytest.raises(BundleError, match=f"restart unit {API}"):
        host.apply({**demo("a = 2\n"), "units_action": "report", "allowed": [["file", CONF, "there"]]})


def test_a_watched_file_that_the_run_would_change_restarts_units_in_check_mode(host: FakeHost) -> None:
    host.put("/etc/corbel/tls/host.pem", "old")
    bundle = {**demo(), "watch": ["/etc/corbel/tls/host.pem"]}
    host.apply(bundle)
    assert not host.apply(bundle, check=True).changed
    planned = host.apply({**bundle, "changing": ["/etc/corbel/tls/host.pem"]}, check=True)
    assert ("unit", API, "restart") in changes(planned)
