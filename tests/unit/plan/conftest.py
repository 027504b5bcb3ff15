"""A small project with its own site.yml and inventory, and the playbooks and plugins of the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import run_journal

ROOT = Path(__file__).resolve().parents[3]
SITE = """---
- name: Prepare
  hosts: all
  gather_facts: false
  tasks:
    - name: Write the motto
      ansible.builtin.copy:
        content: "{{ motto }}\\n"
        dest: "{{ place }}/motto"
        mode: "0600"

    - name: Write a password
      ansible.builtin.copy:
        content: "canary-{{ motto }}\\n"
        dest: "{{ place }}/password"
        mode: "0600"
      no_log: true

    - name: Look around
      ansible.builtin.command: {argv: [ls, "{{ place }}"]}
      changed_when: false

    - name: Do a deed
      ansible.builtin.command: {argv: [touch, "{{ place }}/{{ item }}"], creates: "{{ place }}/{{ item }}"}
      loop: [first, second]

- name: Write elsewhere
  import_playbook: service.yml
  vars: {service: glance}
"""
SERVICE = """---
- name: Deploy a service
  hosts: all
  gather_facts: false
  serial: 1
  tasks:
    - name: Write what a service needs
      ansible.builtin.include_tasks: tasks.yml
"""
TASKS = """---
- name: Write the configuration
  ansible.builtin.copy:
    content: "workers = 2\\n"
    dest: "{{ place }}/glance.conf"
    mode: "0600"
"""
INVENTORY = """---
all:
  hosts:
    one: {place: "%(place)s/one"}
    two: {place: "%(place)s/two"}
  vars: {ansible_connection: local, ansible_python_interpreter: "%(python)s", corbel_cloud: smallcloud}
"""


class Project:
    """A folder to run playbooks in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = run_journal.state_folder([str(folder / "small")], {"CORBEL_STATE": str(folder / "state")}) / "plan"
        for name in ("plan.yml", "apply.yml"):
            (folder / "playbooks").mkdir(exist_ok=True)
            shutil.copy(ROOT / "playbooks" / name, folder / "playbooks" / name)
        for name, text in (("site.yml", SITE), ("service.yml", SERVICE), ("tasks.yml", TASKS)):
            (folder / "playbooks" / name).write_text(text)
        (folder / "small" / "group_vars").mkdir(parents=True)
        names = {"place": folder / "hosts", "python": sys.executable}
        (folder / "small" / "hosts.yml").write_text(INVENTORY % names)
        (folder / "small" / "group_vars" / "all.yml").write_text("---\nmotto: plan first\n")
        for host in ("one", "two"):
            (folder / "hosts" / host).mkdir(parents=True)

    def run(self, playbook: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "small", f"playbooks/{playbook}"]
        kept = {name: os.environ[name] for name in ("PATH", "LC_ALL") if name in os.environ}
        folders = {
            f"ANSIBLE_{name}": str(ROOT / folder)
            for name, folder in (
                ("LIBRARY", "library"),
                ("MODULE_UTILS", "module_utils"),
                ("ACTION_PLUGINS", "action_plugins"),
                ("CALLBACK_PLUGINS", "callback_plugins"),
            )
        }
        own = {"HOME": str(self.folder), "CORBEL_STATE": str(self.folder / "state"), "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [*command, *options],
            cwd=self.folder,
            env={**kept, **folders, **own, "ANSIBLE_NOCOLOR": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def plan(self) -> dict[str, Any]:
        """The saved plan."""
        data: dict[str, Any] = json.loads((self.state / "plan.json").read_text())
        return data

    def apply(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("apply.yml", "-e", f"plan={self.state / 'plan.json'}", *options)

    def on_hosts(self) -> list[str]:
        """Files on the hosts."""
        hosts = self.folder / "hosts"
        return sorted(str(path.relative_to(hosts)) for path in hosts.rglob("*") if path.is_file())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
