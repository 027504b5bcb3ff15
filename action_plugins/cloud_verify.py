# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the verification on the controlling machine and shows every step as it ends; see library/cloud_verify.py."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

# Ansible offers module_utils/ to modules, not to plugins of the controlling machine.
_UTILS = str(Path(__file__).resolve().parent.parent / "module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)

from ansible.module_utils.corbel.cloud_api import CloudError, SdkApi, connect
from ansible.module_utils.corbel.tempauth_api import AccountApi, log_in
from ansible.module_utils.corbel.verify_cloud import Cloud, Settings
from ansible.module_utils.corbel.verify_dashboard import Account, Dashboard
from ansible.module_utils.corbel.verify_run import FAILED, PASSED, Outcome, Poll, Runner, Step, table, verdict
from ansible.module_utils.corbel.verify_servers import Servers
from ansible.module_utils.corbel.verify_stack import Stack, clean
from ansible.module_utils.corbel.verify_steps import alone, places, steps, unit_names
from ansible.module_utils.corbel.verify_transfer import clean as clean_transfers

display = Display()

TIMEOUTS = {
    "settle": 120,
    "active": 600,
    "boot": 600,
    "ssh": 300,
    "rule": 120,
    "resize": 900,
    "migrate": 900,
    "delete": 300,
    "volume": 600,
}
ARGUMENTS: dict[str, Any] = {
    "clouds_file": {"type": "path", "required": True},
    "cloud": {"type": "str", "required": True},
    "report": {"type": "path"},
    "image": {"type": "str", "required": True},
    "flavor": {"type": "str", "required": True},
    "resize_flavor": {"type": "str", "default": ""},
    "external_network": {"type": "str", "required": True},
    "user": {"type": "str", "required": True},
    "servers": {"type": "int", "default": 2},
    "migration": {"type": "str", "choices": ["live", "cold", "none"], "default": "live"},
    "keep": {"type": "bool", "default": False},
    "skip": {"type": "list", "elements": "str", "default": []},
    "interfaces": {"type": "list", "elements": "str", "default": ["public"]},
    "cidr": {"type": "str", "default": "10.254.0.0/24"},
    "boot_marker": {"type": "str", "default": "login:"},
    "timeouts": {
        "type": "dict",
        "apply_defaults": True,
        "options": {name: {"type": "float", "default": seconds} for name, seconds in TIMEOUTS.items()},
    },
    "dashboard": {"type": "str", "default": ""},
    "tempauth": {
        "type": "dict",
        "options": {
            "auth_url": {"type": "str", "required": True},
            "user": {"type": "str", "required": True},
            "key": {"type": "str", "required": True, "no_log": True},
            "ca_file": {"type": "path", "required": True},
        },
    },
    "services": {"type": "list", "elements": "dict", "default": []},
    "units": {"type": "dict", "default": {}},
}
COLOURS = {PASSED: "green", FAILED: "red"}


class ActionModule(ActionBase):
    """The action cloud_verify."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(argument_spec=ARGUMENTS)
        if self._task.check_mode:
            return {"skipped": True, "changed": False, "passed": True, "steps": [], "places": [], "verdict": "not run"}
        try:
            account = options["tempauth"]
            api = log_in(**account) if account else connect(options["clouds_file"], options["cloud"])
        except CloudError as error:
            raise AnsibleActionFail(str(error)) from error
        with tempfile.TemporaryDirectory(prefix="corbel-verify-") as directory:
            outcomes = verify(api, options, directory)
        groups = (task_vars or {}).get("groups", {})
        result = {
            "changed": False,
            "passed": not any(outcome.result == FAILED for outcome in outcomes),
            "verdict": verdict(outcomes),
            "steps": [outcome.as_dict() for outcome in outcomes],
            "places": places(outcomes, groups, unit_names(options["services"], options["units"])),
        }
        if options["report"]:
            Path(options["report"]).write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        return result


def verify(api: SdkApi, options: dict[str, Any], directory: str) -> list[Outcome]:
    """Run all the steps; each is shown when it ends."""
    names = Settings.__dataclass_fields__
    settings = Settings(**{name: options[name] for name in names})
    cloud = Cloud(api=api, settings=settings, run_id=secrets.token_hex(3), poll=Poll())
    runner = Runner(
        alone(cloud) if isinstance(api, AccountApi) else of_a_cloud(cloud, api, options, directory),
        known_errors=(CloudError, OSError, ValueError),
        started=announce,
        finished=show,
        skip=frozenset(options["skip"]),
    )
    return runner.run()


def of_a_cloud(cloud: Cloud, api: SdkApi, options: dict[str, Any], directory: str) -> list[Step]:
    """Return the steps of a cloud with a catalogue."""
    access = api.connection.session.auth.get_access(api.connection.session)
    catalogue = access.service_catalog.catalog
    cloud.removers.append(clean_transfers)
    stack = Stack(cloud, catalogue, signaller(api))
    if stack.deployed:
        cloud.removers.append(clean)
    return steps(
        cloud,
        Servers(cloud, directory),
        catalogue,
        asker(api),
        stack=stack if stack.deployed else None,
        dashboard=dashboard(api, options["dashboard"]) if options["dashboard"] else None,
        enter=enterer(api),
    )


def enterer(api: SdkApi) -> Callable[[str, str, str, str], SdkApi]:
    """Return a function that gives the cloud as another account sees it."""

    def enter(user: str, password: str, domain: str, project: str) -> SdkApi:
        account = {"username": user, "password": password, "user_domain_id": domain, "project_id": project}
        other = SdkApi(api.connection.connect_as(**account))
        other.project_id = project
        return other

    return enter


def asker(api: SdkApi) -> Callable[[str], int]:
    """Return a function that asks a URL, trusting only the authority that clouds.yaml names."""
    import requests

    def ask(url: str) -> int:
        return requests.get(url, verify=api.connection.session.verify, timeout=30, allow_redirects=False).status_code

    return ask


def signaller(api: SdkApi) -> Callable[[str, str, dict[str, str]], int]:
    """Return a function that sends a signal as a server of a stack would."""
    import requests

    def signal(url: str, token: str, body: dict[str, str]) -> int:
        headers = {"X-Auth-Token": token}
        return requests.post(
            url, json=body, headers=headers, verify=api.connection.session.verify, timeout=60
        ).status_code

    return signal


class Visitor:
    """A browser without scripts: keeps cookies, trusts only the authority that clouds.yaml names."""

    def __init__(self, verify: Any) -> None:
        import requests

        # Given with each request: variables of the environment are stronger than what a session has.
        self.session, self.verify = requests.Session(), verify

    def get(self, url: str) -> Any:
        return self.session.get(url, verify=self.verify, timeout=60)

    def post(self, url: str, fields: Mapping[str, str]) -> Any:
        return self.session.post(url, data=fields, headers={"Referer": url}, verify=self.verify, timeout=60)


def dashboard(api: SdkApi, url: str) -> Dashboard:
    """Return the dashboard as the account of clouds.yaml sees it."""
    given = api.connection.config.auth
    account = Account(given["username"], given["password"], given.get("user_domain_name", "Default"))
    return Dashboard(url, Visitor(api.connection.session.verify), account)


def announce(step: Step) -> None:
    display.v(f"  … {step.title}")


def show(outcome: Outcome) -> None:
    # Lines come one by one, so the longest title is not known yet.
    for line in table([outcome], width=140, title_width=36):
        display.display(line, color=COLOURS.get(outcome.result, "cyan"))
