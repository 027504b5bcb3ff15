"""Runs of Ansible over the inventories that come with the product, with hosts that are not there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.corbel import release

from tests.conftest import ROOT

STUBS = Path(__file__).parent / "stubs"
SERIES = "2026.1"
# The whole of site.yml, as it is.
PLAYBOOKS = [
    one["ansible.builtin.import_playbook"] for one in yaml.safe_load((ROOT / "playbooks/site.yml").read_text())
]
STORAGE = {
    "swift_storage_devices": [
        {"name": "d1", "serial": "A"},
        {"name": "d2", "serial": "B"},
        {"name": "d3", "serial": "D"},
    ],
    "cinder_volume_backends": [{"name": "lvm", "driver": "lvm", "volume_group": "volumes", "disks": [{"serial": "C"}]}],
}
# Host, module, arguments.
Call = tuple[str, str, str]


@dataclass
class Ran:
    """What a run said and asked."""

    text: str
    calls: set[Call]
    # Host → how many tasks ran on it.
    tasks: dict[str, int]

    def told(self, kind: str) -> list[str]:
        """The arguments of calls of a module."""
        return [arguments for _, module, arguments in self.calls if module == kind]


def release_folder(folder: Path) -> Path:
    """A cache with a release that looks built."""
    contents = release.definition_contents(ROOT / "releases" / SERIES)
    definition = yaml.safe_load(contents["release.yml"])
    identifier = release.release_id(SERIES, contents)
    entry = {"archive": "none", "sha256": "0" * 64, "size": 1, "unpacked_size": 1}
    manifest = {
        "format": release.MANIFEST_FORMAT,
        "release_id": identifier,
        "environments": dict.fromkeys(definition["environments"], entry),
    }
    path = folder / "releases" / identifier / release.MANIFEST_NAME
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(manifest))
    return folder


def settings(folder: Path) -> Path:
    """Ansible's settings of the checkout, with the stubs."""
    text = (ROOT / "ansible.cfg").read_text()
    text = re.sub(r"^(\w+) = (roles|library|module_utils|\w+_plugins)$", rf"\1 = {ROOT}/\2", text, flags=re.M)
    text = text.replace(f"{ROOT}/callback_plugins", f"{ROOT}/callback_plugins:{STUBS}/callback")
    text = text.replace("[defaults]", f"[defaults]\nconnection_plugins = {STUBS}/connection")
    text = re.sub(r"^vault_password_file.*$", f"vault_password_file = {folder}/password", text, flags=re.M)
    path = folder / "ansible.cfg"
    path.write_text(re.sub(r"^forks.*$", "forks = 2", text, flags=re.M))
    (folder / "password").write_text("for tests\n")
    return path


def ansible(
    folder: Path, inventory: Path, playbook: Path, *options: str, timeout: int = 3600, **environment: str
) -> Ran:
    """Run a playbook; every host answers from the stub."""
    records = folder / "records"
    shutil.rmtree(records, ignore_errors=True)
    records.mkdir()
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory), str(playbook), *options],
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "RECORDS": str(records),
            "HOME": str(folder),
            "CORBEL_CACHE": str(folder / "cache"),
            "CORBEL_STATE": str(folder / "state"),
            "NO_COLOR": "1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    lines = [json.loads(line) for path in records.iterdir() for line in path.read_text().splitlines()]
    calls = {(host, module, json.dumps(arguments, sort_keys=True)) for host, module, arguments in lines}
    recap = re.findall(r"^(\S+)\s+: ok=(\d+)\s+changed=\d+\s+unreachable=0\s+failed=(\d+)", done.stdout, re.M)
    assert recap, done.stdout + done.stderr
    assert done.returncode == 0 and all(failed == "0" for _, _, failed in recap), done.stdout[-6000:] + done.stderr
    return Ran(done.stdout + done.stderr, calls, {host: int(count) for host, count, _ in recap})


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Secrets of a cloud with everything, made once."""
    folder = tmp_path_factory.mktemp("secrets")
    settings(folder)
    copy_inventory("all_in_one", folder / "inventory")
    ansible(folder, folder / "inventory", ROOT / "playbooks/secrets.yml")
    return folder / "inventory/group_vars/all/secrets.yml"


def copy_inventory(name: str, target: Path) -> None:
    """An inventory of the product, with all services and disks for them."""
    shutil.copytree(ROOT / "inventory" / name, target)
    shutil.copy(ROOT / "inventory/profiles/standard.yml", target / "group_vars/all/profile.yml")
    (target / "group_vars/all/connection.yml").write_text("ansible_connection: answers\n")
    (target / "group_vars/storage.yml").write_text(yaml.safe_dump(STORAGE))


Runs = Callable[..., Ran]


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, secrets: Path) -> Callable[[str], Runs]:
    """Give a way to run the plays of site.yml over an inventory."""
    made: dict[str, Runs] = {}

    def over(name: str) -> Runs:
        if name in made:
            return made[name]
        folder = tmp_path_factory.mktemp(name)
        settings(folder)
        release_folder(folder / "cache")
        copy_inventory(name, folder / "inventory")
        shutil.copy(secrets, folder / "inventory/group_vars/all/secrets.yml")
        imports: list[dict[str, Any]] = [
            {"ansible.builtin.import_playbook": f"{ROOT}/playbooks/{one}"} for one in PLAYBOOKS
        ]
        (folder / "site.yml").write_text(yaml.safe_dump(imports))
        # The operator's files are there, as after a run.
        certificates = folder / "inventory/certificates"
        for part in (certificates, certificates / "queue"):
            part.mkdir()
            for file in ("ca.pem", "ca.key"):
                (part / file).write_text("a certificate\n")

        def run(*options: str, **environment: Any) -> Ran:
            return ansible(folder, folder / "inventory", folder / "site.yml", *options, **environment)

        made[name] = run
        return run

    return over
