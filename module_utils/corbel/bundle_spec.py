"""What a bundle may say: its options checked and turned into plain records. Used on both sides of the connection."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.corbel.bundle_fields import (
    BundleError,
    absolute,
    boolean,
    check_keys,
    choice,
    items,
    kind,
    number,
    octal,
    text,
    texts,
)

UNIT_TYPES = ("service", "timer", "socket", "mount", "target", "path", "slice", "automount", "swap")
UNIT_DIRECTORY = "/etc/systemd/system"

BUNDLE_KEYS = (
    "name",
    "packages",
    "groups",
    "users",
    "directories",
    "files",
    "units",
    "release",
    "watch",
    "units_action",
    "state",
    "timeout",
    "settle",
    "purge_directories",
)
# What the action plugin knows of the run.
RUN_KEYS = ("changing", "allowed")
USER_KEYS = ("name", "group", "home", "groups", "shell", "uid", "gid")
DIRECTORY_KEYS = ("path", "owner", "group", "mode")
FILE_SOURCES = ("template", "content")
FILE_KEYS = ("path", *FILE_SOURCES, "variables", "overrides", "owner", "group", "mode", "secret", "units", "validate")
UNIT_KEYS = ("name", *FILE_SOURCES, "variables", "drop_in", "drop_in_template", "enabled", "state", "on_change")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,100}")
_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?|[0-9]{1,10}")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?")
_UNIT = re.compile(r"[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?\.(" + "|".join(UNIT_TYPES) + ")")


@dataclass(frozen=True)
class User:
    """A system account and its primary group."""

    name: str
    group: str
    home: str | None = None
    groups: tuple[str, ...] = ()
    shell: str | None = None
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True)
class Directory:
    """A directory the bundle keeps."""

    path: str
    owner: str
    group: str
    mode: int


@dataclass(frozen=True)
class File:
    """A file the bundle writes; `units` None means every service of the bundle."""

    path: str
    content: bytes
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    secret: bool = False
    units: tuple[str, ...] | None = None
    validate: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unit:
    """A systemd unit: its own file, or a drop-in to a file that others ship, or neither."""

    name: str
    content: str | None = None
    drop_in: str | None = None
    enabled: bool | None = True
    state: str = "started"
    on_change: str = "restart"

    @property
    def is_service(self) -> bool:
        """Whether the unit runs programs, so that files and releases concern it."""
        return self.name.endswith(".service")

    @property
    def is_template(self) -> bool:
        """Whether the name stands for instances and cannot run itself."""
        return "@." in self.name


@dataclass(frozen=True)
class Bundle:
    """Everything a host should have for one service."""

    name: str
    packages: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    users: tuple[User, ...] = ()
    directories: tuple[Directory, ...] = ()
    files: tuple[File, ...] = ()
    units: tuple[Unit, ...] = ()
    release: str = ""
    watch: tuple[str, ...] = ()
    units_action: str = "apply"
    state: str = "present"
    timeout: int = 90
    settle: int = 3
    purge_directories: bool = False
    # Watched files that an earlier task of a run in check mode would change.
    changing: frozenset[str] = frozenset()
    # What may change while a saved plan is applied; None where there is no plan.
    allowed: frozenset[tuple[str, ...]] | None = None


def parse(raw: Mapping[str, Any]) -> Bundle:
    """Check a whole bundle whose templates are rendered."""
    check_keys("the bundle", raw, (*BUNDLE_KEYS, *RUN_KEYS))
    name = str(raw.get("name") or "")
    if not _NAME.fullmatch(name):
        raise BundleError(f"name: found {name!r}; letters, digits, '_', '-' and '.' are expected")
    bundle = Bundle(
        name=name,
        packages=texts("packages", raw.get("packages"), _PACKAGE),
        groups=texts("groups", raw.get("groups"), _ACCOUNT),
        users=tuple(_user(item) for item in items("users", raw.get("users"))),
        directories=tuple(_directory(item) for item in items("directories", raw.get("directories"))),
        files=tuple(_file(item) for item in items("files", raw.get("files"))),
        units=tuple(_unit(item) for item in items("units", raw.get("units"))),
        release=str(raw.get("release") or ""),
        watch=tuple(absolute("watch", path) for path in items("watch", raw.get("watch"))),
        units_action=choice("units_action", raw.get("units_action", "apply"), ("apply", "report")),
        state=choice("state", raw.get("state", "present"), ("present", "absent")),
        timeout=number("timeout", raw.get("timeout", 90), 1),
        settle=number("settle", raw.get("settle", 3), 0),
        purge_directories=boolean("purge_directories", raw.get("purge_directories", False)),
        changing=frozenset(map(str, raw.get("changing") or ())),
        allowed=None if raw.get("allowed") is None else frozenset(tuple(map(str, one)) for one in raw["allowed"]),
    )
    _check_whole(bundle)
    return bundle


def check_source(where: str, item: Mapping[str, Any], required: bool) -> None:
    """Refuse an item with two sources, with none where one is needed, or with options its source cannot use."""
    given = [key for key in FILE_SOURCES if item.get(key) is not None]
    if len(given) > 1 or (required and not given):
        found = " and ".join(given) or "neither"
        raise BundleError(f"{where}: found {found}; exactly one of template and content is expected")
    if item.get("variables") is not None and not isinstance(item["variables"], Mapping):
        raise BundleError(f"{where}: variables is {kind(item['variables'])}; a dictionary is expected")


def file_label(item: Any) -> str:
    """How messages name a file's entry."""
    path = item.get("path") if isinstance(item, Mapping) else None
    return f"file {path}" if path else "an entry of files"


def unit_label(item: Any) -> str:
    """How messages name a unit's entry."""
    name = item.get("name") if isinstance(item, Mapping) else None
    return f"unit {name}" if name else "an entry of units"


def _user(item: Any) -> User:
    check_keys("an entry of users", item, USER_KEYS)
    name = _account("users", item.get("name"))
    where = f"user {name}"
    home = item.get("home")
    return User(
        name=name,
        group=_account(where, item.get("group") or name),
        home=absolute(where, home) if home else None,
        groups=texts(f"{where}: groups", item.get("groups"), _ACCOUNT),
        shell=absolute(where, item["shell"]) if item.get("shell") else None,
        uid=None if item.get("uid") is None else number(f"{where}: uid", item["uid"], 1),
        gid=None if item.get("gid") is None else number(f"{where}: gid", item["gid"], 1),
    )


def _directory(item: Any) -> Directory:
    check_keys("an entry of directories", item, DIRECTORY_KEYS)
    path = absolute("an entry of directories", item.get("path"))
    where = f"directory {path}"
    return Directory(
        path=path,
        owner=_account(where, item.get("owner", "root")),
        group=_account(where, item.get("group", "root")),
        mode=octal(where, item.get("mode", "0755")),
    )


def _file(item: Any) -> File:
    where = file_label(item)
    check_keys(where, item, FILE_KEYS)
    path = absolute("an entry of files", item.get("path"))
    secret = boolean(f"{where}: secret", item.get("secret", False))
    mode = octal(where, item.get("mode", "0600" if secret else "0644"))
    if secret and mode & 0o007:
        raise BundleError(f"{where}: found secret with mode {mode:04o}; a mode that gives others nothing is expected")
    units = item.get("units")
    return File(
        path=path,
        content=text(f"{where}: content", item.get("content")).encode(),
        owner=_account(where, item.get("owner", "root")),
        group=_account(where, item.get("group", "root")),
        mode=mode,
        secret=secret,
        units=None if units is None else texts(f"{where}: units", units, _UNIT),
        validate=_validate(where, item.get("validate")),
    )


def _account(where: str, raw: Any) -> str:
    if not isinstance(raw, str) or not _ACCOUNT.fullmatch(raw):
        raise BundleError(f"{where}: found {raw!r}; the name of a user or group is expected")
    return raw


def _validate(where: str, raw: Any) -> tuple[str, ...]:
    words = raw.split() if isinstance(raw, str) else raw
    if words is None:
        return ()
    if not isinstance(words, list) or not words or not any("%s" in str(word) for word in words):
        raise BundleError(f"{where}: found validate {raw!r}; a command with %s for the file to test is expected")
    return tuple(str(word) for word in words)


def _unit(item: Any) -> Unit:
    where = unit_label(item)
    check_keys(where, item, UNIT_KEYS)
    name = str(item.get("name") or "")
    if not _UNIT.fullmatch(name):
        raise BundleError(f"{where}: found name {name!r}; a unit name with its type is expected, such as x.service")
    content, drop_in = item.get("content"), item.get("drop_in")
    passive = "@." in name
    unit = Unit(
        name=name,
        content=None if content is None else text(f"{where}: content", content),
        drop_in=None if drop_in is None else text(f"{where}: drop_in", drop_in),
        enabled=_enabled(where, item.get("enabled", None if passive else True)),
        state=choice(f"{where}: state", item.get("state", "any" if passive else "started"), UNIT_STATES),
        on_change=choice(f"{where}: on_change", item.get("on_change", "restart"), ON_CHANGE),
    )
    if passive and (unit.state != "any" or unit.enabled):
        raise BundleError(f"{where}: a template unit can neither run nor be enabled; list its instances as units")
    return unit


UNIT_STATES = ("started", "stopped", "any")
ON_CHANGE = ("restart", "reload", "none")


def _enabled(where: str, raw: Any) -> bool | None:
    return None if raw is None else boolean(f"{where}: enabled", raw)


def _check_whole(bundle: Bundle) -> None:
    taken: dict[str, str] = {}
    listed = [(item.path, "directories") for item in bundle.directories]
    listed += [(item.path, "files") for item in bundle.files]
    for path, where in listed:
        if path in taken:
            raise BundleError(f"{path} is listed twice, in {taken[path]} and in {where}; list it once")
        taken[path] = where
    names = [unit.name for unit in bundle.units]
    for name in names:
        if names.count(name) > 1:
            raise BundleError(f"unit {name} is listed twice; list it once")
        if f"{UNIT_DIRECTORY}/{name}" in taken:
            raise BundleError(f"the file of unit {name} is listed under files as well; list only the unit")
    for file in bundle.files:
        for name in file.units or ():
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f"did you mean '{near[0]}'?" if near else "list it under units as well"
                raise BundleError(f"file {file.path}: units names {name}, which the bundle does not list; {hint}")
    users = [user.name for user in bundle.users]
    for name in users:
        if users.count(name) > 1:
            raise BundleError(f"user {name} is listed twice; list it once")
