"""The change that leads from what an identity service has to what it should have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.corbel import naming
from ansible.module_utils.corbel.keystone_model import (
    HIDDEN,
    Item,
    Key,
    KeystoneError,
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

# What others refer to is made first and removed last.
ORDER = ("domain", "region", "role", "project", "user", "implied role", "service", "endpoint", "assignment")


def compute_change(state: State, wanted: Wanted) -> list[Step]:
    """Steps in an order that is safe to stop in: makes and updates first, removals last."""
    services = _Services(state, wanted)
    steps = [
        *_plain("domain", state.domains, wanted.domains, ("description", "enabled")),
        *_regions(state, wanted),
        *_plain("role", state.roles, wanted.roles, ("description",)),
        *_projects(state, wanted),
        *_users(state, wanted),
        *_implied_roles(state, wanted),
        *services.steps(),
        *_endpoints(state, wanted, services),
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


def _differs(name: str, found: Any, value: Any) -> bool:
    if name == "options":
        return any((found or {}).get(option) != setting for option, setting in value.items())
    return (found or "") != value if isinstance(value, str) else found != value


def _change(kind: str, key: Key, found: Object | None, item: Item, values: Mapping[str, Any]) -> list[Step]:
    """Make, update or remove one object; values that are None are left alone."""
    if is_absent(item):
        return [Step("delete", kind, key, id=found["id"])] if found else []
    given = {name: value for name, value in values.items() if value is not None}
    if found is None:
        return [Step("create", kind, key, given)]
    changed = {
        name: value for name, value in given.items() if name == "password" or _differs(name, found.get(name), value)
    }
    if not changed:
        return []
    before = {name: found.get(name) for name in changed if name != "password"}
    return [Step("update", kind, key, changed, before, found["id"])]


def _plain(kind: str, found: Mapping[Key, Object], items: list[Item], fields: Iterable[str]) -> list[Step]:
    steps = []
    for key, item in index(kind, items, lambda item: (item["name"],)).items():
        if not is_absent(item):
            refuse_other_case(kind, key, found)
        steps += _change(kind, key, found.get(key), item, {name: item.get(name) for name in fields})
    return steps


def _regions(state: State, wanted: Wanted) -> list[Step]:
    """Regions listed, and those that endpoints need: an endpoint cannot stand in a region that does not exist."""
    listed = {item["name"] for item in wanted.regions}
    needed = {_region(item, wanted) for item in wanted.endpoints if not is_absent(item)} - listed
    extra: list[Item] = [{"name": name} for name in sorted(needed)]
    return _plain("region", state.regions, wanted.regions + extra, ("description",))


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
        steps += _change("project", key, state.projects.get(key), item, values)
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
        steps += _change("user", key, found, item, values)
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


def _region(item: Item, wanted: Wanted) -> str:
    return str(item.get("region") or wanted.region)


def service_key(item: Mapping[str, Any]) -> Key:
    """Key of a service; one without a name is named like its type."""
    return (item["type"], item.get("name") or item["type"])


class _Services:
    """Finds the service that an item means, by type and name, and what the services will be after the change."""

    def __init__(self, state: State, wanted: Wanted) -> None:
        self._found = sorted(state.services, key=lambda service: str(service["id"]))
        self._items = index("service", wanted.services, service_key)
        # Id of each service that stays ("" when it is still to be made), by its key after the change.
        self.planned: dict[Key, str] = {}
        self._steps: list[Step] = []
        self._plan()

    def steps(self) -> list[Step]:
        """Changes of services."""
        return self._steps

    def _plan(self) -> None:
        claimed = {service["id"] for key in self._items for service in self._named(key)}
        gone: set[str] = set()
        for key, item in self._items.items():
            if is_absent(item):
                doomed = self._named(key) if item.get("name") else self._typed(key[0])
                gone |= {service["id"] for service in doomed}
                self._steps += [
                    Step("delete", "service", (service["type"], service.get("name") or ""), id=service["id"])
                    for service in doomed
                ]
                continue
            found = self._match(key, claimed)
            if found:
                claimed.add(found["id"])
            values = {"name": key[1], "description": item.get("description"), "enabled": item.get("enabled")}
            self._steps += _change("service", key, found, item, values)
            self.planned[key] = found["id"] if found else ""
        taken = set(self.planned.values()) | gone
        for service in self._found:
            if service["id"] not in taken:
                self.planned.setdefault((service["type"], service.get("name") or ""), service["id"])

    def _typed(self, kind: str) -> list[Object]:
        return [service for service in self._found if service["type"] == kind]

    def _named(self, key: Key) -> list[Object]:
        return [service for service in self._typed(key[0]) if service.get("name") == key[1]]

    def _match(self, key: Key, claimed: set[str]) -> Object | None:
        named = self._named(key)
        if len(named) > 1:
            ids = ", ".join(service["id"] for service in named)
            raise KeystoneError(
                f"Keystone has {len(named)} services '{key[1]}' of type '{key[0]}' ({ids}) and one is expected; "
                "remove the ones without endpoints with 'openstack service delete <id>'"
            )
        if named:
            return named[0]
        others = [service for service in self._typed(key[0]) if service["id"] not in claimed]
        # The only one of its type is the same service under another name.
        return others[0] if len(others) == 1 and len(self._typed(key[0])) == 1 else None

    def resolve(self, item: Item) -> Key | None:
        """Key of the service that an endpoint belongs to; None when there is none."""
        kind, name = item.get("service_type"), item.get("service")
        keys = [key for key in self.planned if kind in {None, key[0]} and name in {None, key[1]}]
        if len(keys) > 1:
            named = ", ".join(sorted(label("service", key) for key in keys))
            raise KeystoneError(
                f"an endpoint asks for {_asked(item)} and that may be {named}; give both 'service_type' and 'service'"
            )
        return keys[0] if keys else None


def _asked(item: Item) -> str:
    parts = [
        f"{words} '{item[option]}'"
        for option, words in (("service_type", "service type"), ("service", "service"))
        if item.get(option)
    ]
    return " and ".join(parts)


def _endpoints(state: State, wanted: Wanted, services: _Services) -> list[Step]:
    def key_of(item: Item) -> Key:
        service = services.resolve(item) or (item.get("service_type") or "", item.get("service") or "")
        return (*service, item["interface"], _region(item, wanted))

    steps = []
    for key, item in index("endpoint", wanted.endpoints, key_of).items():
        service = services.resolve(item)
        if service is None:
            if is_absent(item):
                continue
            near = naming.hint(key[0] or key[1], [part for pair in services.planned for part in pair]) or "."
            raise KeystoneError(
                f"an endpoint asks for {_asked(item)}, which neither exists nor is listed in 'services'{near} "
                "Add it to 'services' or correct the name"
            )
        steps += _endpoint(key, item, _matching(state.endpoints, services.planned[service], key))
    return steps


def _matching(endpoints: list[Object], service: str, key: Key) -> list[Object]:
    if not service:
        return []
    found = [
        endpoint
        for endpoint in endpoints
        if (endpoint["service_id"], endpoint["interface"], endpoint.get("region_id")) == (service, key[2], key[3])
    ]
    return sorted(found, key=lambda endpoint: str(endpoint["id"]))


def _endpoint(key: Key, item: Item, found: list[Object]) -> list[Step]:
    """Make, update or remove one endpoint, and remove further ones at the same place."""
    if is_absent(item):
        return [Step("delete", "endpoint", key, before={"url": each["url"]}, id=each["id"]) for each in found]
    kept = next((each for each in found if each["url"] == item["url"]), found[0] if found else None)
    steps = _change("endpoint", key, kept, item, {"url": item["url"], "enabled": item.get("enabled")})
    return steps + [
        Step("delete", "endpoint", key, before={"url": each["url"]}, id=each["id"], note="duplicate")
        for each in found
        if each is not kept
    ]
