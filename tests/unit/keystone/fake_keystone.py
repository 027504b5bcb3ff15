"""An identity API in memory, as far as the module uses it; behaves like Keystone where the module relies on it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

COLLECTIONS = {
    "domains": "domain",
    "regions": "region",
    "roles": "role",
    "projects": "project",
    "users": "user",
    "groups": "group",
    "services": "service",
    "endpoints": "endpoint",
}
TOKEN = "token-of-the-fake"


class FakeKeystone:
    """Objects by collection and identifier, and what was asked for."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in COLLECTIONS}
        self.passwords: dict[str, str] = {}
        self.relations: set[str] = set()
        self.requests: list[str] = []
        # Statuses to answer the next requests with instead; 0 cuts the connection after doing what was asked.
        self.disturbances: list[tuple[str, int]] = []
        self.page = 0
        self.truncate: set[str] = set()
        self._number = 0
        self.add("domains", id="default", name="Default", enabled=True, description="The default domain")
        admin = self.add("users", name="admin", domain_id="default", enabled=True)
        self.passwords[admin["id"]] = "right"
        self.add("projects", name="admin", domain_id="default", enabled=True)
        self.add("roles", name="admin", domain_id=None, description=None)

    def add(self, collection: str, **values: Any) -> dict[str, Any]:
        """Put an object into a collection."""
        self._number += 1
        found = {"id": f"{COLLECTIONS[collection]}-{self._number:03}", **values}
        self.objects[collection][found["id"]] = found
        return found

    def named(self, collection: str, name: str) -> dict[str, Any]:
        """The only object of a name."""
        (found,) = [each for each in self.objects[collection].values() if each.get("name") == name]
        return found

    def writes(self) -> list[str]:
        """Requests that change something."""
        return [line for line in self.requests if not line.startswith("GET") and "/auth/tokens" not in line]

    def answer(self, method: str, target: str, headers: Any, body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers for a request."""
        url = urlsplit(target)
        self.requests.append(f"{method} {url.path.removeprefix('/v3')}" + (f"?{url.query}" if url.query else ""))
        parts = url.path.removeprefix("/v3/").split("/")
        if parts == ["auth", "tokens"]:
            return self._token(body["auth"])
        if headers.get("X-Auth-Token") != TOKEN:
            return 401, _error("no token"), {}
        if parts[0] == "role_assignments":
            return 200, {"role_assignments": self._assignments(dict(parse_qsl(url.query)))}, {}
        if parts[0] == "role_inferences":
            return 200, {"role_inferences": self._inferences()}, {}
        if method == "PUT" or (method == "DELETE" and len(parts) > 2):
            path = "/".join(parts)
            status = 204 if method == "PUT" or path in self.relations else 404
            self.relations = self.relations | {path} if method == "PUT" else self.relations - {path}
            return status, None, {}
        return (*self._object(method, parts, dict(parse_qsl(url.query)), body), {})

    def _token(self, auth: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        user = auth["identity"]["password"]["user"]
        found = [
            each
            for each in self.objects["users"].values()
            if user.get("id") == each["id"] or ("id" not in user and user["name"] == each["name"])
        ]
        if found and found[0]["enabled"] and self.passwords.get(found[0]["id"]) == user["password"]:
            return 201, {"token": {}}, {"X-Subject-Token": TOKEN}
        return 401, _error("The request you have made requires authentication."), {}

    def _object(self, method: str, parts: list[str], query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        collection, kind = parts[0], COLLECTIONS[parts[0]]
        objects = self.objects[collection]
        if method == "GET":
            return 200, self._list(collection, query)
        if method == "POST":
            values = body[kind]
            password = values.pop("password", None)
            name = str(values.get("name", "")).casefold()
            unique = collection in {"domains", "roles", "projects", "users"}
            if unique and any(each["name"].casefold() == name for each in objects.values()):
                return 409, _error("Duplicate entry.")
            made = self.add(collection, **({"enabled": True} | values))
            if password is not None:
                self.passwords[made["id"]] = password
            return 201, {kind: made}
        found = objects.get(parts[1])
        if found is None:
            return 404, _error("Not found.")
        if method == "DELETE":
            return self._remove(collection, found)
        values = body[kind]
        if "password" in values:
            self.passwords[parts[1]] = values.pop("password")
        found |= values
        return 200, {kind: found}

    def _remove(self, collection: str, found: dict[str, Any]) -> tuple[int, Any]:
        if collection == "domains" and found["enabled"]:
            return 403, _error("The domain is enabled.")
        del self.objects[collection][found["id"]]
        endpoints = self.objects["endpoints"]
        for endpoint in [each for each in endpoints.values() if each["service_id"] == found["id"]]:
            del endpoints[endpoint["id"]]
        return 204, None

    def _list(self, collection: str, query: dict[str, str]) -> dict[str, Any]:
        marker = query.pop("marker", "")
        found = [
            each
            for each in self.objects[collection].values()
            if all(str(each.get(name)).casefold() == value.casefold() for name, value in query.items())
        ]
        answer: dict[str, Any] = {collection: found, "links": {"next": None}}
        if self.page:
            start = int(marker or 0)
            answer[collection] = found[start : start + self.page]
            if start + self.page < len(found):
                answer["links"]["next"] = f"https://elsewhere.example.org/v3/{collection}?marker={start + self.page}"
        if collection in self.truncate and "name" not in query:
            answer |= {collection: found[:1], "truncated": True}
        return answer

    def _assignments(self, query: dict[str, str]) -> list[dict[str, Any]]:
        found = []
        for path in sorted(self.relations):
            parts = path.split("/")
            if parts[0] == "roles":
                continue
            scope: dict[str, Any] = {"system": {"all": True}}
            if parts[0] != "system":
                scope = {COLLECTIONS[parts[0]]: {"id": parts[1]}}
                parts = parts[1:]
            kind = COLLECTIONS[parts[1]]
            if query.get(f"{kind}.id", parts[2]) == parts[2] and not query.keys() - {f"{kind}.id"}:
                found.append({"scope": scope, kind: {"id": parts[2]}, "role": {"id": parts[4]}})
        return found

    def _inferences(self) -> list[dict[str, Any]]:
        roles = self.objects["roles"]
        return [
            {"prior_role": roles[path.split("/")[1]], "implies": [roles[path.split("/")[3]]]}
            for path in sorted(self.relations)
            if path.startswith("roles/")
        ]


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message}}


@contextmanager
def serving(fake: FakeKeystone) -> Iterator[str]:
    """Serve the API on a loopback port; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            disturbed = next((each for each in fake.disturbances if self.command in each[0]), None)
            if disturbed:
                fake.disturbances.remove(disturbed)
                if disturbed[1]:
                    self._reply(disturbed[1], _error("disturbed"), {})
                    return
            answer = fake.answer(self.command, self.path, self.headers, body)
            if disturbed:
                self.close_connection = True
                return
            self._reply(*answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

        def _reply(self, status: int, body: Any, headers: dict[str, str]) -> None:
            content = json.dumps(body).encode() if body is not None else b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
