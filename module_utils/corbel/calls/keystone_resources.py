"""What the module keystone_resources does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.keystone_apply import Ids, apply
from ansible.module_utils.corbel.keystone_client import (
    Credentials,
    DisturbedError,
    Keystone,
    UnreachableError,
    over_https,
)
from ansible.module_utils.corbel.keystone_model import INTERFACES, KeystoneError, Step, Wanted, presumed_state
from ansible.module_utils.corbel.keystone_plan import compute_change, diff
from ansible.module_utils.corbel.keystone_state import read_state

LISTS = (
    "domains",
    "projects",
    "users",
    "roles",
    "implied_roles",
    "assignments",
    "services",
    "endpoints",
    "regions",
)
# How often the change is computed anew when something else changes the same objects.
ROUNDS = 3

NAME = {"type": "str", "required": True}
TEXT = {"type": "str"}
FLAG = {"type": "bool"}
DOMAIN = {"type": "str", "default": "Default"}
SECRET = {"type": "str", "no_log": True}
STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}


def items(options: dict[str, Any], **rules: Any) -> dict[str, Any]:
    """Argument specification of a list of objects."""
    return {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": options | {"state": STATE},
        **rules,
    }


AUTH = {
    "type": "dict",
    "required": True,
    "options": {
        "auth_url": NAME,
        "username": TEXT,
        "password": SECRET,
        "project_name": TEXT,
        "system_scope": {"type": "str", "choices": ["all"]},
        "user_domain_name": DOMAIN,
        "project_domain_name": DOMAIN,
        "token": SECRET,
    },
    "required_one_of": [("username", "token")],
    "mutually_exclusive": [("username", "token"), ("project_name", "system_scope")],
    "required_together": [("username", "password")],
}
ARGUMENTS: dict[str, Any] = {
    "auth": AUTH,
    "ca_file": {"type": "path"},
    "region": {"type": "str", "default": "RegionOne"},
    "domains": items({"name": NAME, "description": TEXT, "enabled": FLAG}),
    "projects": items({"name": NAME, "domain": DOMAIN, "description": TEXT, "enabled": FLAG}),
    "users": items(
        {
            "name": NAME,
            "domain": DOMAIN,
            "password": SECRET,
            "update_password": {
                "type": "str",
                "choices": ["always", "on_create"],
                "default": "always",
                "no_log": False,
            },
            "email": TEXT,
            "description": TEXT,
            "default_project": TEXT,
            "default_project_domain": TEXT,
            "enabled": FLAG,
            "options": {"type": "dict"},
        }
    ),
    "roles": items({"name": NAME, "description": TEXT}),
    "implied_roles": items({"prior": NAME, "implied": NAME}),
    "assignments": items(
        {
            "user": TEXT,
            "user_domain": DOMAIN,
            "group": TEXT,
            "group_domain": DOMAIN,
            "role": NAME,
            "project": TEXT,
            "project_domain": DOMAIN,
            "domain": TEXT,
            "system": {"type": "str", "choices": ["all"]},
        },
        required_one_of=[("user", "group"), ("project", "domain", "system")],
        mutually_exclusive=[("user", "group"), ("project", "domain", "system")],
    ),
    "services": items({"name": TEXT, "type": NAME, "description": TEXT, "enabled": FLAG}),
    "endpoints": items(
        {
            "service_type": TEXT,
            "service": TEXT,
            "interface": {"type": "str", "required": True, "choices": list(INTERFACES)},
            "url": TEXT,
            "region": TEXT,
            "enabled": FLAG,
        },
        required_one_of=[("service_type", "service")],
        required_if=[("state", "present", ("url",))],
    ),
    "regions": items({"name": NAME, "description": TEXT}),
    "verify_passwords": {"type": "bool", "default": True, "no_log": False},
    "unreachable_in_check": {"type": "bool", "default": True},
    "retries": {"type": "int", "default": 15},
    "delay": {"type": "int", "default": 2},
    "timeout": {"type": "int", "default": 30},
}


def wishes(params: dict[str, Any]) -> Wanted:
    """The arguments as the planner takes them."""
    lists = {name: params[name] for name in LISTS}
    return Wanted(region=params["region"], verify_passwords=params["verify_passwords"], **lists)


def connect(module: AnsibleModule) -> Keystone:
    """A client with a token."""
    params = module.params
    auth = {name: value for name, value in params["auth"].items() if value is not None}
    auth_url = auth.pop("auth_url")
    if params["ca_file"] and not Path(params["ca_file"]).is_file():
        raise UnreachableError(f"ca_file is {params['ca_file']} and this host has no such file; make it or correct it")
    # On a fresh cloud nothing answers, and waiting for it would only delay the plan.
    patient = not (module.check_mode and params["unreachable_in_check"])
    keystone = Keystone(
        auth_url,
        over_https(params["ca_file"], params["timeout"]),
        retries=params["retries"] if patient else min(params["retries"], 1),
        pause=lambda: time.sleep(params["delay"]),
    )
    keystone.authenticate(Credentials(**auth))
    return keystone


def converge(module: AnsibleModule, keystone: Keystone) -> tuple[list[Step], Ids]:
    """Read, compute and apply until nothing is left; the steps done (or due, in check mode)."""
    done: list[Step] = []
    for left in range(ROUNDS - 1, -1, -1):
        state, wanted = read_state(keystone, wishes(module.params))
        steps = compute_change(state, wanted)
        ids = Ids(state)
        if module.check_mode:
            return steps, ids
        try:
            apply(keystone, ids, steps, done.append)
            break
        except DisturbedError:
            if not left:
                raise
    return done, ids


def reached(module: AnsibleModule) -> dict[str, Any]:
    """The result with a Keystone that answers."""
    steps, ids = converge(module, connect(module))
    return {"steps": steps, "ids": ids.names()}


def presumed(module: AnsibleModule, reason: Exception) -> dict[str, Any]:
    """The result of check mode while Keystone is still to be deployed."""
    wanted = wishes(module.params)
    return {
        "steps": compute_change(presumed_state(wanted), wanted),
        "ids": {},
        "msg": f"Keystone is taken for not deployed yet, so all of this would be made: {reason}",
    }


def execute(module: AnsibleModule) -> None:
    """Make Keystone have what the arguments list."""
    try:
        try:
            result = reached(module)
        except UnreachableError as error:
            if not (module.check_mode and module.params["unreachable_in_check"]):
                raise
            result = presumed(module, error)
    except KeystoneError as error:
        module.fail_json(msg=f"keystone_resources: {error}")
    steps = result.pop("steps")
    module.exit_json(changed=bool(steps), changes=[step.sentence() for step in steps], diff=diff(steps), **result)
