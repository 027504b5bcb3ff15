#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module schema_migration."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: schema_migration
short_description: Bring the databases of a service to a release, once
description:
  - Runs the schema commands of a service when the release recorded in its database differs from the wanted one, and
    records the release after the last command succeeded.
  - The record is a row of the table C(corbel_schema) in the database itself. So it is right whichever host runs the
    play, and it comes back with a restored backup.
  - A command that fails leaves no record; the next run starts from the first command. The commands must be safe to
    repeat, as OpenStack's are.
version_added: "0.1.0"
options:
  name:
    description: The service, as recorded.
    type: str
    required: true
  release:
    description: Identifier of the release whose programs run the commands.
    type: str
    required: true
  commands:
    description:
      - Commands to run, in order; each is a list of a program and its arguments. No shell is involved.
      - A program without a slash is looked for in O(search_path) and then in the system's folders.
    type: list
    elements: list
    required: true
  database:
    description: Database that holds the record.
    type: str
    required: true
  host:
    description: Name or address of the database server, as its certificate names it.
    type: str
  port:
    description: TCP port of the database server.
    type: int
    default: 3306
  login_unix_socket:
    description: Socket of a database server on this host, instead of O(host).
    type: path
  login_user:
    description: Database account.
    type: str
    required: true
  login_password:
    description: Password of the account.
    type: str
  ca_file:
    description:
      - Certificate authority of the server's certificate. The certificate and its name are always verified.
      - Required unless O(host) is a loopback address.
    type: path
  user:
    description: System account that runs the commands, with its own group and supplementary groups.
    type: str
    required: true
  directory:
    description: Working directory of the commands, and their C(HOME).
    type: path
    default: /
  search_path:
    description: Folder of the release's programs, put in front of C(PATH).
    type: path
  environment:
    description:
      - Further environment variables of the commands. They are handed over in the environment, never on a command line.
      - No value is shown, except that of a variable whose name ends like a name, an identifier, a path or a URL.
    type: dict
    default: {}
  timeout:
    description: Seconds to wait for the database server in one attempt.
    type: int
    default: 10
  retries:
    description: How often a lost or refused connection is tried again.
    type: int
    default: 10
  delay:
    description: Seconds between two attempts.
    type: int
    default: 3
attributes:
  check_mode:
    support: full
    description:
      - Reads the record, says from which release to which the schema would go, runs nothing.
      - On a host or cloud that has no database yet it says that everything would run.
  diff_mode:
    support: full
    description: Shows the recorded release before and after.
requirements:
  - PyMySQL 1.0 or newer (Debian package python3-pymysql)
  - setpriv (Debian package util-linux)
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Bring the database of Glance to the release
  schema_migration:
    name: glance
    release: 2026.1-1a2b3c4d5e6f
    database: glance
    host: api.corbel.internal
    ca_file: /etc/corbel/tls/ca.pem
    login_user: glance
    login_password: "{{ corbel_secrets.glance_database }}"
    user: glance
    directory: /var/lib/glance
    search_path: /opt/corbel/releases/2026.1-1a2b3c4d5e6f/control/bin
    commands:
      - [glance-manage, db_sync]
      - [glance-manage, db_load_metadefs]
"""

RETURN = r"""
previous:
  description: Release found in the database; null when there was none.
  type: str
  returned: success
release:
  description: Release recorded after the run, or that would be.
  type: str
  returned: success
commands:
  description: Commands run, or that would be.
  type: list
  elements: list
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.schema_migration import ARGUMENTS, RULES, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, **RULES, supports_check_mode=True))


if __name__ == "__main__":
    main()
