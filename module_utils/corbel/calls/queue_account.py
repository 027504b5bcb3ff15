"""What the module queue_account does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import accounts
from ansible.module_utils.corbel import queue_account as account

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "vhost": {"type": "str", "required": True},
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 5671},
    "ca_file": {"type": "path", "required": True},
    "timeout": {"type": "int", "default": 10},
}


def execute(module: AnsibleModule) -> None:
    """Converge one account."""
    wanted = module.params
    node = account.Node(wanted["host"], wanted["port"], wanted["ca_file"], wanted["timeout"])
    name, password, vhost = wanted["name"], wanted["password"], wanted["vhost"]
    try:
        refusal = partial(account.refusal, node, name, password, vhost)
        reason = accounts.read(refusal, module.check_mode, "no node answers yet")
        if reason and not module.check_mode:
            account.import_definitions(account.definitions(name, password, vhost))
            if still := refusal():
                raise accounts.AccountError(f"the account {name} was made, but {node.host} says: {still}")
    except accounts.AccountError as error:
        module.fail_json(msg=str(error))
    made = [f"account {name}: all rights on virtual host {vhost}"] if reason else []
    module.exit_json(reason=reason, **accounts.result(made))
