"""What the module database_account does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import accounts
from ansible.module_utils.corbel import database_account as account

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "databases": {"type": "list", "elements": "str", "required": True},
    "login_unix_socket": {"type": "path", "default": "/run/mysqld/mysqld.sock"},
}


def execute(module: AnsibleModule) -> None:
    """Converge one account."""
    server = account.Server(module.params["login_unix_socket"])
    try:
        wanted = account.Wanted.of(module.params["name"], module.params["password"], module.params["databases"])
        found = accounts.read(lambda: account.read(server, wanted.name), module.check_mode, account.Found())
        changes = account.compute(found, wanted)
        if changes and not module.check_mode:
            server.ask("".join(f"{change.statement};\n" for change in changes))
    except accounts.AccountError as error:
        module.fail_json(msg=str(error))
    sentences = [change.sentence for change in changes]
    module.exit_json(changes=sentences, **accounts.result(sentences))
