"""The list of all hosts: what mends each difference, the order, the table, the document."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import drift_plan, drift_report, plan_collect, ring_files
from ansible.module_utils.corbel.calls import swift_ring_files
from ansible.module_utils.corbel.drift_item import BROKEN, CHANGED, EXPOSED, Item, command, from_dict, merge
from ansible.module_utils.corbel.plan_collect import Task

INVENTORY = ["inventory/my cloud"]


def item(**changes: str) -> Item:
    good = {"kind": "file", "name": "/etc/nova/nova.conf", "found": "edited", "expected": "as deployed", "host": "c1"}
    return Item(**{**good, "bundle": "nova", **changes})


@pytest.mark.parametrize(
    ("bundle", "groups", "expected"),
    [
        ("nova", ["nova"], "playbooks/services.yml --tags nova --limit c1"),
        ("galera", ["database"], "playbooks/infrastructure.yml --tags galera --limit c1"),
        ("host_base", [], "playbooks/hosts.yml --tags host_base --limit c1"),
        ("hypervisor", ["nova_compute"], "playbooks/services.yml --tags nova_compute --limit c1"),
        ("iscsi_initiator", ["cinder_volume"], "playbooks/services.yml --tags cinder_volume --limit c1"),
        ("iscsi_initiator", ["cinder_volume", "nova_compute"], "playbooks/services.yml --tags nova_compute --limit c1"),
        ("swift_rings", ["swift"], "playbooks/rings.yml --tags swift_rings --limit c1"),
        ("client_access", [], "playbooks/client_access.yml"),
    ],
)
def test_the_verb_of_a_bundle(bundle: str, groups: list[str], expected: str) -> None:
    assert command(item(bundle=bundle), groups, INVENTORY) == f"ansible-playbook -i 'inventory/my cloud' {expected}"


def test_what_is_there_once_is_mended_by_a_run_over_all_hosts_of_the_service() -> None:
    wanted = "ansible-playbook -i 'inventory/my cloud' playbooks/services.yml --tags nova"
    assert command(item(kind="database"), [], INVENTORY) == wanted


def test_what_no_playbook_mends_is_a_command_of_the_host() -> None:
    assert command(item(bundle="", mend="apt-mark unhold nova"), [], INVENTORY) == "on c1: apt-mark unhold nova"
    both = command(item(mend="systemctl unmask nova-api.service"), [], INVENTORY)
    assert both.startswith("on c1: systemctl unmask nova-api.service; then ansible-playbook -i ")


def test_worst_first_by_host_and_each_once() -> None:
    first = [item(host="c2"), item(name="b", severity=BROKEN), item(name="a", severity=EXPOSED)]
    second = [item(host="c2", found="to change", severity=BROKEN), item(name="c")]
    found = merge(first, second)
    assert [(one.host, one.name, one.severity) for one in found] == [
        ("c1", "a", EXPOSED),
        ("c1", "b", BROKEN),
        ("c2", "/etc/nova/nova.conf", BROKEN),
        ("c1", "c", CHANGED),
    ]
    assert found[2].found == "edited"
    assert from_dict(found[0].as_dict()) == found[0]


def test_a_host_without_an_answer_is_an_item() -> None:
    found = drift_report.of_results({"c1": {"items": []}, "c2": {"unreachable": True}}, ["c1", "c2", "c3"])
    assert [(one.host, one.severity) for one in found] == [("c2", BROKEN), ("c3", BROKEN)]
    assert "nothing of it was compared" in found[0].found
    assert (
        command(found[0], [], ["hosts.yml"])
        == "ansible -i hosts.yml c2 -m ansible.builtin.ping; then mend what it names"
    )


def planned(**changes: Any) -> dict[str, Any]:
    good = {"host": "c1", "service": "nova", "kind": "file", "name": "/etc/nova/nova.conf", "action": "change"}
    return {**good, **changes}


def test_what_a_run_would_change_is_a_difference() -> None:
    rows = [
        planned(),
        planned(kind="unit", name="nova-api.service", action="restart", reason="changed: /etc/nova/nova.conf"),
        planned(kind="unit", name="nova-scheduler.service", action="start", reason="it is inactive (dead)"),
        planned(kind="unit", name="nova-scheduler.service", action="enable"),
        planned(kind="secret", host="localhost", name="nova_database", action="create"),
    ]
    found = drift_plan.differences(rows, [])
    assert [(one.kind, one.name, one.found, one.severity, one.bundle) for one in found] == [
        ("file", "/etc/nova/nova.conf", "to change", CHANGED, "nova"),
        ("unit", "nova-scheduler.service", "to start: it is inactive (dead)", BROKEN, "nova"),
        ("unit", "nova-scheduler.service at boot", "to enable", BROKEN, "nova"),
    ]


def test_what_was_read_of_accounts_is_not_said_again_in_the_words_of_a_plan() -> None:
    read = [item(kind="database", name="account nova: rights on `keystone`.*")]
    rows = [
        planned(kind="database", name="account nova: no rights on `keystone`.*"),
        planned(kind="database", name="account glance: password set", service="glance"),
    ]
    assert [one.name for one in drift_plan.differences(rows, read)] == ["account glance: password set"]


def test_what_was_read_on_one_host_hides_nothing_of_another() -> None:
    read = [item(kind="bridge", name="br-ex: port eth3", host="compute1", bundle="neutron_openvswitch")]
    rows = [
        planned(host=host, kind="bridge", name=f"add port eth3 on {host}", service="neutron_openvswitch")
        for host in ("compute1", "network1")
    ]
    assert [one.host for one in drift_plan.differences(rows, read)] == ["network1"]


@pytest.mark.parametrize("kind", ["database", "queue", "identity"])
def test_what_is_there_once_may_be_read_on_another_host_than_is_planned_for(kind: str) -> None:
    read = [item(kind=kind, name="account nova: missing", host="database1")]
    assert drift_plan.differences([planned(host="controller1", kind=kind, name="create account nova")], read) == []


def test_files_of_an_operator_are_no_part_of_the_cloud() -> None:
    rows = [
        planned(host="localhost", service="client_access", name="/srv/bob/.corbel/c/clouds.yaml", action="create"),
        planned(host="localhost", service="client_access", name="/srv/bob/.corbel/c/ca.pem", action="create"),
    ]
    assert drift_plan.differences(rows, []) == []


def test_a_damaged_ring_is_a_file_that_the_rings_playbook_mends(tmp_path: Path) -> None:
    ring = tmp_path / "object.ring.gz"
    ring.write_bytes(b"a ring")
    options: dict[str, Any] = {
        "state": "active",
        "directory": str(tmp_path),
        "group": "swift",
        "contents": {},
        "devices": [],
    }
    options["rings"] = [{"name": "object", "digest": ring_files.digest(ring)}]
    task = Task("storage1", "swift_rings", "swift_ring_files", "Take the new rings into use", options)

    def compared() -> list[Item]:
        changes = plan_collect.items(task, swift_ring_files.run(options, check=True))
        return drift_plan.differences([one.data() for one in changes], [])

    assert compared() == []
    ring.write_bytes(b"a ring\0")
    (found,) = compared()
    assert (found.host, found.kind, found.name, found.severity) == (
        "storage1",
        "file",
        "/etc/swift/object.ring.gz",
        CHANGED,
    )
    assert command(found, ["swift_storage"], INVENTORY).endswith(
        "playbooks/rings.yml --tags swift_rings --limit storage1"
    )
    assert ring.read_bytes() == b"a ring\0"


def test_a_comparison_that_did_not_get_to_its_end_is_drift() -> None:
    failures = {"c1": "Start: no such program", "c9": "it cannot be reached", "localhost": "Load: no password"}
    found = drift_plan.stops(failures, ["c1", "c2"])
    assert [(one.host, one.found) for one in found] == [
        ("c1", "not compared to the end: Start: no such program"),
        ("localhost", "not compared to the end: Load: no password"),
    ]
    assert command(found[0], [], INVENTORY) == (
        "ansible-playbook -i 'inventory/my cloud' playbooks/plan.yml; then mend what it names"
    )


ROWS = drift_report.rows(merge([item(), item(name="b", severity=EXPOSED, bundle="", mend="rm b")], []), {}, INVENTORY)


def test_the_table() -> None:
    assert drift_report.render(ROWS).splitlines() == [
        "exposed on c1",
        "  file      b",
        "            found     edited",
        "            expected  as deployed",
        "            mend      on c1: rm b",
        "",
        "changed on c1",
        "  file      /etc/nova/nova.conf",
        "            found     edited",
        "            expected  as deployed",
        "            mend      ansible-playbook -i 'inventory/my cloud' playbooks/services.yml --tags nova --limit c1",
    ]


def test_the_sentence() -> None:
    assert drift_report.summary(ROWS, "drift.json") == (
        "found 2 differences from the model on c1 (1 exposed, 1 changed), expected none; each is listed above and in "
        "drift.json with the command that mends it, nothing was changed on any host"
    )


def test_the_document_is_for_its_owner_and_replaces_the_last(tmp_path: Path) -> None:
    path = tmp_path / "reports/drift.json"
    results: list[list[dict[str, str]]] = [ROWS, []]
    for found in results:
        drift_report.write(path, drift_report.document(found, "corbel", ["c2", "c1"], "2026-11-29T00:00:00Z"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [child.name for child in path.parent.iterdir()] == ["drift.json"]
    written = json.loads(path.read_text())
    assert (written["version"], written["hosts"], written["items"]) == (1, ["c1", "c2"], [])
    assert written["counts"] == {"exposed": 0, "broken": 0, "changed": 0}
    content = drift_report.document(ROWS, "corbel", ["c1"], "2026-11-29T00:00:00Z")
    assert set(content["items"][0]) == {"host", "severity", "kind", "name", "found", "expected", "command"}
