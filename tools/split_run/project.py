"""What a worker is sent: the playbooks with all they use, the inventory, and what opens its secrets."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tools.split_run.plan import SplitError

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "ansible.cfg",
    "playbooks",
    "roles",
    "library",
    "module_utils",
    "action_plugins",
    "callback_plugins",
    "filter_plugins",
    "lookup_plugins",
    "releases",
)
NOT_NEEDED = shutil.ignore_patterns("molecule", "__pycache__")
# Of the run, in the folders of ansible-runner.
IDENT = "part"
KEY = "vault_password"
# Read after the files of the operator, whose names hardly begin so.
FACTS = "zz_split_run.yml"


def write(folder: Path, inventory: Path, password: str) -> None:
    """Write a folder as ansible-runner sends it."""
    if not (inventory / "hosts.yml").is_file():
        raise SplitError(f"-i: found {inventory}, expected a folder with hosts.yml, as in inventory/ha")
    project = folder / "project"
    project.mkdir(parents=True)
    folder.chmod(0o700)
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=NOT_NEEDED)
        else:
            shutil.copyfile(source, project / name)
    shutil.copytree(inventory, folder / "inventory")
    secret = folder / KEY
    secret.touch(0o600)
    secret.write_text(password, encoding="utf-8")


def write_facts(folder: Path, facts: dict[str, dict[str, Any]]) -> None:
    """Give all workers what was read of each host, as variables of the inventory."""
    data = {"all": {"hosts": facts}}
    (folder / "inventory" / FACTS).write_text("---\n" + yaml.safe_dump(data), encoding="utf-8")


def environment() -> dict[str, str]:
    """Give the variables under which Ansible runs on a worker; paths are seen from the project's folder."""
    from ansible.module_utils.corbel import run_holder

    return {
        "ANSIBLE_VAULT_PASSWORD_FILE": f"../{KEY}",
        # ansible-runner sets the variable and so hides what ansible.cfg says.
        "ANSIBLE_CALLBACK_PLUGINS": "callback_plugins",
        "CORBEL_REPORT": f"../artifacts/{IDENT}",
        # The parts are one run: each would be refused by the lock that another one holds.
        run_holder.VARIABLE: run_holder.dump(run_holder.this_run("split_run", ROOT)),
    }


def vault_password() -> str:
    """Get the password as Ansible would on this machine: from a file, or from a program."""
    source = Path(os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE") or ROOT / "tools/vault_password").expanduser()
    try:
        if not os.access(source, os.X_OK):
            return source.read_text(encoding="utf-8")
        return subprocess.run([str(source)], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise SplitError(
            f"{source}: found no password ({error}), expected the one of the vaulted secrets; "
            "name its file with ANSIBLE_VAULT_PASSWORD_FILE"
        ) from error
