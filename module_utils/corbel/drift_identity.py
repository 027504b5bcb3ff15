"""Services, endpoints and role assignments of Keystone against those that the catalogue declares.

An operator's own projects, users and groups are no drift. What counts: services of types that nobody declared, and
endpoints in the cloud's region; roles of the services' accounts; who else has a role in their project.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.corbel.drift_item import BROKEN, EXPOSED, Item
from ansible.module_utils.corbel.keystone_client import Keystone

PROJECT = "service"
DOMAIN = "Default"
SYSTEM = "the system"
INHERITED = "OS-INHERIT:inherited_to"
ALLOWED = "services of the catalogue, and those of drift_allowed_service_types"
Object = dict[str, Any]


@dataclass
class Found:
    """What was read."""

    services: list[Object] = field(default_factory=list)
    endpoints: list[Object] = field(default_factory=list)
    assignments: list[Object] = field(default_factory=list)


def read(keystone: Keystone, accounts: Iterable[str]) -> Found:
    """Read the catalogue, the roles of the services' accounts, and all roles in their project."""
    services, _ = keystone.list("/services", "services")
    endpoints, _ = keystone.list("/endpoints", "endpoints")
    filters = [("scope.project.id", one["id"]) for one in _named(keystone, "projects", PROJECT)]
    filters += [("user.id", one["id"]) for name in sorted(accounts) for one in _named(keystone, "users", name)]
    rows = [
        row
        for key, value in filters
        for row in keystone.list("/role_assignments", "role_assignments", **{key: value, "include_names": "true"})[0]
    ]
    unique = {repr(sorted(row.items(), key=lambda pair: pair[0])): row for row in rows}
    return Found(services, endpoints, list(unique.values()))


def _named(keystone: Keystone, collection: str, name: str) -> list[Object]:
    return keystone.list(f"/{collection}", collection, domain_id="default", name=name)[0]


def judge(found: Found, declared: Mapping[str, Any]) -> list[Item]:
    """Compare; `declared` has region, services, endpoints, assignments, accounts and allowed types.

    Each declared service, endpoint and assignment names the catalogue entry it is of.
    """
    return [
        *_services(found, declared),
        *_endpoints(found, declared),
        *_missing(found, declared),
        *_assignments(found, declared),
    ]


def _services(found: Found, declared: Mapping[str, Any]) -> Iterator[Item]:
    known = {(one["type"], one["name"]) for one in declared["services"]}
    elsewhere = {one["service_id"] for one in found.endpoints if one.get("region_id") != declared["region"]}
    here = {one["service_id"] for one in found.endpoints if one.get("region_id") == declared["region"]}
    for one in found.services:
        kind, name = str(one["type"]), str(one.get("name", ""))
        foreign = one["id"] in elsewhere - here
        if (kind, name) in known or kind in declared["allowed_types"] or foreign:
            continue
        mend = f"openstack service delete {one['id']}"
        yield _item(f"service {name or one['id']} ({kind})", "a service of no entry", ALLOWED, mend)


def _endpoints(found: Found, declared: Mapping[str, Any]) -> Iterator[Item]:
    types = {one["id"]: str(one["type"]) for one in found.services}
    known = {(one["type"], one["interface"]): str(one["url"]) for one in declared["endpoints"]}
    declared_types = {one["type"] for one in declared["services"]}
    seen: set[tuple[str, str]] = set()
    for one in sorted(found.endpoints, key=lambda each: str(each["id"])):
        kind, interface = types.get(one["service_id"], ""), str(one["interface"])
        if one.get("region_id") != declared["region"] or kind not in declared_types:
            continue
        right = known.get((kind, interface)) == one["url"] and (kind, interface) not in seen
        if right:
            seen.add((kind, interface))
            if one.get("enabled", True):
                continue
        name = f"{interface} endpoint of {kind}: {one['url']}"
        if right:
            yield _item(name, "disabled", "enabled", f"openstack endpoint set --enable {one['id']}", BROKEN)
        else:
            expected = known.get((kind, interface), f"no {interface} endpoint")
            yield _item(name, "an endpoint of no entry", expected, f"openstack endpoint delete {one['id']}")


def _missing(found: Found, declared: Mapping[str, Any]) -> Iterator[Item]:
    services = {(str(one["type"]), str(one.get("name", ""))) for one in found.services}
    types = {one["id"]: str(one["type"]) for one in found.services}
    endpoints = {
        (types.get(one["service_id"], ""), str(one["interface"]), str(one["url"]))
        for one in found.endpoints
        if one.get("region_id") == declared["region"]
    }
    for one in declared["services"]:
        if (one["type"], one["name"]) not in services:
            yield _absent(f"service {one['name']} ({one['type']})", one["entry"])
    for one in declared["endpoints"]:
        if (one["type"], one["interface"], one["url"]) not in endpoints:
            yield _absent(f"{one['interface']} endpoint of {one['type']}: {one['url']}", one["entry"])
    have = {
        (_actor(row)[1], row["role"]["name"], _scope(row))
        for row in found.assignments
        if "user" in row and INHERITED not in row["scope"]
    }
    for one in declared["assignments"]:
        if (one["user"], one["role"], f"project {PROJECT}") not in have:
            yield _absent(f"role {one['role']} of user {one['user']} on project {PROJECT}", one["entry"])


def _assignments(found: Found, declared: Mapping[str, Any]) -> Iterator[Item]:
    known = {(one["user"], one["role"], f"project {PROJECT}") for one in declared["assignments"]}
    accounts = set(declared["accounts"])
    for row in found.assignments:
        kind, name, domain = _actor(row)
        scope, role, inherited = _scope(row), str(row["role"]["name"]), INHERITED in row["scope"]
        of_ours = kind == "user" and domain == DOMAIN and name in accounts
        right = of_ours and (name, role, scope) in known and not inherited
        if right or not (of_ours or scope == f"project {PROJECT}"):
            continue
        expected = "the roles of the catalogue only" if of_ours else f"accounts of services only in project {PROJECT}"
        target, _, place = scope.partition(" ")
        words = ["openstack", "role", "remove", f"--{kind}", name, f"--{kind}-domain", domain]
        words += ["--system", "all"] if scope == SYSTEM else [f"--{target}", place]
        words += ["--inherited", role] if inherited else [role]
        below = " and what is below it" if inherited else ""
        item = f"role {role} of {kind} {name} on {scope}{below}"
        yield _item(item, "a role that no entry gives", expected, shlex.join(words))


def _actor(row: Mapping[str, Any]) -> tuple[str, str, str]:
    kind = "user" if "user" in row else "group"
    return kind, str(row[kind].get("name", row[kind]["id"])), str(row[kind].get("domain", {}).get("name", ""))


def _scope(row: Mapping[str, Any]) -> str:
    scope = row["scope"]
    if "system" in scope:
        return SYSTEM
    kind = "project" if "project" in scope else "domain"
    return f"{kind} {scope[kind].get('name', scope[kind]['id'])}"


def _item(name: str, found: str, expected: str, mend: str, severity: str = EXPOSED) -> Item:
    return Item("identity", name, found, expected, mend=mend, severity=severity)


def _absent(name: str, entry: str) -> Item:
    return Item("identity", name, "missing", "what the catalogue declares", bundle=entry, severity=BROKEN)
