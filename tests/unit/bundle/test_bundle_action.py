"""The action plugin: renders as ansible.builtin.template does, in one real run of ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SECRET = "abcdef0123456789ABCDEF"
TEMPLATE = """# {{ ansible_managed }}
{% from '_macros.j2' import greet with context %}
{% include '_part.j2' %}

[DEFAULT]
{% for number in [1, 2] %}
item = {{ number }}
{% endfor %}
braces = {{ braces }}
backslash = a\\nb
name = {{ greet(own) }} {{ host_variable }} {{ template_path }} {{ item_variable | default('none') }}
last = {{ lookup('ansible.builtin.env', 'HOME') | length > 0 }}
"""
DROP_IN = {"drop_in_template": "t.conf.j2", "variables": {"own": "{{ value }}"}}


def plugin() -> ModuleType:
    spec = spec_from_file_location("action_service_bundle", ROOT / "action_plugins/service_bundle.py")
    assert spec is not None and spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def write(path: Path, content: str | list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))


def task(name: str, **more: Any) -> dict[str, Any]:
    """Show what the bundle would write, and what the template module writes."""
    files: list[dict[str, Any]] = [
        {"path": f"/nonexistent/{name}/{kind}", "template": "t.conf.j2", "variables": {"own": "{{ value }}"}}
        for kind in ("plain", "secret")
    ]
    files[0]["mode"] = "0644"
    files[1] |= {"secret": True, "mode": "0600"}
    return {
        "name": f"Plan {name}",
        "service_bundle": {"name": "b", "files": files},
        "register": f"bundle_{name}",
        **more,
    }


def template(name: str, path: Path) -> dict[str, Any]:
    return {
        "name": f"Render {name}",
        "ansible.builtin.template": {"src": "t.conf.j2", "dest": str(path), "mode": "0600"},
        "vars": {"own": "{{ value }}"},
        "check_mode": False,
    }


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run a playbook with a role that includes another, and give what it registered."""
    folder = tmp_path_factory.mktemp("action")
    out = folder / "out.json"
    roles = folder / "roles"
    write(roles / "outer/templates/t.conf.j2", TEMPLATE)
    write(roles / "outer/templates/_part.j2", "# part of outer\n")
    write(
        roles / "inner/templates/_macros.j2",
        "{% macro greet(who) %}hello {{ who }} on {{ inventory_hostname }}{% endmacro %}\n",
    )
    write(roles / "inner/templates/_part.j2", "# part of inner\n")
    write(roles / "outer/tasks/main.yml", [{"name": "Go in", "ansible.builtin.include_role": {"name": "inner"}}])
    failing = {"failed_when": False}
    write(
        roles / "inner/tasks/main.yml",
        [
            task("inner"),
            template("inner", folder / "inner.conf"),
            task("looped", loop=[1, 2], vars={"item_variable": "i{{ item }}"}, no_log=True),
            {
                "name": "Miss a template",
                "service_bundle": {"name": "b", "files": [{"path": "/x", "template": "nope.j2"}]},
                "register": "bundle_missing",
                **failing,
            },
            {
                "name": "Misspell",
                "service_bundle": {"name": "b", "files": [{"path": "/x", "templat": "t.conf.j2"}]},
                "register": "bundle_misspelled",
                **failing,
            },
            {
                "name": "Use an unknown variable",
                "service_bundle": {"name": "b", "files": [{"path": "/x", "template": "t.conf.j2"}]},
                "register": "bundle_undefined",
                **failing,
            },
            {
                "name": "Override",
                "service_bundle": {
                    "name": "b",
                    "files": [
                        {
                            "path": "/nonexistent/o.conf",
                            "content": "[DEFAULT]\na = 1\n",
                            "overrides": {"DEFAULT": {"a": "{{ 1 + 1 }}", "l": ["{{ value }}", True]}},
                        }
                    ],
                },
                "register": "bundle_overridden",
            },
            {
                "name": "Add to a unit twice",
                "service_bundle": {"name": "b", "units": [{"name": "x.service", **DROP_IN, "drop_in": "[Unit]\n"}]},
                "register": "bundle_twice",
                **failing,
            },
            {
                "name": "Keep",
                "ansible.builtin.copy": {
                    "content": "{{ {'inner': bundle_inner, 'looped': bundle_looped, 'missing': bundle_missing, "
                    "'misspelled': bundle_misspelled, 'undefined': bundle_undefined, 'overridden': bundle_overridden, "
                    "'twice': bundle_twice} "
                    "| to_json }}",
                    "dest": str(out),
                    "mode": "0600",
                },
                "check_mode": False,
            },
        ],
    )
    variables = {"value": "v", "braces": "{{ '{{' }} x }}", "host_variable": "h", "marker": SECRET}
    play = {"name": "Try", "hosts": "all", "gather_facts": False, "check_mode": True, "diff": True, "vars": variables}
    write(folder / "play.yml", [{**play, "roles": ["outer"]}])
    write(folder / "hosts.yml", "all: {hosts: {one: {ansible_connection: local}}}\n")
    plugins = "".join(f"{key} = {ROOT / key}\n" for key in ("library", "module_utils", "action_plugins"))
    temporary = f"local_tmp = {folder / 'tmp'}\nremote_tmp = {folder / 'tmp'}\n"
    write(folder / "ansible.cfg", f"[defaults]\n{plugins}{temporary}interpreter_python = {sys.executable}\n")
    python = Path(sys.executable)
    done = subprocess.run(
        [str(python.with_name("ansible-playbook")), "-i", str(folder / "hosts.yml"), str(folder / "play.yml")],
        env={**os.environ, "ANSIBLE_CONFIG": str(folder / "ansible.cfg")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.exists(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads(out.read_text())
    found["template"] = (folder / "inner.conf").read_text()
    found["printed"] = done.stdout + done.stderr
    return found


def shown(result: dict[str, Any], path: str) -> str:
    """The content a diff shows, without the line about owner and mode."""
    return next(str(d["after"]).partition("\n")[2] for d in result["diff"] if d.get("after_header") == path)


def test_renders_as_the_template_module_does(results: dict[str, Any]) -> None:
    assert shown(results["inner"], "/nonexistent/inner/plain") == results["template"]
    assert "# part of inner" in results["template"]
    assert "hello v on one h t.conf.j2 none" in results["template"]
    assert "braces = {{ x }}" in results["template"]


def test_secret_content_is_not_shown(results: dict[str, Any]) -> None:
    assert shown(results["inner"], "/nonexistent/inner/secret") == "(content changed, hidden)\n"


def test_works_in_a_loop(results: dict[str, Any]) -> None:
    for number, result in enumerate(results["looped"]["results"], start=1):
        assert f"t.conf.j2 i{number}\n" in shown(result, "/nonexistent/looped/plain")


def test_no_arguments_come_back(results: dict[str, Any]) -> None:
    assert "payload" not in json.dumps(results["inner"])


def test_messages(results: dict[str, Any]) -> None:
    assert "file /x: template nope.j2 was not found; it is expected in one of" in results["missing"]["msg"]
    assert "roles/inner/templates" in results["missing"]["msg"]
    assert "file /x: unknown key 'templat'; did you mean 'template'?" in results["misspelled"]["msg"]
    assert "file /x: template t.conf.j2" in results["undefined"]["msg"]
    assert "'own' is undefined" in results["undefined"]["msg"]


def test_overrides_are_applied(results: dict[str, Any]) -> None:
    text = shown(results["overridden"], "/nonexistent/o.conf")
    assert text == "# Managed by Ansible\n\n[DEFAULT]\na = 2\nl = v\nl = true\n"


class Shouting:
    """Stands for what renders templates."""

    def render(self, where: str, name: str, variables: Mapping[str, Any], path: str) -> str:
        return f"{where}: {name} with {dict(variables)} for {path}"


def test_a_drop_in_is_rendered_by_what_renders_files(results: dict[str, Any]) -> None:
    action = plugin().ActionModule.__new__(plugin().ActionModule)
    made = action._unit({"name": "x.service", "drop_in_template": "d.j2", "variables": {"a": 1}}, Shouting())
    text = "unit x.service: d.j2 with {'a': 1} for /etc/systemd/system/x.service.d"
    assert made == {"name": "x.service", "drop_in": text}
    assert "unit x.service: found drop_in and drop_in_template; one of them is expected" in results["twice"]["msg"]
