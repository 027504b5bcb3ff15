"""Which failures are ridden out, which are read back, and what is said of the others."""

import http.client
import json
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.error import URLError

import pytest
from ansible.module_utils.corbel import keystone_client as client
from ansible.module_utils.corbel.keystone_model import KeystoneError

OK: client.Answer = (200, {}, b"{}")
TOKEN: client.Answer = (201, {"x-subject-token": "t"}, b"{}")


class Script:
    """A transport that plays answers and failures in turn."""

    def __init__(self, *answers: client.Answer | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, str, Any]] = []

    def __call__(self, method: str, url: str, headers: Any, body: bytes | None) -> client.Answer:
        self.sent.append((method, url, json.loads(body) if body else None))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def keystone(script: Script, retries: int = 2) -> client.Keystone:
    return client.Keystone("https://api:5000/", script, retries)


def error(status: int, message: str = "words") -> client.Answer:
    return status, {}, json.dumps({"error": {"message": message}}).encode()


@pytest.mark.parametrize(
    "address", ["https://api:5000", "https://api:5000/", "https://api:5000/v3", "https://api:5000/v3/"]
)
def test_the_version_is_added_once(address: str) -> None:
    script = Script(OK)
    client.Keystone(address, script).call("GET", "/users")
    assert script.sent[0][1] == "https://api:5000/v3/users"


@pytest.mark.parametrize(
    ("credentials", "scope"),
    [
        ({"project_name": "admin"}, {"project": {"name": "admin", "domain": {"name": "Default"}}}),
        ({"system_scope": "all"}, {"system": {"all": True}}),
    ],
)
def test_the_scope_of_the_token(credentials: dict[str, str], scope: dict[str, Any]) -> None:
    script = Script(TOKEN)
    keystone(script).authenticate(client.Credentials(username="admin", password="p", **credentials))
    assert script.sent[0][2]["auth"]["scope"] == scope


def test_a_given_token_needs_no_request() -> None:
    script = Script()
    keystone(script).authenticate(client.Credentials(token="t"))
    assert script.sent == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (TOKEN, True),
        (error(401), False),
        ((401, {"openstack-auth-receipt": "r"}, b"{}"), True),
    ],
)
def test_a_password_is_tried(answer: client.Answer, expected: bool) -> None:
    assert keystone(Script(answer)).password_is("u1", "p") is expected


@pytest.mark.parametrize(
    ("method", "failure"),
    [
        ("GET", client.LostError("reset")),
        ("PATCH", client.LostError("reset")),
        ("DELETE", error(502)),
        ("PUT", error(500)),
        ("POST", client.NotSentError("refused")),
        ("POST", error(503)),
        ("POST", error(429)),
    ],
)
def test_what_is_safe_is_repeated(method: str, failure: Any) -> None:
    script = Script(failure, failure, OK)
    assert keystone(script).call(method, "/users") == {}
    assert len(script.sent) == 3


@pytest.mark.parametrize("failure", [client.LostError("reset"), error(502), error(500), error(504)])
def test_an_unconfirmed_creation_is_not_repeated(failure: Any) -> None:
    script = Script(failure)
    with pytest.raises(client.DisturbedError, match="did not confirm POST /users"):
        keystone(script).call("POST", "/users", {})
    assert len(script.sent) == 1


@pytest.mark.parametrize(("method", "status"), [("POST", 409), ("PATCH", 409), ("PATCH", 404), ("PUT", 404)])
def test_what_changed_meanwhile_is_read_again(method: str, status: int) -> None:
    with pytest.raises(client.DisturbedError):
        keystone(Script(error(status))).call(method, "/users/u1")


def test_what_is_gone_already_is_removed() -> None:
    assert keystone(Script(error(404))).call("DELETE", "/users/u1") == {}


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (error(400, "Bad name."), "answered 400 to GET /users .Bad name.; correct the value"),
        (error(401), "the token has expired or was revoked"),
        (error(403), "needs the role admin"),
        (error(403, "Unable to delete immutable role"), "take its option 'immutable' away"),
        ((418, {}, b"<html>tea</html>"), "<html>tea</html>.; look at the journal"),
        ((418, {}, b""), "no explanation"),
    ],
)
def test_a_refusal_says_what_mends_it(answer: client.Answer, advice: str) -> None:
    with pytest.raises(client.RefusedError, match=advice):
        keystone(Script(answer)).call("GET", "/users?name=a")


@pytest.mark.parametrize(
    ("answers", "kind", "message"),
    [
        ([client.UntrustedError("self-signed")], KeystoneError, "is not accepted .self-signed.; set ca_file"),
        ([client.NotSentError("refused")] * 3, client.UnreachableError, "after 3 attempts .refused."),
        ([error(401)], KeystoneError, "refuses the account 'admin' of domain 'Default' .words."),
        ([error(404)], client.RefusedError, "answered 404 .words. to a request for a token"),
    ],
)
def test_no_token(answers: list[Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        keystone(Script(*answers)).authenticate(client.Credentials(username="admin", password="p"))


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (URLError(ssl.SSLCertVerificationError("no")), client.UntrustedError),
        (ssl.SSLCertVerificationError("no"), client.UntrustedError),
        (URLError(ConnectionRefusedError(111, "refused")), client.NotSentError),
        (URLError(socket.gaierror(-2, "unknown")), client.NotSentError),
        (URLError(TimeoutError("late")), client.LostError),
        (http.client.RemoteDisconnected("gone"), client.LostError),
        (ConnectionResetError(104, "reset"), client.LostError),
    ],
)
def test_failures_are_told_apart(monkeypatch: pytest.MonkeyPatch, failure: Exception, kind: type[Exception]) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr(client, "open_url", fail)
    send: Callable[..., Any] = client.over_https(None, 5)
    with pytest.raises(kind):
        send("GET", "https://api:5000/v3", {}, None)


def test_certificates_are_always_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def note(*_: Any, **options: Any) -> None:
        asked.update(options)
        raise ConnectionResetError

    monkeypatch.setattr(client, "open_url", note)
    with pytest.raises(client.LostError):
        client.over_https("/ca.pem", 5)("GET", "https://api", {}, None)
    assert asked["ca_path"] == "/ca.pem"
    assert asked.get("validate_certs", True) is True
