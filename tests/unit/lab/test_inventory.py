"""The inventory that `up` writes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lab import inventory
from lab.errors import LabError
from lab.paths import LabPaths
from lab.plan import Plan


def test_hosts(lab_plan: Plan, lab_paths: LabPaths) -> None:
    data = yaml.safe_load(inventory.dump(inventory.hosts(lab_paths, lab_plan)))["all"]
    assert data["hosts"]["compute1"] == {
        "ansible_host": "198.18.0.40",
        "corbel_addresses": {"management": "198.18.0.40", "tunnel": "198.18.1.40"},
        "lab_disks": [{"serial": "test-compute1-disk1"}, {"serial": "test-compute1-disk2"}],
    }
    assert data["children"]["compute"] == {"hosts": {"compute1": {}}}
    assert data["children"]["storage"] == {"hosts": {}}
    assert "StrictHostKeyChecking=yes" in data["vars"]["ansible_ssh_common_args"]
    assert f"UserKnownHostsFile={lab_paths.known_hosts}" in data["vars"]["ansible_ssh_common_args"]


def test_networks(lab_plan: Plan) -> None:
    assert inventory.networks(lab_plan) == {
        "corbel_networks": {
            "management": {"cidr": "198.18.0.0/24", "mtu": 1500},
            "tunnel": {"cidr": "198.18.1.0/24", "mtu": 1600},
        },
        "corbel_waived_checks": ["HOST-032"],
        "corbel_internal_vip": "198.18.0.10",
        "corbel_public_vip": "198.18.0.11",
    }


def test_copying_keeps_the_secrets_of_the_lab(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder, text in ((source, "new"), (target, "old")):
        (folder / "group_vars/all").mkdir(parents=True)
        for name in ("corbel.yml", "secrets.yml"):
            (folder / "group_vars/all" / name).write_text(text)
    inventory.copy(source, target)
    assert (target / "group_vars/all/corbel.yml").read_text() == "new"
    assert (target / "group_vars/all/secrets.yml").read_text() == "old"


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"inventory_from: .*nowhere, which is no folder"):
        inventory.copy(tmp_path / "nowhere", tmp_path)


def test_a_profile_is_laid_down_and_taken_away(tmp_path: Path) -> None:
    profiles, target = tmp_path / "inventory/profiles", tmp_path / "profile.yml"
    profiles.mkdir(parents=True)
    (profiles / "standard.yml").write_text("corbel_services: [keystone]\n")
    inventory.copy_profile(tmp_path, "standard", target)
    assert yaml.safe_load(target.read_text()) == {"corbel_services": ["keystone"]}
    inventory.copy_profile(tmp_path, None, target)
    assert not target.exists()


def test_an_unknown_profile_is_named(tmp_path: Path) -> None:
    (tmp_path / "inventory/profiles").mkdir(parents=True)
    (tmp_path / "inventory/profiles/standard.yml").write_text("---\n")
    with pytest.raises(LabError, match=r"profile: everything; expected .* \(there are: standard\)"):
        inventory.copy_profile(tmp_path, "everything", tmp_path / "profile.yml")
