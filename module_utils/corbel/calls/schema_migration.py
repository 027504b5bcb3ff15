"""What the module schema_migration does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

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


RULES: dict[str, Any] = {
    "required_one_of": [("host", "login_unix_socket")],
    "mutually_exclusive": [("host", "login_unix_socket")],
}


def execute(module: AnsibleModule) -> None:
    """Compare the record with the release, run what is due, record it."""
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
            if unread:
                result["msg"] += f" (not read: {unread})"
            if not module.check_mode:
                run_commands(module, secrets)
                record(module)
        module.exit_json(**result)
    except schema.SchemaError as error:
        module.fail_json(msg=f"schema_migration: {error}")
