"""What the module storage_disks does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import disk_facts, disks

NAME = {"type": "str"}
DISK = {"serial": NAME, "wwn": NAME, "by_id": NAME, "purpose": NAME}
ARGUMENTS: dict[str, Any] = {
    "disks": {"type": "list", "elements": "dict", "required": True, "options": DISK},
    "purpose": {"type": "str", "default": ""},
    "expendable": {"type": "list", "elements": "raw", "default": []},
}


def execute(module: AnsibleModule) -> None:
    """Read and judge."""

    def run(command: list[str]) -> tuple[int, str, str]:
        if module.get_bin_path(command[0]) is None:
            return 127, "", f"{command[0]} is not installed"
        return module.run_command(command, check_rc=False)

    try:
        wanted = disks.wanted_disks(module.params["disks"], module.params["purpose"])
        chosen = disk_facts.disk_facts(run, wanted)
        judged = disks.judge_all(wanted, chosen, disks.expendable_names(module.params["expendable"]))
    except disks.DiskError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, disks=[entry.result() for entry in judged])
