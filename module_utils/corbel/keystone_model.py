"""What an identity service has and what it should have, in terms of names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.corbel import naming

Key = tuple[str, ...]
Object = dict[str, Any]
Item = dict[str, Any]

INTERFACES = ("admin", "internal", "public")
# Stands for a password wherever values are shown.
HIDDEN = "(set)"


class KeystoneError(Exception):
    """The resources cannot be brought about; the message says what mends it."""


@dataclass
class Wanted:
    """The lists of the module's arguments; an attribute that is None is left as it is."""

    region: str = "RegionOne"
    domains: list[Item] = field(default_factory=list)
    projects: list[Item] = field(default_factory=list)
    users: list[Item] = field(default_factory=list)
    roles: list[Item] = field(default_factory=list)
    implied_roles: list[Item] = field(default_factory=list)
    assignments: list[Item] = field(default_factory=list)
    services: list[Item] = field(default_factory=list)
    endpoints: list[Item] = field(default_factory=list)
    regions: list[Item] = field(default_factory=list)
    verify_passwords: bool = True


@dataclass
class State:
    """What was read, as far as it was needed; objects are as Keystone gives them."""

    domains: dict[Key, Object] = field(default_factory=dict)
    regions: dict[Key, Object] = field(default_factory=dict)
    roles: dict[Key, Object] = field(default_factory=dict)
    projects: dict[Key, Object] = field(default_factory=dict)
    users: dict[Key, Object] = field(default_factory=dict)
    groups: dict[Key, Object] = field(default_factory=dict)
    services: list[Object] = field(default_factory=list)
    endpoints: list[Object] = field(default_factory=list)
    # (prior role, implied role)
    implied_roles: set[Key] = field(default_factory=set)
    # (user or group, its domain, its name, role, project or domain or system, domain, name)
    assignments: set[Key] = field(default_factory=set)
    # Whether the wanted password is the user's, for users where that was tried.
    passwords: dict[Key, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One change of one object."""

    action: str
    kind: str
    key: Key
    values: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        """The object in words."""
        return label(self.kind, self.key)

    def sentence(self) -> str:
        """The change in words, without secrets."""
        what = f": {', '.join(sorted(self.values))}" if self.action == "update" else ""
        return f"{self.action} {self.label}{what}" + (f" ({self.note})" if self.note else "")


def label(kind: str, key: Key) -> str:
    """An object in words."""
    if kind in {"project", "user", "group"}:
        return f"{kind} '{key[1]}' of domain '{key[0]}'"
    if kind == "implied role":
        return f"implication of role '{key[1]}' by role '{key[0]}'"
    if kind == "assignment":
        actor, actor_domain, name, role, scope, scope_domain, target = key
        where = "the system" if scope == "system" else f"{scope} '{target}'"
        where += f" of domain '{scope_domain}'" if scope == "project" else ""
        return f"role '{role}' of {actor} '{name}' of domain '{actor_domain}' on {where}"
    if kind == "service":
        return f"service '{key[1]}' of type '{key[0]}'"
    if kind == "endpoint":
        return f"{key[2]} endpoint of service '{key[1]}' ({key[0]}) in region '{key[3]}'"
    return f"{kind} '{key[0]}'"


def assignment_key(item: Mapping[str, Any]) -> Key:
    """Key of a wanted assignment."""
    kind = "user" if item.get("user") else "group"
    actor = (kind, item[f"{kind}_domain"], item[kind])
    if item.get("project"):
        scope = ("project", item["project_domain"], item["project"])
    elif item.get("domain"):
        scope = ("domain", "", item["domain"])
    else:
        scope = ("system", "", "all")
    return (*actor, item["role"], *scope)


def is_absent(item: Mapping[str, Any]) -> bool:
    """Whether the item is to be removed."""
    return item.get("state") == "absent"


def in_domain(item: Mapping[str, Any]) -> Key:
    """Key of an item that lives in a domain."""
    return (item["domain"], item["name"])


def wanted_actors(wanted: Wanted, kind: str) -> set[Key]:
    """Users or groups that assignments name."""
    return {(item[f"{kind}_domain"], item[kind]) for item in wanted.assignments if item.get(kind)}


def wanted_users(wanted: Wanted) -> set[Key]:
    """Every user that the lists name."""
    return {in_domain(item) for item in wanted.users} | wanted_actors(wanted, "user")


def wanted_projects(wanted: Wanted) -> set[Key]:
    """Every project that the lists name."""
    named = {in_domain(item) for item in wanted.projects} | wanted_actors(wanted, "project")
    return named | {default_project_key(item) for item in wanted.users if item.get("default_project")}


def default_project_key(user: Mapping[str, Any]) -> Key:
    """Key of the project that a wanted user has by default."""
    return (user.get("default_project_domain") or user["domain"], user["default_project"])


def with_domain_names(wanted: Wanted, domains: Mapping[Key, Object]) -> Wanted:
    """The same wishes, with a domain that is given by its id given by its name."""
    names = {(found["id"],): key[0] for key, found in domains.items()}
    fields = ("domain", "user_domain", "group_domain", "project_domain", "default_project_domain")

    def named(item: Item) -> Item:
        return item | {
            option: names.get((item[option],), item[option])
            for option in fields
            if item.get(option) and (item[option],) not in domains
        }

    lists = {name: [named(item) for item in getattr(wanted, name)] for name in ("projects", "users", "assignments")}
    return Wanted(
        region=wanted.region,
        domains=wanted.domains,
        roles=wanted.roles,
        implied_roles=wanted.implied_roles,
        services=wanted.services,
        endpoints=wanted.endpoints,
        regions=wanted.regions,
        verify_passwords=wanted.verify_passwords,
        **lists,
    )


def refuse_other_case(kind: str, key: Key, existing: Iterable[Key]) -> None:
    """Names that differ in case only are one name to Keystone's database; say so instead of failing half-way."""
    folded = tuple(part.casefold() for part in key)
    for other in existing:
        if other != key and tuple(part.casefold() for part in other) == folded:
            raise KeystoneError(
                f"{label(kind, key)} is wanted and {label(kind, other)} exists; Keystone takes both for one name: "
                "write it as it is, or rename it in Keystone first"
            )


def refuse_unknown(kind: str, key: Key, known: Iterable[Key], needed_by: str, option: str) -> None:
    """A name that something else needs must exist or be made by the same call."""
    names = set(known)
    if key in names:
        return
    near = [name[-1] for name in names if name[:-1] == key[:-1]]
    raise KeystoneError(
        f"{needed_by} needs {label(kind, key)}, which neither exists nor is listed in '{option}'"
        + (naming.hint(key[-1], near) or ".")
        + f" Add it to '{option}' or correct the name"
    )


def index(kind: str, items: Iterable[Item], key_of: Any) -> dict[Key, Item]:
    """The items by key; the same item twice with other contents is a mistake of the caller."""
    found: dict[Key, Item] = {}
    for item in items:
        key = key_of(item)
        if key in found and found[key] != item:
            raise KeystoneError(f"{label(kind, key)} is listed twice with different contents; list it once")
        found[key] = item
    return found


def presumed_state(wanted: Wanted) -> State:
    """What a Keystone that is still to be deployed will have when the call comes: all that is referred to, no more."""

    def missing(needed: Iterable[Key], items: Iterable[Item], key_of: Any) -> dict[Key, Object]:
        listed = {key_of(item) for item in items}
        return {key: {"id": "", "name": key[-1]} for key in needed if key not in listed}

    def by_name(item: Item) -> Key:
        return (item["name"],)

    projects, users = wanted_projects(wanted), wanted_users(wanted)
    groups = wanted_actors(wanted, "group")
    domains = {key[:1] for key in projects | users | groups}
    domains |= {(item["domain"],) for item in wanted.assignments if item.get("domain")}
    roles = {(item["role"],) for item in wanted.assignments}
    roles |= {(item[option],) for item in wanted.implied_roles for option in ("prior", "implied")}
    listed = {item["type"] for item in wanted.services} | {item.get("name") for item in wanted.services}
    services = {
        (item.get("service_type") or item["service"], item.get("service") or item["service_type"])
        for item in wanted.endpoints
        if not {item.get("service_type"), item.get("service")} & (listed - {None})
    }
    return State(
        domains=missing(domains, wanted.domains, by_name),
        roles=missing(roles, wanted.roles, by_name),
        projects=missing(projects, wanted.projects, in_domain),
        users=missing(users, wanted.users, in_domain),
        groups=missing(groups, [], in_domain),
        services=[{"id": f"presumed-{kind}-{name}", "type": kind, "name": name} for kind, name in sorted(services)],
    )
