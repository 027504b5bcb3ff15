"""Talks to one identity service: verified TLS, one token, requests repeated only when that is safe."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit

from ansible.module_utils.corbel.keystone_model import KeystoneError
from ansible.module_utils.urls import open_url

BUSY = frozenset({429, 503})
BROKEN = frozenset({500, 502, 504})
# (status, headers with lower-case names, body)
Answer = tuple[int, Mapping[str, str], bytes]
Transport = Callable[[str, str, Mapping[str, str], bytes | None], Answer]


class UnreachableError(KeystoneError):
    """No identity service answers at the address."""


class DisturbedError(KeystoneError):
    """The state is not what was read: something else changed it, or a request may or may not have arrived."""


class RefusedError(KeystoneError):
    """Keystone answered with an error; `status` is its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class NotSentError(Exception):
    """No connection came about; the request certainly did not arrive."""


class LostError(Exception):
    """The connection ended before the answer; the request may have arrived."""


class UntrustedError(Exception):
    """The server's certificate is not accepted."""


@dataclass(frozen=True)
class Credentials:
    """What a token is asked with; a given token needs nothing else."""

    username: str = ""
    password: str = ""
    user_domain_name: str = "Default"
    project_name: str = ""
    project_domain_name: str = "Default"
    system_scope: str = ""
    token: str = ""

    def body(self) -> dict[str, Any]:
        """Request for a token."""
        scope: dict[str, Any] = {"system": {"all": True}}
        if not self.system_scope:
            scope = {"project": {"name": self.project_name, "domain": {"name": self.project_domain_name}}}
        user = {"name": self.username, "domain": {"name": self.user_domain_name}, "password": self.password}
        return {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}


def over_https(ca_file: str | None, timeout: int) -> Transport:
    """Requests with Ansible's HTTP client; the certificate and its name are always verified."""

    def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        try:
            answer = open_url(
                url,
                data=body,
                headers=dict(headers),
                method=method,
                timeout=timeout,
                ca_path=ca_file,
                use_proxy=False,
                follow_redirects="none",
                http_agent="corbel",
            )
            with answer:
                return answer.status, _lower(answer.headers), answer.read()
        except HTTPError as error:
            with error:
                return error.code, _lower(error.headers), error.read()
        except (OSError, http.client.HTTPException) as error:
            raise _sorted_out(error) from error

    return send


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _sorted_out(error: Exception) -> Exception:
    """Which of the three ways to fail this was."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return UntrustedError(getattr(cause, "verify_message", "") or str(cause))
    if isinstance(cause, ConnectionRefusedError | socket.gaierror | FileNotFoundError):
        return NotSentError(str(cause))
    return LostError(str(cause) or type(cause).__name__)


class Keystone:
    """The identity API, version 3."""

    def __init__(
        self, auth_url: str, transport: Transport, retries: int = 0, pause: Callable[[], None] = lambda: None
    ) -> None:
        base = auth_url.rstrip("/")
        self.base = base if base.endswith("/v3") else f"{base}/v3"
        self._transport = transport
        self._retries = retries
        self._pause = pause
        self._token = ""

    def authenticate(self, credentials: Credentials) -> None:
        """Get the token that all further requests use."""
        if credentials.token:
            self._token = credentials.token
            return
        status, headers, body = self._send("POST", "/auth/tokens?nocatalog", credentials.body(), repeatable=True)
        if status == 401:
            raise KeystoneError(
                f"Keystone at {self.base} refuses the account '{credentials.username}' of domain "
                f"'{credentials.user_domain_name}' ({_message(body)}); correct auth.username and auth.password, "
                "or the project and domains beside them"
            )
        if status != 201 or "x-subject-token" not in headers:
            raise RefusedError(
                status,
                f"Keystone at {self.base} answered {status} ({_message(body)}) to a request for a token and 201 was "
                "expected; look at the unit of the identity API, and check auth.auth_url",
            )
        self._token = headers["x-subject-token"]

    def password_is(self, user_id: str, password: str) -> bool:
        """Whether the password lets the user in."""
        identity = {"methods": ["password"], "password": {"user": {"id": user_id, "password": password}}}
        request = {"auth": {"identity": identity, "scope": "unscoped"}}
        status, headers, body = self._send("POST", "/auth/tokens?nocatalog", request, repeatable=True)
        # A receipt means: the password is right and a further factor is asked for.
        if status == 201 or "openstack-auth-receipt" in headers:
            return True
        if status == 401:
            return False
        raise self._refusal("POST", "/auth/tokens", status, body)

    def list(self, path: str, collection: str, **query: str) -> tuple[list[dict[str, Any]], bool]:
        """A whole collection, and whether Keystone cut it short."""
        found: list[dict[str, Any]] = []
        target = f"{path}?{urlencode(query)}" if query else path
        while True:
            answer = self.call("GET", target)
            found += answer[collection]
            following = (answer.get("links") or {}).get("next")
            if not following:
                return found, bool(answer.get("truncated"))
            # The link names the public address; only its query is needed.
            target = f"{path}?{urlsplit(following).query}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request with the token; its answer."""
        status, _, content = self._send(method, path, body, repeatable=method != "POST")
        if status in {200, 201, 204}:
            return json.loads(content) if content else {}
        if status == 404 and method == "DELETE":
            return {}
        if status == 409 or (status == 404 and method != "GET"):
            raise DisturbedError(f"Keystone answered {status} to {method} {path}: {_message(content)}")
        raise self._refusal(method, path, status, content)

    def _send(self, method: str, path: str, body: dict[str, Any] | None, repeatable: bool) -> Answer:
        content = json.dumps(body).encode() if body is not None else None
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["X-Auth-Token"] = self._token
        for left in range(self._retries, -1, -1):
            try:
                answer = self._transport(method, self.base + path, headers, content)
            except UntrustedError as error:
                raise KeystoneError(
                    f"the certificate at {self.base} is not accepted ({error}); set ca_file to the authority it comes "
                    "from, and auth.auth_url to a name that it lists"
                ) from error
            except NotSentError as error:
                problem, sent = str(error), False
            except LostError as error:
                problem, sent = str(error), True
            else:
                if answer[0] not in BUSY | BROKEN:
                    return answer
                problem, sent = f"status {answer[0]}, {_message(answer[2])}", answer[0] in BROKEN
            if sent and not repeatable:
                self._pause()
                raise DisturbedError(f"Keystone did not confirm {method} {path} ({problem})")
            if left:
                self._pause()
        raise UnreachableError(
            f"no identity service answers at {self.base} after {self._retries + 1} attempts ({problem}); look at its "
            "unit and at haproxy.service, and check auth.auth_url"
        )

    def _refusal(self, method: str, path: str, status: int, content: bytes) -> RefusedError:
        advice = "look at the journal of the identity API"
        if status == 401:
            advice = "the token has expired or was revoked; run again, or give auth.username and auth.password"
        elif status == 403 and b"immutable" in content:
            advice = "Keystone protects this object: leave it as it is, or take its option 'immutable' away first"
        elif status == 403:
            advice = "the account of 'auth' needs the role admin in the scope that it asks for"
        elif status == 400:
            advice = "correct the value that Keystone names"
        target = path.partition("?")[0]
        return RefusedError(status, f"Keystone answered {status} to {method} {target} ({_message(content)}); {advice}")


def _message(content: bytes) -> str:
    """The words of an error answer."""
    try:
        return str(json.loads(content)["error"]["message"]).rstrip(".")
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace").strip()[:200] or "no explanation"
