"""The report as a task of a real run: with a plan of a small site, and of a host that does not answer."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plan.conftest import Project

PLAYBOOK = """---
- name: List what differs
  hosts: all
  gather_facts: false
  tasks:
    - name: List it
      drift_report:
        cloud: small
        hosts: [one, two]
        results: "{{ results }}"
        plan: "{{ with_plan | default(true) }}"
        inventory: "{{ ansible_inventory_sources }}"
        file: "{{ place }}/../../drift.json"
      run_once: true
"""
FOUND = {
    "kind": "listener",
    "name": "tcp 8123",
    "found": "python3",
    "expected": "none",
    "mend": "kill 7",
    "bundle": "",
    "severity": "exposed",
    "host": "",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    (made.folder / "playbooks" / "drift.yml").write_text(PLAYBOOK)
    return made


def listed(project: Project) -> list[tuple[str, str, str]]:
    path = project.folder / "drift.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return [(row["host"], row["severity"], row["name"]) for row in json.loads(path.read_text())["items"]]


def drift(project: Project, results: dict[str, Any], *options: str) -> tuple[int, str]:
    done = project.run("drift.yml", "-e", json.dumps({"results": results}), *options)
    return done.returncode, done.stdout + done.stderr


def test_what_a_run_would_change_is_listed_beside_what_was_read_and_nothing_is_changed(project: Project) -> None:
    code, said = drift(project, {"one": {"items": [FOUND]}, "two": {"items": []}})
    assert code == 2
    rows = listed(project)
    assert rows[0] == ("one", "exposed", "tcp 8123")
    assert ("two", "broken", str(project.folder / "hosts/two/motto")) in rows
    assert "on one: kill 7" in said
    assert "--tags glance --limit two" in said
    assert "nothing was changed on any host" in said
    assert "canary" not in said + (project.folder / "drift.json").read_text()
    assert [path for path in (project.folder / "hosts").rglob("*") if path.is_file()] == []


def test_a_host_that_does_not_answer_keeps_no_other_from_being_compared(project: Project) -> None:
    code, said = drift(project, {"two": {"items": []}})
    assert code == 2
    hosts = {host for host, _, _ in listed(project)}
    assert hosts == {"one", "two"}
    assert [row for row in listed(project) if row[0] == "one"] == [("one", "broken", "one")]
    assert "ansible -i" in said


def test_without_drift_the_run_ends_well(project: Project) -> None:
    code, said = drift(project, {"one": {"items": []}, "two": {"items": []}}, "-e", '{"with_plan": false}')
    assert (code, listed(project)) == (0, [])
    assert "no drift: 2 hosts are as the model says" in said


def test_a_plan_that_cannot_be_made_is_drift(project: Project) -> None:
    (project.folder / "playbooks/site.yml").write_text("---\n- nonsense\n")
    code, _ = drift(project, {"one": {"items": []}, "two": {"items": []}})
    assert code == 2
    assert listed(project) == [("localhost", "broken", "check mode of site.yml")]
