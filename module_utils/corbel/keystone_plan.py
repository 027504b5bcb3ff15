"""The change that leads from what an identity service has to what it should have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.corbel.keystone_catalog import catalog_changes
from ansible.module_utils.corbel.keystone_change import object_change, plain_changes
from ansible.module_utils.corbel.keystone_model import (
    HIDDEN,
    Item,
    Key,
    Object,
    State,
    Step,
    Wanted,
    assignment_key,
    default_project_key,
    in_domain,
    index,
    is_absent,
    label,
    refuse_other_case,
    refuse_unknown,
)
from ansible.module_utils.corbel.plan_change import Change

# What others refer to is made first and removed last.
ORDER = ("domain", "region", "role", "project", "user", "implied role", "service", "endpoint", "assignment")


def compute_change(state: State, wanted: Wanted) -> list[Step]:
    """Steps in an order that is safe to stop in: makes and updates first, removals last."""
    steps = [
        *plain_changes("domain", state.domains, wanted.domains, ("description", "enabled")),
        *plain_changes("role", state.roles, wanted.roles, ("description",)),
        *_projects(state, wanted),
        *_users(state, wanted),
        *_implied_roles(state, wanted),
        *catalog_changes(state, wanted),
        *_assignments(state, wanted),
    ]
    kept = [step for step in steps if step.action != "delete"]
    removed = [step for step in steps if step.action == "delete"]
    return sorted(kept, key=lambda step: ORDER.index(step.kind)) + sorted(
        removed, key=lambda step: -ORDER.index(step.kind)
    )


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values fit for a diff."""
    fit = {name: "/".join(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return fit | ({"password": HIDDEN} if "password" in values else {})


def plan_changes(steps: Iterable[Step]) -> list[Change]:
    """Name what changes for the plan; of values their names alone."""
    return [Change("identity", step.label, step.action, step.note or ", ".join(sorted(step.values))) for step in steps]


def diff(steps: Iterable[Step]) -> dict[str, Any]:
    """What a run changes, object by object."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for step in steps:
        name = f"{step.label} [{step.id}]" if step.note else step.label
        if step.action != "create":
            before[name] = step.before or {"present": True}
        if step.action != "delete":
            after[name] = shown(step.values) or {"present": True}
    return {"before": before, "after": after}


def _known(found: Iterable[Key], items: Iterable[Item], key_of: Any) -> set[Key]:
    """Keys that will exist when all steps are done."""
    keys = set(found)
    for item in items:
        if is_absent(item):
            keys.discard(key_of(item))
        else:
            keys.add(key_of(item))
    return keys


def _known_domains(state: State, wanted: Wanted) -> set[Key]:
    return _known(state.domains, wanted.domains, lambda item: (item["name"],))


def _known_projects(state: State, wanted: Wanted) -> set[Key]:
    return _known(state.projects, wanted.projects, in_domain)


def _projects(state: State, wanted: Wanted) -> list[Step]:
    domains = _known_domains(state, wanted)
    steps = []
    for key, item in index("project", wanted.projects, in_domain).items():
        if not is_absent(item):
            refuse_unknown("domain", key[:1], domains, label("project", key), "domains")
            refuse_other_case("project", key, state.projects)
        values = {name: item.get(name) for name in ("description", "enabled")}
        steps += object_change("project", key, state.projects.get(key), item, values)
    return steps


def _users(state: State, wanted: Wanted) -> list[Step]:
    domains = _known_domains(state, wanted)
    projects = _known_projects(state, wanted)
    steps = []
    for key, item in index("user", wanted.users, in_domain).items():
        found = state.users.get(key)
        values = {name: item.get(name) for name in ("description", "email", "enabled", "options")}
        if not is_absent(item):
            refuse_unknown("domain", key[:1], domains, label("user", key), "domains")
            refuse_other_case("user", key, state.users)
            values["password"] = item.get("password") if _sets_password(key, item, found, state) else None
            values |= _default_project(key, item, found, state, projects)
        steps += object_change("user", key, found, item, values)
    return steps


def _sets_password(key: Key, item: Item, found: Object | None, state: State) -> bool:
    if found is None:
        return True
    # Nobody can log in as a disabled user, so its password cannot be compared.
    if item.get("update_password") != "always" or item.get("enabled") is False:
        return False
    return not state.passwords.get(key, False)


def _default_project(key: Key, item: Item, found: Object | None, state: State, projects: set[Key]) -> dict[str, Key]:
    """The default project by its key, unless the user has it already."""
    if not item.get("default_project"):
        return {}
    project = default_project_key(item)
    refuse_unknown("project", project, projects, label("user", key), "projects")
    current = state.projects.get(project, {}).get("id")
    if found is not None and current and found.get("default_project_id") == current:
        return {}
    return {"default_project": project}


def _implied_roles(state: State, wanted: Wanted) -> list[Step]:
    roles = _known(state.roles, wanted.roles, lambda item: (item["name"],))
    steps = []
    for key, item in index("implied role", wanted.implied_roles, lambda item: (item["prior"], item["implied"])).items():
        exists = key in state.implied_roles
        if is_absent(item):
            steps += [Step("delete", "implied role", key)] if exists else []
            continue
        for role in key:
            refuse_unknown("role", (role,), roles, label("implied role", key), "roles")
        steps += [] if exists else [Step("create", "implied role", key)]
    return steps


def _assignments(state: State, wanted: Wanted) -> list[Step]:
    known = {
        "user": (_known(state.users, wanted.users, in_domain), "users"),
        "group": (set(state.groups), "groups of Keystone"),
        "project": (_known_projects(state, wanted), "projects"),
        "domain": (_known_domains(state, wanted), "domains"),
        "role": (_known(state.roles, wanted.roles, lambda item: (item["name"],)), "roles"),
    }
    steps = []
    for key, item in index("assignment", wanted.assignments, assignment_key).items():
        exists = key in state.assignments
        if is_absent(item):
            steps += [Step("delete", "assignment", key)] if exists else []
            continue
        actor, actor_domain, name, role, scope, scope_domain, target = key
        needs = [(actor, (actor_domain, name)), ("role", (role,))]
        if scope == "project":
            needs.append((scope, (scope_domain, target)))
        elif scope == "domain":
            needs.append((scope, (target,)))
        for kind, needed in needs:
            refuse_unknown(kind, needed, known[kind][0], label("assignment", key), known[kind][1])
        steps += [] if exists else [Step("create", "assignment", key)]
    return steps
