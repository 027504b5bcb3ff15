"""Plans once more, in a run of its own with the options of the run at hand. Runs on the controlling machine only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import plan_model
from ansible.module_utils.corbel.plan_model import Plan, PlanError

# Options of the command line that the second plan needs as well, and their names there.
PASSED = {
    "inventory": "--inventory",
    "vault_password_files": "--vault-password-file",
    "vault_ids": "--vault-id",
    "extra_vars": "--extra-vars",
    "subset": "--limit",
    "skip_tags": "--skip-tags",
    "private_key_file": "--private-key",
    "remote_user": "--user",
    "connection": "--connection",
    "timeout": "--timeout",
    "ssh_common_args": "--ssh-common-args",
    "ssh_extra_args": "--ssh-extra-args",
    "become_user": "--become-user",
    "become_method": "--become-method",
    "connection_password_file": "--connection-password-file",
    "become_password_file": "--become-password-file",
    "forks": "--forks",
}
LAST_LINES = 15


def command(options: Mapping[str, Any], playbook: Path) -> list[str]:
    """The command that plans with the options of this run."""
    words = [str(Path(sys.argv[0]).absolute()), str(playbook)]
    for name, option in PASSED.items():
        value = options.get(name)
        for one in value if isinstance(value, list | tuple) else [value]:
            if one not in (None, "", False):
                words += [option, str(one)]
    tags = [str(tag) for tag in options.get("tags") or () if tag != "all"]
    words += ["--tags", ",".join(tags)] if tags else []
    return [*words, "--become"] if options.get("become") else words


def plan_again(words: Sequence[str], folder: Path) -> Plan:
    """Run the command, which changes nothing, and read the plan that it leaves in a folder."""
    environment = {**os.environ, "CORBEL_PLAN": str(folder), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}
    environment.pop("CORBEL_REPORT", None)
    done = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    plan = folder / "plan.json"
    if not plan.is_file():
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-LAST_LINES:])
        raise PlanError(f"planning again ended with {done.returncode} and made no plan; its last lines:\n{last}")
    return plan_model.read(plan)
