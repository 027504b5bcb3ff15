"""Reads from an identity service what a change needs to know, each list once."""

from __future__ import annotations

from ansible.module_utils.corbel import keystone_model as model
from ansible.module_utils.corbel.keystone_client import Keystone
from ansible.module_utils.corbel.keystone_model import Key, KeystoneError, Object, State, Wanted

# Up to this many objects of a domain are asked for by name; beyond that the domain's whole list is shorter.
FEW = 4


def read_state(keystone: Keystone, wanted: Wanted) -> tuple[State, Wanted]:
    """What there is, and the wishes with every domain by its name."""
    state = State()
    if wanted.domains or wanted.projects or wanted.users or wanted.assignments:
        state.domains = _by_name(_whole(keystone, "/domains", "domains"))
        wanted = model.with_domain_names(wanted, state.domains)
    if wanted.roles or wanted.implied_roles or wanted.assignments:
        state.roles = _by_name(_whole(keystone, "/roles", "roles"))
    if wanted.regions or wanted.endpoints:
        state.regions = {(region["id"],): region for region in _whole(keystone, "/regions", "regions")}
    if wanted.services or wanted.endpoints:
        state.services = _whole(keystone, "/services", "services")
    if wanted.endpoints:
        state.endpoints = _whole(keystone, "/endpoints", "endpoints")
    if wanted.implied_roles:
        state.implied_roles = _implied_roles(keystone)
    state.projects = _in_domains(keystone, "projects", model.wanted_projects(wanted), state)
    state.users = _in_domains(keystone, "users", model.wanted_users(wanted), state)
    state.groups = _in_domains(keystone, "groups", model.wanted_actors(wanted, "group"), state)
    if wanted.assignments:
        state.assignments = _assignments(keystone, wanted, state)
    if wanted.verify_passwords:
        state.passwords = _passwords(keystone, wanted, state)
    return state, wanted


def _whole(keystone: Keystone, path: str, collection: str, **query: str) -> list[Object]:
    found, truncated = keystone.list(path, collection, **query)
    if truncated:
        raise KeystoneError(
            f"Keystone gives only the first {len(found)} entries of {path}; raise 'list_limit' in keystone.conf"
        )
    return found


def _by_name(objects: list[Object]) -> dict[Key, Object]:
    return {(found["name"],): found for found in objects}


def _in_domains(keystone: Keystone, collection: str, keys: set[Key], state: State) -> dict[Key, Object]:
    """The objects of the keys' domains; of a domain that does not exist yet there is nothing to read."""
    found: dict[Key, Object] = {}
    for domain in sorted({key[0] for key in keys}):
        if (domain,) not in state.domains:
            continue
        names = {key[1] for key in keys if key[0] == domain}
        objects = _of_domain(keystone, collection, state.domains[domain,]["id"], names)
        found |= {(domain, each["name"]): each for each in objects}
    return found


def _of_domain(keystone: Keystone, collection: str, domain_id: str, names: set[str]) -> list[Object]:
    path = f"/{collection}"
    if len(names) > FEW:
        objects, truncated = keystone.list(path, collection, domain_id=domain_id)
        if not truncated:
            return objects
    return [
        each for name in sorted(names) for each in keystone.list(path, collection, domain_id=domain_id, name=name)[0]
    ]


def _implied_roles(keystone: Keystone) -> set[Key]:
    return {
        (inference["prior_role"]["name"], implied["name"])
        for inference in keystone.call("GET", "/role_inferences")["role_inferences"]
        for implied in inference["implies"]
    }


def _names(objects: dict[Key, Object]) -> dict[str, Key]:
    return {each["id"]: key for key, each in objects.items()}


def _assignments(keystone: Keystone, wanted: Wanted, state: State) -> set[Key]:
    """Direct assignments of the actors that are named and exist."""
    actors = [
        (kind, objects[key]["id"])
        for kind, objects in (("user", state.users), ("group", state.groups))
        for key in sorted(model.wanted_actors(wanted, kind))
        if key in objects
    ]
    if len(actors) > FEW:
        found = _whole(keystone, "/role_assignments", "role_assignments")
    else:
        found = [
            each
            for kind, identifier in actors
            for each in _whole(keystone, "/role_assignments", "role_assignments", **{f"{kind}.id": identifier})
        ]
    names = {
        "user": _names(state.users),
        "group": _names(state.groups),
        "project": _names(state.projects),
        "domain": _names(state.domains),
        "role": _names(state.roles),
    }
    keys = (_assignment(each, names) for each in found)
    return {key for key in keys if key}


def _assignment(found: Object, names: dict[str, dict[str, Key]]) -> Key | None:
    """Key of an assignment, if it is one that a wish can name."""
    scope = found["scope"]
    if "OS-INHERIT:inherited_to" in scope:
        return None
    kind = "user" if "user" in found else "group"
    actor = names[kind].get(found[kind]["id"])
    role = names["role"].get(found["role"]["id"])
    target: Key | None = None
    if "system" in scope:
        target = ("system", "", "all")
    elif "project" in scope:
        project = names["project"].get(scope["project"]["id"])
        target = ("project", *project) if project else None
    elif "domain" in scope:
        domain = names["domain"].get(scope["domain"]["id"])
        target = ("domain", "", *domain) if domain else None
    return (kind, *actor, *role, *target) if actor and role and target else None


def _passwords(keystone: Keystone, wanted: Wanted, state: State) -> dict[Key, bool]:
    """Try the passwords that must be true; only of users that exist and may log in, now and after the change."""
    tried: dict[Key, bool] = {}
    for item in wanted.users:
        found = state.users.get(model.in_domain(item))
        if found is None or model.is_absent(item) or not item.get("password"):
            continue
        if item.get("update_password") == "always" and found.get("enabled", True) and item.get("enabled") is not False:
            tried[model.in_domain(item)] = keystone.password_is(found["id"], item["password"])
    return tried
