"""The template work of the roles as plain Ansible tasks, made from the roles themselves so that it cannot fall behind.

In a copy of the roles every task `service_bundle` becomes loops over apt, group, user, file, template, copy and
systemd_service with the same lists, and all that is not on the way to such a task is left out. Templates, variables,
conditions and includes are those of the roles. Argument specifications are left out, so that nothing is counted
against plain tasks that they do not need.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PROFILE = ROOT / "inventory/profiles/standard.yml"
EVERYWHERE = "controller:network:compute:storage"
INFRASTRUCTURE = (
    (EVERYWHERE, "host_base"),
    (EVERYWHERE, "release"),
    ("database", "galera"),
    ("message_queue", "rabbitmq"),
    ("memcached", "memcached"),
    ("load_balancer", "haproxy"),
    ("load_balancer", "keepalived"),
)
# What templates are given by the bundle, one by one: a task cannot take a whole dictionary as its variables.
OF_TEMPLATES = (
    "entry",
    "api",
    "daemon",
    "device",
    "devices",
    "interface",
    "interfaces",
    "key_set",
    "key_number",
    "root",
)
# What left-out tasks would have registered.
REGISTERED = {
    "__keepalived_found": {"stdout": '[{"ifname": "eth0"}]'},
    "__cinder_volume_kernel_target": {"rc": 0},
    "__cinder_volume_groups": {"results": [{"stable_paths": ["/dev/disk/by-id/volumes1"]}]},
    "__swift_storage_held": {"held": [], "mounted": []},
    "__nova_compute_host": {"virt_type": "kvm", "ssh_host_keys": ["ssh-ed25519 AAAA"]},
    "__nova_compute_others": {"results": []},
}
KEPT = ("when", "vars", "no_log")
OWNED = {
    "owner": "{{ item.owner | default('root') }}",
    "group": "{{ item.group | default('root') }}",
    "mode": "{{ item.mode | default('0644') }}",
}
UNITS = "/etc/systemd/system"


class UntranslatableError(Exception):
    """A role has what this does not know how to say with plain tasks."""


def plain_tasks(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Say with plain tasks what a bundle has."""
    bundle = task["service_bundle"]
    lists = {name: bundle.get(name) or [] for name in ("packages", "groups", "users", "directories", "files", "units")}
    kept = {key: task[key] for key in KEPT if key in task}
    variables = {**kept.pop("vars", {}), **{f"plain_{name}": value for name, value in lists.items() if value}}
    block = list(_of_lists(lists))
    return [{"name": task["name"], "block": block, "vars": variables, **kept}] if block else []


def _of_lists(lists: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if lists["packages"]:
        yield {"name": "Install packages", "ansible.builtin.apt": {"name": "{{ plain_packages }}"}}
    if lists["groups"]:
        yield _loop("Have groups", "group", "plain_groups", {"name": "{{ item }}", "system": True}, label="item")
    if lists["users"]:
        user = {"name": "{{ item.name }}", "groups": "{{ item.groups | default([]) }}", "system": True}
        yield _loop("Have accounts", "user", "plain_users", user)
    if lists["directories"]:
        directory = {
            "path": "{{ item.path }}",
            "state": "directory",
            **OWNED,
            "mode": "{{ item.mode | default('0755') }}",
        }
        yield _loop("Have directories", "file", "plain_directories", directory, label="item.path")
    if lists["files"]:
        yield _templates("Write files from templates", "plain_files", "{{ item.path }}", label="item.path")
        content = {"content": "{{ item.content }}", "dest": "{{ item.path }}", **OWNED}
        yield _loop("Write other files", "copy", _with("plain_files", "content"), content, label="item.path")
    if lists["units"]:
        yield from _of_units()


def _of_units() -> Iterator[dict[str, Any]]:
    path = f"{UNITS}/{{{{ item.name }}}}"
    yield _templates("Write units from templates", "plain_units", path, label="item.name")
    text = {"content": "{{ item.content }}", "dest": path, **OWNED}
    yield _loop("Write other units", "copy", _with("plain_units", "content"), text)
    folder = {"path": f"{path}.d", "state": "directory", "mode": "0755"}
    yield _loop("Have folders for drop-ins", "file", _with("plain_units", "drop_in_template"), folder)
    drop_in = {"src": "{{ item.drop_in_template }}", "dest": f"{path}.d/50-corbel.conf", "mode": "0644"}
    yield _loop("Write drop-ins", "template", _with("plain_units", "drop_in_template"), drop_in)
    state = {
        "name": "{{ item.name }}",
        "enabled": "{{ omit if item.enabled | default(true) is none else item.enabled | default(true) }}",
        "state": "{{ omit if item.state | default('started') == 'any' else item.state | default('started') }}",
    }
    yield _loop("Enable and start units", "systemd_service", "plain_units", state)


def _with(name: str, key: str) -> str:
    return f"{name} | selectattr('{key}', 'defined') | list"


def _templates(title: str, name: str, path: str, label: str) -> dict[str, Any]:
    made = _loop(
        title, "template", _with(name, "template"), {"src": "{{ item.template }}", "dest": path, **OWNED}, label
    )
    return {**made, "vars": {key: f"{{{{ item.variables.{key} }}}}" for key in OF_TEMPLATES}}


def _loop(title: str, module: str, items: str, options: dict[str, Any], label: str = "item.name") -> dict[str, Any]:
    return {
        "name": title,
        f"ansible.builtin.{module}": options,
        "loop": f"{{{{ {items} }}}}",
        "loop_control": {"label": f"{{{{ {label} }}}}"},
    }


class Translation:
    """A copy of the roles in plain tasks."""

    def __init__(self, roles: Path, target: Path) -> None:
        self.roles, self.target = roles, target
        self.made: dict[str, bool] = {}

    def role(self, name: str) -> None:
        """Copy a role: its tasks translated, what tasks use by reference."""
        target = self.target / name
        target.mkdir(parents=True)
        for part in sorted((self.roles / name).iterdir()):
            if part.name in ("templates", "defaults", "vars", "files"):
                (target / part.name).symlink_to(part)
        meta = self.roles / name / "meta/main.yml"
        (target / "meta").mkdir()
        (target / "meta/main.yml").symlink_to(meta)
        for path in sorted((self.roles / name / "tasks").glob("*.yml")):
            (target / "tasks").mkdir(exist_ok=True)
            tasks = [made for task in _load(path) for made in self.task(name, task)]
            (target / "tasks" / path.name).write_text(_dump(tasks), encoding="utf-8")

    def task(self, role: str, task: dict[str, Any]) -> list[dict[str, Any]]:
        """Translate a task; none if it leads to no bundle."""
        if "block" in task:
            raise UntranslatableError(f"role {role}, task {task.get('name')}: found a block, expected single tasks")
        if "service_bundle" in task:
            return plain_tasks(task)
        for kind in ("include_role", "include_tasks", "import_tasks"):
            included = task.get(f"ansible.builtin.{kind}")
            if included is None:
                continue
            other, file = (role, included) if isinstance(included, str) else _of_role(included)
            lends = isinstance(included, dict) and included.get("public")
            return [task] if "{{" not in other and (lends or self.leads(other, file)) else []
        return []

    def leads(self, role: str, file: str) -> bool:
        """Say whether a file of tasks has a bundle, itself or through what it includes."""
        key = f"{role}/{file}"
        if key not in self.made:
            self.made[key] = False
            path = self.roles / role / "tasks" / file
            self.made[key] = any(self.task(role, task) for task in _load(path))
        return self.made[key]


def _of_role(included: dict[str, Any]) -> tuple[str, str]:
    return included["name"], f"{str(included.get('tasks_from', 'main')).removesuffix('.yml')}.yml"


def _load(path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or []


def _dump(data: Any) -> str:
    return "---\n" + yaml.safe_dump(data, sort_keys=False, width=1000)


def write(folder: Path) -> Path:
    """Write roles and the playbook that has the plays of site.yml for them; give the playbook."""
    roles = folder / "roles"
    translation = Translation(ROOT / "roles", roles)
    for path in sorted((ROOT / "roles").iterdir()):
        if (path / "meta/main.yml").is_file():
            translation.role(path.name)
    services = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))["corbel_services"]
    plays = [_play(hosts, role) for hosts, role in (*INFRASTRUCTURE, *((name, name) for name in services))]
    (folder / "registered.yml").write_text(_dump(REGISTERED), encoding="utf-8")
    playbook = folder / "plain.yml"
    playbook.write_text(_dump(plays), encoding="utf-8")
    return playbook


def _play(hosts: str, role: str) -> dict[str, Any]:
    return {"name": f"Write what {role} needs", "hosts": hosts, "become": True, "gather_facts": False, "roles": [role]}
