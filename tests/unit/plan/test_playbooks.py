"""plan.yml, apply.yml and explain.yml through real runs of Ansible."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.unit.plan.conftest import ROOT, Project


def test_a_plan_changes_nothing_is_saved_and_is_applied_once(project: Project) -> None:
    planned = project.run("plan.yml")
    assert planned.returncode == 0, planned.stdout
    assert "PLAN for smallcloud: 10 changes on 2 hosts" in planned.stdout
    assert "canary" not in planned.stdout
    assert project.on_hosts() == []
    page = (project.state / "plan.html").read_text()
    assert "Do a deed (second)" in page
    assert "canary" not in page + (project.state / "plan.json").read_text()
    assert {path.stat().st_mode & 0o777 for path in project.state.iterdir()} == {0o600}
    services = {item["service"] for item in project.plan()["items"]}
    assert services == {"Prepare", "glance"}

    applied = project.apply()
    assert applied.returncode == 0, applied.stdout
    assert "Plan applied: 10 changes made, all of them planned" in applied.stdout
    names = ["first", "glance.conf", "motto", "password", "second"]
    assert project.on_hosts() == [f"{host}/{name}" for host in ("one", "two") for name in names]
    # From here the next plan knows how long it takes.
    assert [path.name.partition("-")[0] for path in (project.state.parent / "reports").iterdir()] == ["apply"]

    again = project.apply()
    assert again.returncode != 0
    assert "state of host one, service glance: create file" in again.stdout + again.stderr
    assert "glance.conf is not needed any more" in again.stdout + again.stderr


def test_the_plan_alone_prints_differences_unless_ansible_is_asked_for_them_too(project: Project) -> None:
    for host in ("one", "two"):
        (project.folder / "hosts" / host / "glance.conf").write_text("workers = 1\n")

    def printed(playbook: str, *options: str, **environment: str) -> tuple[int, int]:
        ran = project.run(playbook, *options, **environment)
        tasks, _, plan = ran.stdout.partition("PLAN for")
        return tasks.count("+workers = 2"), plan.count("+workers = 2")

    assert printed("plan.yml") == (0, 2)
    assert printed("plan.yml", ANSIBLE_STDOUT_CALLBACK="minimal") == (0, 2)
    assert printed("plan.yml", "--diff") == (2, 2)
    assert printed("site.yml", "--check", "--diff") == (2, 2)


def test_a_plan_is_refused_when_something_moved_and_nothing_is_changed(project: Project) -> None:
    assert project.run("plan.yml").returncode == 0
    (project.folder / "small" / "group_vars" / "all.yml").write_text("---\nmotto: another\n")
    refused = project.apply("-e", "further=1")
    assert refused.returncode != 0
    for moved in ("inventory file small/group_vars/all.yml has changed", "extra variable further is new"):
        assert moved in refused.stdout
    assert project.on_hosts() == []


def test_what_goes_beyond_the_plan_is_told(project: Project) -> None:
    """The host moves after the comparison: the run itself makes another file than in check mode."""
    tasks = project.folder / "playbooks" / "tasks.yml"
    tasks.write_text(tasks.read_text() + BEYOND)
    assert project.run("plan.yml").returncode == 0
    applied = project.apply()
    assert applied.returncode != 0
    assert "not the plan: 1 change beyond it" in applied.stdout + applied.stderr


def test_what_was_planned_and_not_made_is_told(project: Project) -> None:
    """What a run leaves out although check mode has it."""
    tasks = project.folder / "playbooks" / "tasks.yml"
    tasks.write_text(tasks.read_text() + BEYOND.replace("not ansible_check_mode", "ansible_check_mode"))
    assert project.run("plan.yml").returncode == 0
    applied = project.apply()
    assert applied.returncode != 0
    assert "not the plan: 1 change of it not made: create file" in applied.stdout + applied.stderr


BEYOND = """
- name: Surprise
  ansible.builtin.copy: {content: x, dest: "{{ place }}/surprise", mode: "0600"}
  when: not ansible_check_mode and inventory_hostname == 'one'
"""


def test_the_first_run_after_a_plan_notes_what_it_changed(project: Project) -> None:
    folder = project.folder / "kept"
    plan, record = folder / "plan.json", folder / "plan.applied.json"
    assert project.run("site.yml", "--check", CORBEL_PLAN=str(folder)).returncode == 0
    # Another playbook is not what was planned.
    (project.folder / "playbooks" / "other.yml").write_text((project.folder / "playbooks" / "service.yml").read_text())
    assert project.run("other.yml", CORBEL_PLAN=str(folder)).returncode == 0
    assert not record.exists()
    assert project.run("site.yml", CORBEL_PLAN=str(folder)).returncode == 0
    noted = record.read_text()
    assert {item["service"] for item in json.loads(noted)["items"]} == {"Prepare"}
    # A second run, which changes something else, does not hide what the first one did.
    (project.folder / "hosts" / "one" / "motto").unlink()
    assert project.run("site.yml", CORBEL_PLAN=str(folder)).returncode == 0
    assert record.read_text() == noted
    # A plan of nothing is saved too, and nothing has been done of it.
    assert project.run("site.yml", "--check", CORBEL_PLAN=str(folder)).returncode == 0
    assert (json.loads(plan.read_text())["items"], record.exists()) == ([], False)


def test_without_the_plugin_plan_yml_runs_nothing(project: Project) -> None:
    for options in ([], ["--skip-tags", "always"]):
        ran = project.run("plan.yml", *options, ANSIBLE_CALLBACK_PLUGINS="/nonexistent")
        assert "Write the motto" not in ran.stdout or "changed=0" in ran.stdout
        assert project.on_hosts() == []
    assert "plan.yml is not in check mode" in project.run("plan.yml", ANSIBLE_CALLBACK_PLUGINS="/nonexistent").stdout


def test_apply_without_a_plan_says_what_it_needs(project: Project) -> None:
    ran = project.run("apply.yml", "--skip-tags", "always")
    assert project.on_hosts() == []
    assert ran.returncode == 0
    ran = project.run("apply.yml")
    assert "no plan is given, expected -e plan=" in ran.stdout + ran.stderr


def test_a_line_is_explained_and_its_secrets_are_not(tmp_path: Path) -> None:
    inventory = tmp_path / "cloud"
    shutil.copytree(ROOT / "inventory" / "ha", inventory)
    names = ("nova_database", "nova_queue", "nova_identity", "neutron_metadata", "keystone_admin")
    secrets = {name: f"canary{number}aa11bb22cc33" for number, name in enumerate(names)}
    (inventory / "group_vars/all/secrets.yml").write_text(json.dumps({"corbel_secrets": secrets}))
    (inventory / "group_vars/all/more.yml").write_text(
        "---\ncorbel_workers: 4\nnova_conf_overrides:\n  DEFAULT:\n    debug: true\n"
    )

    def explain(*options: str) -> str:
        playbook = Path(sys.executable).with_name("ansible-playbook")
        command = [str(playbook), "-i", str(inventory), "playbooks/explain.yml", "-e", "host=controller1", *options]
        environment = {**os.environ, "HOME": str(tmp_path), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    whole = explain("-e", "file=/etc/nova/nova.conf")
    assert "canary" not in whole
    for line in (
        "workers = 4",
        "roles/nova/templates/nova.conf.j2:34",
        f"corbel_workers = 4 (group all, {inventory}/group_vars/all/more.yml:2)",
        f"override  nova_conf_overrides ({inventory}/group_vars/all/more.yml:5)",
        "roles/openstack_service/templates/_macros.j2:12, called at roles/nova/templates/nova.conf.j2:31",
        "corbel_region = RegionOne (role default, roles/corbel/defaults/main.yml:5)",
    ):
        assert line in whole
    assert "roles/host_base/templates/hosts.j2:6" in explain("-e", "file=/etc/hosts")
    assert "did you mean /etc/nova/nova.conf?" in explain("-e", "file=/etc/nova/nova.cnf")
    assert "did you mean workers?" in explain("-e", "file=/etc/nova/nova.conf", "-e", "option=conductor/worker")
