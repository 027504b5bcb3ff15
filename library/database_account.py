#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module database_account."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: database_account
short_description: Databases of MariaDB and an account with all rights on them, and only there
description:
  - Makes the databases, the account, its password and its rights in one call; reads them in two statements.
  - The account must use TLS. Rights that it has elsewhere are taken away.
  - Speaks to the server as root through its socket with the program C(mariadb); no Python library is needed. The
    password leaves this module only as its hash, on standard input.
version_added: "0.1.0"
options:
  name:
    description: Name of the account, which may log in from any host.
    type: str
    required: true
  password:
    description: Password of the account. It is compared with the one the server has, and set if it differs.
    type: str
    required: true
  databases:
    description: Databases to have. They are never removed.
    type: list
    elements: str
    required: true
  login_unix_socket:
    description: Socket of the server.
    type: path
    default: /run/mysqld/mysqld.sock
attributes:
  check_mode:
    support: full
    description: On a host that has no server yet, everything is to be made.
  diff_mode:
    support: full
    description: Shows databases, rights and whether the password changes; never a password or its hash.
requirements:
  - The program C(mariadb), and root on the host of the database.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Have the database of Glance
  database_account:
    name: glance
    password: "{{ corbel_secrets.glance_database }}"
    databases: [glance]
  no_log: true
"""

RETURN = r"""
changes:
  description: What was done, or in check mode would be, as sentences.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.database_account import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
