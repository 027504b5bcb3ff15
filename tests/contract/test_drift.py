"""The model that drift compares with says the same as the parts of the product that it stands for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.corbel import drift_item
from ansible.module_utils.corbel.drift_sockets import port_range
from ansible.module_utils.corbel.inventory_knowledge import defaults_of, load

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = defaults_of(ROOT / "roles/drift")
VARIABLES: dict[str, Any] = load(ROOT / "roles/drift/vars/main.yml") or {}


def test_every_port_of_the_preflight_is_in_the_model() -> None:
    rows = SETTINGS["drift_listeners"]
    lacking = [
        wanted
        for wanted in defaults_of(ROOT / "roles/preflight")["preflight_ports"]
        if not any(
            row.get("group") == wanted["group"]
            and str(row.get("port")) == str(wanted["port"])
            and set(wanted["units"]) <= set(row.get("units", []))
            for row in rows
        )
    ]
    assert lacking == []


def test_every_row_of_the_model_can_match() -> None:
    groups = set(yaml.safe_load((ROOT / "inventory/multinode/groups.yml").read_text()))
    for row in SETTINGS["drift_listeners"]:
        assert row.get("units") or row.get("programs"), row
        assert row.get("group") is None or row["group"] in groups, row
        if "{{" not in str(row.get("port", "")):
            low, high = port_range(row.get("port"))
            assert 0 < low <= high < 65536, row


def test_services_beside_the_engine_are_those_that_the_roles_make() -> None:
    tasks = yaml.safe_load((ROOT / "roles/keystone/tasks/resources.yml").read_text())
    made = next(task["keystone_resources"] for task in tasks if "keystone_resources" in task)
    told = {row["name"]: row for row in VARIABLES["__drift_identity_services"] + VARIABLES["__drift_identity_s3"]}
    assert {(row["name"], row["type"]) for row in made["services"]} == {("keystone", told["keystone"]["type"])}
    interfaces = [row["interface"] for row in made["endpoints"]]
    assert told["keystone"]["interfaces"] == interfaces
    urls = [row["url"].rpartition("}}")[2] for row in made["endpoints"]]
    assert set(urls) == {f":{told['keystone']['port']}{told['keystone']['path']}"}
    swift = load(ROOT / "roles/swift/vars/main.yml")
    for row in swift["__swift_endpoint_types"] + swift["__swift_s3_endpoint"]:
        assert (told[row["name"]]["type"], told[row["name"]]["path"]) == (row["type"], row["path"])
    daemons = load(ROOT / "roles/service_catalogue/defaults/main/swift.yml")["service_catalogue_swift"]["daemons"]
    assert {told[name]["port"] for name in ("swift", "swift-s3")} == {daemons[0]["port"]}


def test_every_bundle_has_a_playbook_that_mends_it() -> None:
    entries = {path.stem for path in (ROOT / "roles/service_catalogue/defaults/main").glob("*.yml")}
    named = set()
    for path in (ROOT / "roles").glob("*/tasks/*.yml"):
        named |= set(re.findall(r"service_bundle:\n\s+name: ([a-z_]+)\n", path.read_text()))
    assert len(named) > 10
    assert {name for name in named if name not in {*drift_item.PLAYBOOKS, *drift_item.PARTS, *entries}} == set()
    playbooks = {*drift_item.PLAYBOOKS.values(), "services.yml"}
    assert [name for name in sorted(playbooks) if not (ROOT / "playbooks" / name).is_file()] == []
    assert {maker for makers in drift_item.PARTS.values() for maker in makers} <= entries


PLAY = """
- hosts: controller:network:compute:storage
  gather_facts: false
  vars_files: [{root}/roles/drift/defaults/main.yml, {root}/roles/drift/vars/main.yml]
  vars: {{corbel_secrets: {{keystone_admin: hush}}, found: "{{{{ service_catalogue_enabled
    | drift_model(inventory_hostname, groups, __drift_settings, __drift_cloud) }}}}"}}
  roles: [service_catalogue]
  tasks:
    - ansible.builtin.debug: {{var: found}}
"""


@pytest.mark.parametrize("example", ["multinode", "ha"])
def test_every_host_of_an_example_has_a_model(example: str, tmp_path: Path) -> None:
    play = tmp_path / "model.yml"
    play.write_text(PLAY.format(root=ROOT))
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        str(ROOT / "inventory" / example),
        str(play),
    ]
    profile = ["-e", f"@{ROOT / 'inventory/profiles/standard.yml'}"]
    environment = {
        **os.environ,
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }
    done = subprocess.run([*command, *profile], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (task,) = [
        task for play in json.loads(done.stdout)["plays"] for task in play["tasks"] if "debug" in task["task"]["name"]
    ]
    models = {host: result["found"] for host, result in task["hosts"].items()}
    first = models["controller1"]
    assert [host for host, model in models.items() if model["identity"]] == ["controller1"]
    assert {"nova", "cinder", "heat"} <= set(first["database"]["accounts"])
    assert {"identity", "object-store", "compute"} <= {row["type"] for row in first["identity"]["services"]}
    # Whatever an API's front is, the load balancer may have it.
    assert any(row["port"] == "8774" and "haproxy.service" in row["units"] for row in first["listeners"])
    assert all(fnmatchcase(path, "/etc/*") for model in models.values() for path in model["directories"])
