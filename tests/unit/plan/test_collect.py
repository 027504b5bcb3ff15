"""What results of tasks say about changes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel.plan_change import Change, told
from ansible.module_utils.corbel.plan_collect import Item, Task, from_data, items, merged, order

CHECK = "Command would have run if not in check mode"


def task(action: str, arguments: dict[str, Any] | None = None, read_only: bool = False) -> Task:
    return Task("one", "nova", action, "Step | Do it", arguments or {}, read_only)


def facts(found: list[Item]) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.name, one.action, one.reason) for one in found]


def test_a_module_of_ours_tells_its_changes_and_each_file_has_its_diff() -> None:
    result = {
        "changed": True,
        **told([Change("file", "/etc/a", "change"), Change("unit", "a.service", "restart", "changed: /etc/a")]),
        "diff": [
            {"before_header": "/etc/a", "after_header": "/etc/a", "before": "x = 1\n", "after": "x = 2\n"},
            {"prepared": "restart a.service: changed: /etc/a\n"},
        ],
    }
    found = items(task("service_bundle"), result)
    assert facts(found) == [
        ("file", "/etc/a", "change", ""),
        ("unit", "a.service", "restart", "changed: /etc/a"),
    ]
    assert found[0].diff == ("@@ -1 +1 @@", "-x = 1", "+x = 2")
    assert found[1].diff == ()


def test_a_hidden_result_tells_names_and_no_content() -> None:
    changes = told([Change("database", "account nova: password set", "change")])
    result = {"changed": True, "_ansible_no_log": True, "censored": "hidden", "diff": {"after": "canary"}, **changes}
    (found,) = items(task("database_account"), result)
    assert (found.kind, found.hidden, found.diff) == ("database", True, ())


def test_a_hidden_result_of_another_module_says_that_something_changes() -> None:
    (found,) = items(task("ansible.builtin.thing"), {"changed": True, "_ansible_no_log": True})
    assert (found.kind, found.name, found.hidden) == ("other", "Step | Do it", True)


def test_objects_have_their_own_part_of_a_diff() -> None:
    result = {
        "changed": True,
        **told([Change("identity", "user 'a'", "create"), Change("identity", "role 'b'", "delete")]),
        "diff": {"before": {"role 'b'": {"present": True}}, "after": {"user 'a'": {"enabled": True}}},
    }
    user, role = items(task("keystone_resources"), result)
    assert '+ "enabled": true' in user.diff
    assert '- "present": true' in role.diff


@pytest.mark.parametrize(
    ("action", "result", "expected"),
    [
        ("ovs_bridges", {"changes": ["add bridge br-ex"]}, [("bridge", "add bridge br-ex", "change", "")]),
        (
            "release",
            {"missing": ["control"], "release_id": "2026.1-a"},
            [("release", "control of 2026.1-a", "lay down", "")],
        ),
        (
            "swift_ring",
            {
                "rings": [{"name": "object", "changed": True, "steps": ["add disk"]}, {"name": "x", "changed": False}],
                "report": ["object: add disk", "object: 12 partitions move"],
            },
            [("ring", "object", "change", "add disk; 12 partitions move")],
        ),
        ("swift_ring_files", {"differing": ["object"]}, [("file", "/etc/swift/object.ring.gz", "change", "")]),
        ("swift_devices", {"given": ["d1"]}, [("disk", "d1", "give to Swift", "")]),
        ("galera_bootstrap", {"files": ["/x"]}, [("other", "Galera cluster", "make", "there is none yet")]),
        (
            "cloud_resources",
            {"changes": [{"kind": "flavor", "name": "tiny", "action": "update", "options": ["ram"]}]},
            [("resource", "flavor tiny", "update", "ram")],
        ),
    ],
)
def test_results_by_module(action: str, result: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    assert facts(items(task(action), {"changed": True, **result})) == expected


def test_how_long_a_ring_waits_is_measured() -> None:
    waiting = ["2 changes of ring object must wait: 59 min are left"]
    ring = {"name": "object", "changed": True, "steps": ["set port"], "waiting": waiting}
    (found,) = items(
        task("swift_ring"),
        {"changed": True, "rings": [ring], "report": ["object: set port", f"object: {waiting[0]}"]},
    )
    assert (found.reason, found.measured) == ("set port", waiting[0])


@pytest.mark.parametrize(
    ("action", "arguments", "expected"),
    [
        ("ansible.builtin.template", {"dest": "/a"}, ("file", "/a", "change", "")),
        ("ansible.builtin.file", {"path": "/a", "state": "directory"}, ("directory", "/a", "change", "")),
        ("ansible.builtin.file", {"path": "/a", "state": "absent"}, ("file", "/a", "remove", "")),
        ("ansible.builtin.systemd_service", {"name": "a", "state": "restarted"}, ("unit", "a", "restart", "")),
        ("ansible.builtin.shell", {}, ("other", "Step | Do it", "run", "")),
    ],
)
def test_actions_of_ansible(action: str, arguments: dict[str, str], expected: tuple[str, ...]) -> None:
    assert facts(items(task(action, arguments), {"changed": True})) == [expected]


def test_a_command_that_check_mode_skips_is_planned_unless_it_only_reads() -> None:
    skipped = {"changed": False, "msg": CHECK}
    assert facts(items(task("ansible.builtin.command"), skipped, skipped=True)) == [
        ("other", "Step | Do it", "run", "")
    ]
    assert items(task("ansible.builtin.command", read_only=True), skipped, skipped=True) == []
    assert items(task("ansible.builtin.command"), {"skip_reason": "Conditional result was False"}, skipped=True) == []


def test_what_the_run_itself_needs_is_no_change() -> None:
    assert items(task("community.general.haproxy"), {"changed": True}) == []
    assert items(task("haproxy_servers"), {"changed": True, "changes": ["server a/b put back"]}) == []
    assert items(task("service_bundle"), {"changed": False}) == []


def test_secrets_and_authorities_are_made_on_the_controlling_machine() -> None:
    for kind in ("secret", "authority"):
        (found,) = items(task("secrets_file"), {"changed": True, **told([Change(kind, "a", "create")])})
        assert found.host == "localhost"


def test_a_change_that_several_services_need_is_said_once() -> None:
    first = Item("one", "nova", "account", "nova", "change")
    again = Item("one", "nova_compute", "account", "nova", "change")
    assert merged([first, again, first]) == [first]


def test_the_order_is_that_of_hosts_then_services_then_kinds() -> None:
    found = [
        Item("localhost", "secrets", "secret", "x", "create"),
        Item("two", "nova", "unit", "a.service", "restart"),
        Item("two", "nova", "file", "/b", "change"),
        Item("two", "host_base", "unit", "z", "start"),
        Item("one", "nova", "file", "/b", "change"),
    ]
    sorted_ = order(found, ["host_base", "nova"])
    assert [(one.host, one.service, one.kind) for one in sorted_] == [
        ("one", "nova", "file"),
        ("two", "host_base", "unit"),
        ("two", "nova", "file"),
        ("two", "nova", "unit"),
        ("localhost", "secrets", "secret"),
    ]
    assert order(reversed(sorted_), ["host_base", "nova"]) == sorted_


def test_an_item_survives_json() -> None:
    item = Item("one", "nova", "file", "/a", "change", "why", ("-a", "+b"), True)
    assert from_data(item.data()) == item
