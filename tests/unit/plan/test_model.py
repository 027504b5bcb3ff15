"""A plan as a file, what makes it stale, and whether what was done is what was planned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible.module_utils.corbel import plan_digests, plan_model
from ansible.module_utils.corbel.plan_collect import Item
from ansible.module_utils.corbel.plan_model import PlanError, read, stale, to_text, write

from tests.unit.plan.samples import CONF, plan

ROOT = Path(__file__).resolve().parents[3]


def test_a_plan_is_read_as_it_was_written_and_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "plan.json"
    write(path, to_text(plan()))
    write(path, to_text(plan()))
    assert read(path) == plan()
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "found No such file or directory, expected a plan; make one with playbooks/plan.yml"),
        ("{", "found no JSON"),
        ("[]", "found version list, expected a plan of version 1"),
        ('{"version": 7}', "found version 7, expected a plan of version 1"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "plan.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PlanError, match=message):
        read(path)


def test_a_plan_that_was_edited_is_refused(tmp_path: Path) -> None:
    path, data = tmp_path / "plan.json", plan().data()
    data["items"] = data["items"][1:]
    path.write_text(json.dumps(data))
    with pytest.raises(PlanError, match="its changes are not those it was saved with"):
        read(path)


def test_a_plan_of_the_present_is_not_stale() -> None:
    assert stale(plan(), replace(plan(), made="later", failures={})) == []


def test_everything_that_moved_is_named() -> None:
    now = plan()
    now.asked = {"limit": "compute"}
    now.inventory = {"mycloud/hosts.yml": "other", "mycloud/host_vars/a.yml": "new"}
    now.variables = {"nova_workers": "1"}
    now.code = {"roles/nova/templates/nova.conf.j2": "other"}
    now.failures = {"compute1": "it cannot be reached"}
    first = now.items[0]
    now.items = [replace(first, diff=("-workers = 3", "+workers = 4")), *now.items[1:-1]]
    now.items.append(Item("compute1", "nova_compute", "unit", "nova-compute.service", "restart", "by hand"))
    text = "\n".join(stale(plan(), now))
    for line in (
        "option limit was not given and is compute",
        "inventory file mycloud/hosts.yml has changed",
        "inventory file mycloud/group_vars/all/corbel.yml is gone",
        "inventory file mycloud/host_vars/a.yml is new",
        "extra variable nova_workers is new",
        "code file roles/nova/templates/nova.conf.j2 has changed",
        "host compute1 could not be planned now: it cannot be reached",
        "state of host compute1, service nova_compute: restart unit nova-compute.service was not planned",
        f"state of host controller1, service nova: change file {CONF} is another change",
        "state of host localhost, service secrets: create secret heat_domain_admin is not needed any more",
    ):
        assert line in text


def test_what_is_measured_may_move_and_the_file_is_still_whole(tmp_path: Path) -> None:
    saved, now = plan(), replace(plan(), failures={})
    saved.items, now.items = (
        [Item("storage1", "cinder_volume", "volume", "move what is on /dev/b", "change", measured=size)]
        for size in ("3 GiB", "4 GiB")
    )
    assert stale(saved, now) == []
    now.items = [replace(now.items[0], reason="another")]
    assert "is another change" in "\n".join(stale(saved, now))
    write(tmp_path / "plan.json", to_text(saved))
    assert read(tmp_path / "plan.json").items[0].measured == "3 GiB"


def test_a_plan_of_another_playbook_is_not_applied() -> None:
    assert stale(replace(plan(), playbook="resources.yml"), replace(plan(), failures={})) == [
        "the plan is of playbook resources.yml, not of site.yml"
    ]


def test_inventory_and_code_have_a_digest_each(tmp_path: Path) -> None:
    for name in ("cloud/hosts.yml", "cloud/group_vars/all.yml", "cloud/certificates/ca.key", "cloud/.draft"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a")
    found = plan_digests.inventory([str(tmp_path / "cloud")])
    assert sorted(found) == ["cloud/group_vars/all.yml", "cloud/hosts.yml"]
    beside = plan_digests.inventory([str(tmp_path / "cloud" / "hosts.yml")])
    assert sorted(beside) == ["group_vars/all.yml", "hosts.yml"]
    (tmp_path / "cloud" / "hosts.yml").write_text("b")
    assert plan_digests.moved("inventory file", found, plan_digests.inventory([str(tmp_path / "cloud")])) == [
        "inventory file cloud/hosts.yml has changed"
    ]


def test_the_code_is_all_that_decides_what_a_run_does() -> None:
    found = plan_digests.code(ROOT)
    wanted = {"roles/nova/templates/nova.conf.j2", "library/service_bundle.py", "playbooks/site.yml", "ansible.cfg"}
    assert wanted <= set(found)
    for pattern in (
        *(f"roles/*/{folder}/**/*" for folder in ("tasks", "defaults", "vars", "templates", "files")),
        *("*_plugins/*.py", "library/*.py", "module_utils/corbel/*.py", "module_utils/corbel/calls/*.py"),
    ):
        there = {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern) if path.is_file()}
        there = {name for name in there if "__pycache__" not in name}
        assert there
        assert there <= set(found)
    assert [name for name in found if "__pycache__" in name or "/molecule/" in name] == []


def test_the_name_of_the_plan_is_no_variable_of_the_cloud() -> None:
    assert list(plan_digests.variables({"plan": "/x", "nova_workers": 2})) == ["nova_workers"]


def test_the_version_is_in_the_file() -> None:
    assert json.loads(to_text(plan()))["version"] == plan_model.VERSION
