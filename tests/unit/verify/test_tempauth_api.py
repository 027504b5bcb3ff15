"""Object storage that stands alone, from the log-in to the last request, with proxies in memory."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from ansible.module_utils.corbel import tempauth_api
from ansible.module_utils.corbel.cloud_api import CloudError, UnreachableError
from ansible.module_utils.corbel.verify_run import PASSED

import action_plugins.cloud_verify as action
from tests.unit.verify.test_verification import SETTINGS

AUTH = "https://cloud.example.com:8080/auth/v1.0"
ACCOUNT = "https://cloud.example.com:8080/v1/AUTH_dispersion"


class Proxies:
    """What answers at the load balancer; a token is good for the account only."""

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, bytes]] = {}
        self.authorities: set[str] = set()
        self.busy = 0

    def request(self, method: str, url: str, headers: dict[str, str], verify: str, timeout: float, **body: Any) -> Any:
        self.authorities.add(verify)
        if url == AUTH:
            known = headers == {"X-Auth-User": "dispersion:dispersion", "X-Auth-Key": "right"}
            found = {"X-Storage-Url": ACCOUNT, "X-Auth-Token": "AUTH_ftk1"} if known else {}
            return answer(200 if known else 401, b"", found)
        if method == "GET" and self.busy:
            self.busy -= 1
            return answer(503)
        assert url.startswith(ACCOUNT)
        assert headers["X-Auth-Token"] == "AUTH_ftk1"
        return self.stored(method, url.removeprefix(ACCOUNT), json.dumps(body["json"]).encode() if body else b"")

    def stored(self, method: str, path: str, body: bytes) -> Any:
        address, _, query = path.partition("?")
        _, container, name = (*address.split("/"), "", "")[:3]
        if not container:
            prefix = query.rpartition("prefix=")[2]
            return answer(
                200, json.dumps([{"name": one} for one in self.containers if one.startswith(prefix)]).encode()
            )
        if method == "PUT" and not name:
            self.containers[container] = {}
        elif container not in self.containers:
            return answer(404, b"<html>Not Found</html>")
        elif method == "PUT":
            self.containers[container][name] = body
        elif method == "DELETE":
            (self.containers[container] if name else self.containers).pop(name or container)
        else:
            listed = json.dumps([{"name": one} for one in self.containers[container]]).encode()
            return answer(200, self.containers[container][name] if name else listed)
        return answer(201)


def answer(status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> Any:
    return SimpleNamespace(
        status_code=status, content=content, headers=headers, reason="a reason", json=lambda: json.loads(content)
    )


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> Proxies:
    made = Proxies()
    monkeypatch.setattr(requests, "request", made.request)
    return made


@pytest.fixture
def authority(tmp_path: Path) -> str:
    (tmp_path / "ca.pem").write_text("certificate")
    return str(tmp_path / "ca.pem")


def test_objects_are_stored_and_removed(proxies: Proxies, authority: str, tmp_path: Path) -> None:
    proxies.containers = {"theirs": {}}
    proxies.busy = 2
    api = tempauth_api.log_in(AUTH, "dispersion:dispersion", "right", authority)
    api.sleep = lambda seconds: None
    outcomes = action.verify(api, {**SETTINGS, "skip": [], "dashboard": ""}, str(tmp_path))
    assert [(one.name, one.result, one.detail) for one in outcomes] == [
        ("objects", PASSED, "stored, listed, read and copied")
    ]
    assert proxies.containers == {"theirs": {}}
    assert proxies.authorities == {authority}


def test_a_refused_key_says_what_mends_it(proxies: Proxies, authority: str) -> None:
    with pytest.raises(
        CloudError, match=r"answered 401 to dispersion:dispersion, expected a token; .* playbooks/site.yml"
    ):
        tempauth_api.log_in(AUTH, "dispersion:dispersion", "wrong", authority)


def test_without_the_authority_nothing_is_asked(proxies: Proxies, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"does not exist; playbooks/client_access\.yml writes it"):
        tempauth_api.log_in(AUTH, "dispersion:dispersion", "right", str(tmp_path / "ca.pem"))
    assert not proxies.authorities


def test_an_address_that_does_not_answer_is_named(authority: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise requests.ConnectionError("refused")

    monkeypatch.setattr(requests, "request", refuse)
    with pytest.raises(UnreachableError, match=f"{AUTH} did not answer: refused"):
        tempauth_api.log_in(AUTH, "dispersion:dispersion", "right", authority)
