"""Carries out the steps of a change against an identity service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from ansible.module_utils.corbel.keystone_client import Keystone
from ansible.module_utils.corbel.keystone_model import Key, State, Step

COLLECTIONS = {
    "domain": "domains",
    "region": "regions",
    "role": "roles",
    "project": "projects",
    "user": "users",
    "group": "groups",
    "service": "services",
    "endpoint": "endpoints",
}


class Ids:
    """Identifiers of objects by kind and key; grows while steps make objects."""

    def __init__(self, state: State) -> None:
        self._ids: dict[tuple[str, Key], str] = {}
        for kind in ("domain", "region", "role", "project", "user", "group"):
            for key, found in getattr(state, COLLECTIONS[kind]).items():
                self.add(kind, key, found["id"])
        for service in state.services:
            self.add("service", (service["type"], service.get("name") or ""), service["id"])

    def add(self, kind: str, key: Key, identifier: str) -> None:
        """Remember an object."""
        self._ids[kind, key] = identifier

    def drop(self, kind: str, key: Key) -> None:
        """Forget an object."""
        self._ids.pop((kind, key), None)

    def of(self, kind: str, key: Key) -> str:
        """The identifier of an object that exists."""
        return self._ids[kind, key]

    def names(self) -> dict[str, dict[str, str]]:
        """Identifiers by collection and name, as a result shows them: `domain/name`, `type/name`."""
        found: dict[str, dict[str, str]] = {}
        for (kind, key), identifier in sorted(self._ids.items()):
            found.setdefault(COLLECTIONS[kind], {})["/".join(key)] = identifier
        return found


def apply(keystone: Keystone, ids: Ids, steps: Iterable[Step], done: Callable[[Step], None]) -> None:
    """Carry out the steps; `done` hears of each that succeeded."""
    for step in steps:
        if step.kind in {"assignment", "implied role"}:
            method = "PUT" if step.action == "create" else "DELETE"
            keystone.call(method, relation_path(step, ids))
        elif step.action == "create":
            answer = keystone.call("POST", f"/{COLLECTIONS[step.kind]}", {step.kind: creation(step, ids)})
            # Nothing refers to an endpoint.
            if step.kind != "endpoint":
                ids.add(step.kind, step.key, answer[step.kind]["id"])
        else:
            path = f"/{COLLECTIONS[step.kind]}/{quote(step.id, safe='')}"
            if step.action == "update":
                keystone.call("PATCH", path, {step.kind: attributes(step, ids)})
                if step.kind != "endpoint":
                    ids.add(step.kind, step.key, step.id)
            else:
                if step.kind == "domain":
                    # Keystone keeps a domain that is enabled.
                    keystone.call("PATCH", path, {"domain": {"enabled": False}})
                keystone.call("DELETE", path)
                ids.drop(step.kind, step.key)
        done(step)


def attributes(step: Step, ids: Ids) -> dict[str, Any]:
    """The values of a step as the API names them."""
    values = dict(step.values)
    if "default_project" in values:
        values["default_project_id"] = ids.of("project", values.pop("default_project"))
    return values


def creation(step: Step, ids: Ids) -> dict[str, Any]:
    """The body that makes an object."""
    values = attributes(step, ids)
    if step.kind == "region":
        return {"id": step.key[0], **values}
    if step.kind in {"project", "user"}:
        return {"name": step.key[1], "domain_id": ids.of("domain", step.key[:1]), **values}
    if step.kind == "service":
        return {"type": step.key[0], **values}
    if step.kind == "endpoint":
        service = ids.of("service", step.key[:2])
        return {"service_id": service, "interface": step.key[2], "region_id": step.key[3], **values}
    return {"name": step.key[0], **values}


def relation_path(step: Step, ids: Ids) -> str:
    """The path that stands for an assignment or an implied role."""
    if step.kind == "implied role":
        return f"/roles/{ids.of('role', step.key[:1])}/implies/{ids.of('role', step.key[1:])}"
    actor, actor_domain, name, role, scope, scope_domain, target = step.key
    holder = f"{COLLECTIONS[actor]}/{ids.of(actor, (actor_domain, name))}/roles/{ids.of('role', (role,))}"
    if scope == "system":
        return f"/system/{holder}"
    key = (scope_domain, target) if scope == "project" else (target,)
    return f"/{COLLECTIONS[scope]}/{ids.of(scope, key)}/{holder}"
