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
results:
  description: One item that names the changes for a plan, free of secrets.
  type: list
  elements: dict
  returned: success
"""

import grp
import os
import pwd
import shutil
import time
import traceback
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.corbel import schema_marker as schema
from ansible.module_utils.corbel.plan_change import told

try:
    import pymysql

    PYMYSQL_TRACEBACK = None
    DATABASE_ERRORS: tuple[type[Exception], ...] = (pymysql.err.Error, OSError)
except ImportError:
    pymysql = None
    PYMYSQL_TRACEBACK = traceback.format_exc()
    DATABASE_ERRORS = (OSError,)

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "commands": {"type": "list", "elements": "list", "required": True},
    "database": {"type": "str", "required": True},
    "host": {"type": "str"},
    "port": {"type": "int", "default": 3306},
    "login_unix_socket": {"type": "path"},
    "login_user": {"type": "str", "required": True},
    "login_password": {"type": "str", "no_log": True},
    "ca_file": {"type": "path"},
    "user": {"type": "str", "required": True},
    "directory": {"type": "path", "default": "/"},
    "search_path": {"type": "path"},
    # Hidden as a whole, because arguments are logged before this module's code runs.
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "timeout": {"type": "int", "default": 10},
    "retries": {"type": "int", "default": 10},
    "delay": {"type": "int", "default": 3},
}


def marker_of(module: AnsibleModule) -> schema.Marker:
    """The record in the database; in check mode a server that does not answer is not waited for."""
    params = module.params
    arguments = schema.connection_arguments(params)
    return schema.Marker(
        connect=lambda: pymysql.connect(**arguments),
        errors=DATABASE_ERRORS,
        service=params["name"],
        pause=lambda: time.sleep(params["delay"]),
        retries=0 if module.check_mode else params["retries"],
    )


def previous_release(module: AnsibleModule) -> tuple[str | None, str]:
    """The recorded release, and in check mode why none could be read."""
    if pymysql is None:
        if module.check_mode:
            return None, "PyMySQL is not installed yet"
        module.fail_json(msg=missing_required_lib("pymysql"), exception=PYMYSQL_TRACEBACK)
    try:
        return marker_of(module).read(), ""
    except DATABASE_ERRORS as error:
        reason = schema.explain(error, module.params)
        if module.check_mode:
            return None, reason
        raise schema.SchemaError(reason) from error


def record(module: AnsibleModule) -> None:
    """Write the release into the database."""
    try:
        marker_of(module).write(module.params["release"])
    except DATABASE_ERRORS as error:
        reason = schema.explain(error, module.params)
        raise schema.SchemaError(f"the commands succeeded, but the release was not recorded: {reason}") from error


def account_of(name: str) -> tuple[bool, str]:
    """Whether this process runs as the account already, and the account's group."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        raise schema.SchemaError(
            f"this host has no account '{name}' to run the schema commands; the service's bundle makes it: "
            "apply it first, or correct 'user'"
        ) from error
    return entry.pw_uid == os.geteuid(), grp.getgrgid(entry.pw_gid).gr_name


def program_of(command: list[str], environment: dict[str, str]) -> str:
    """Full path of a command's program."""
    found = shutil.which(command[0], path=environment["PATH"])
    if found is None:
        raise schema.SchemaError(
            f"the program '{command[0]}' is not in {environment['PATH']}; lay down the release first, "
            "or correct 'search_path'"
        )
    return found


def run_commands(module: AnsibleModule, secrets: set[str]) -> None:
    """Run every command as the service's account; the first failure ends the module."""
    params = module.params
    as_is, group = account_of(params["user"])
    if not Path(params["directory"]).is_dir():
        raise schema.SchemaError(f"'directory' is {params['directory']}, which is no folder on this host; correct it")
    environment = schema.command_environment(params["directory"], params["search_path"] or "", params["environment"])
    lines = [
        schema.command_line(command, params["user"], group, program_of(command, environment), as_is)
        for command in params["commands"]
    ]
    for command, line in zip(params["commands"], lines, strict=True):
        code, stdout, stderr = module.run_command(
            line, cwd=params["directory"], environ_update=environment, expand_user_and_vars=False
        )
        if code != 0:
            output = schema.redact(schema.last_lines(stdout, stderr), secrets)
            shown = [schema.redact(word, secrets) for word in command]
            module.fail_json(msg=schema.failure(shown, code, output, params["name"]), command=shown, rc=code)


def main() -> None:
    """Compare the record with the release, run what is due, record it."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        required_one_of=[("host", "login_unix_socket")],
        mutually_exclusive=[("host", "login_unix_socket")],
        supports_check_mode=True,
    )
    params = module.params
    params["commands"] = [[str(word) for word in command] for command in params["commands"]]
    secrets = schema.secret_values(params["environment"]) | {params["login_password"] or ""}
    module.no_log_values = {value for value in secrets if value}
    try:
        if not all(params["commands"]):
            raise schema.SchemaError("'commands' holds an empty list; each command is a program and its arguments")
        previous, unread = previous_release(module)
        result: dict[str, Any] = {
            "changed": previous != params["release"],
            "previous": previous,
            "release": params["release"],
            "commands": [],
            "diff": {
                "before": f"{params['name']}: {previous or 'none'}\n",
                "after": f"{params['name']}: {params['release']}\n",
            },
        }
        if result["changed"]:
            result["commands"] = params["commands"]
            result["msg"] = schema.summary(params["name"], params["database"], previous, params["release"])
            result |= told([schema.plan_change(params["name"], params["database"], previous, params["release"])])
            if unread:
                result["msg"] += f" (not read: {unread})"
            if not module.check_mode:
                run_commands(module, secrets)
                record(module)
        module.exit_json(**result)
    except schema.SchemaError as error:
        module.fail_json(msg=f"schema_migration: {error}")


if __name__ == "__main__":
    main()
