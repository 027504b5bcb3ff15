# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""REST calls to object storage that stands alone: the account of one user of tempauth. Controlling machine only."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.cloud_api import CloudError, SdkApi, UnreachableError

TIMEOUT = 60


class AccountApi(SdkApi):
    """The account of a user; there are no other services to ask."""

    def __init__(self, url: str, token: str, ca_file: str, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(None, sleep)
        self.url, self.token, self.ca_file = url, token, ca_file

    def _request(self, service: str, method: str, path: str, **arguments: Any) -> Any:
        headers = {**arguments.pop("headers", {}), "X-Auth-Token": self.token}
        return ask(method, self.url + path, headers, self.ca_file, **arguments)


def log_in(auth_url: str, user: str, key: str, ca_file: str) -> AccountApi:
    """Open the account of a user; every failure is one sentence."""
    if not Path(ca_file).is_file():
        raise UnreachableError(f"{ca_file} does not exist; playbooks/client_access.yml writes it")
    answer = ask("GET", auth_url, {"X-Auth-User": user, "X-Auth-Key": key}, ca_file)
    if answer.status_code != 200:
        raise CloudError(
            f"{auth_url} answered {answer.status_code} to {user}, expected a token; if the secret of the inventory is "
            "newer than what the proxies have, run playbooks/site.yml"
        )
    return AccountApi(answer.headers["X-Storage-Url"], answer.headers["X-Auth-Token"], ca_file)


def ask(method: str, url: str, headers: dict[str, str], ca_file: str, **arguments: Any) -> Any:
    """Send a request, trusting the given authority only."""
    import requests

    try:
        return requests.request(method, url, headers=headers, verify=ca_file, timeout=TIMEOUT, **arguments)
    except requests.RequestException as error:
        raise UnreachableError(f"{url} did not answer: {error}") from error
