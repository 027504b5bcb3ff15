"""The role client_access, run for real on this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = 'pass"word: #1'


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    made = tmp_path / "inventory"
    shutil.copytree(ROOT / "inventory/multinode", made)
    (made / "certificates").mkdir()
    (made / "certificates/ca.pem").write_text("certificate\n")
    return made


def run(inventory: Path, access: Path, *arguments: str, secret: bool = True) -> subprocess.CompletedProcess[str]:
    variables = {
        "client_access_directory": str(access),
        "corbel_secrets": {"keystone_admin": PASSWORD} if secret else {},
    }
    given = inventory.parent / "given.yml"
    given.write_text(yaml.safe_dump(variables))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-i", str(inventory), "playbooks/client_access.yml", "-e", f"@{given}", *arguments]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_credentials_are_left_once_and_never_shown(inventory: Path, tmp_path: Path) -> None:
    access = tmp_path / "access"
    planned = run(inventory, access, "--check", "--diff")
    assert planned.returncode == 0, planned.stdout
    assert not access.exists()
    first, second = run(inventory, access, "--diff", "-vvv"), run(inventory, access)
    assert first.returncode == 0, first.stdout
    assert "changed=3" in first.stdout
    assert "word: #1" not in first.stdout + first.stderr
    assert "changed=0" in second.stdout
    cloud = yaml.safe_load((access / "clouds.yaml").read_text())["clouds"]["mycloud"]
    assert cloud["auth"]["password"] == PASSWORD
    assert cloud["cacert"] == str(access / "ca.pem")
    assert cloud["auth"]["auth_url"].startswith("https://")
    assert (access / "ca.pem").read_text() == "certificate\n"
    modes = [path.stat().st_mode & 0o777 for path in (access, access / "clouds.yaml")]
    assert modes == [0o700, 0o600]


def test_a_missing_secret_is_named_with_its_cure(inventory: Path, tmp_path: Path) -> None:
    failed = run(inventory, tmp_path / "access", secret=False)
    assert failed.returncode != 0
    assert "has no keystone_admin" in failed.stdout + failed.stderr
    assert "playbooks/secrets.yml" in failed.stdout + failed.stderr
