"""Users and groups of a host: what is there, and the commands that add what a bundle wants."""

from __future__ import annotations

import contextlib
import grp
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ansible.module_utils.corbel.bundle_spec import User
from ansible.module_utils.corbel.bundle_tree import Tree

NO_HOME = "/nonexistent"
NO_SHELL = "/usr/sbin/nologin"


@dataclass(frozen=True)
class Known:
    """A user as the host knows it."""

    uid: int
    gid: int
    home: str
    shell: str


@dataclass(frozen=True)
class Accounts:
    """Users and groups, by name."""

    users: Mapping[str, Known]
    groups: Mapping[str, int]
    members: Mapping[str, frozenset[str]]
    ask_system: bool = field(default=False, repr=False)

    def uid(self, name: str) -> int | None:
        """Find a user's number; None if the user does not exist."""
        if name in self.users:
            return self.users[name].uid
        if name.isdigit():
            return int(name)
        if self.ask_system:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name).pw_uid
        return None

    def gid(self, name: str) -> int | None:
        """Find a group's number; None if the group does not exist."""
        if name in self.groups:
            return self.groups[name]
        if name.isdigit():
            return int(name)
        if self.ask_system:
            with contextlib.suppress(KeyError):
                return grp.getgrnam(name).gr_gid
        return None


def parse(passwd: str, group: str, ask_system: bool = False) -> Accounts:
    """Read the two files of accounts."""
    users, groups, members = {}, {}, {}
    for fields in _records(passwd, 7):
        users[fields[0]] = Known(int(fields[2]), int(fields[3]), fields[5], fields[6])
    for fields in _records(group, 4):
        groups[fields[0]] = int(fields[2])
        members[fields[0]] = frozenset(name for name in fields[3].split(",") if name)
    return Accounts(users, groups, members, ask_system)


def read(tree: Tree) -> Accounts:
    """Read the accounts of a host; those of a directory service are asked for by name."""
    return parse(tree.text("/etc/passwd") or "", tree.text("/etc/group") or "", ask_system=tree.root == Path("/"))


def _records(text: str, count: int) -> list[list[str]]:
    records = [line.split(":") for line in text.splitlines()]
    return [fields for fields in records if len(fields) == count and fields[2].isdigit()]


def commands(accounts: Accounts, groups: Sequence[str], users: Sequence[User]) -> list[tuple[str, list[str]]]:
    """List what is to be done, each with a description, in order."""
    todo: list[tuple[str, list[str]]] = []
    coming: set[str] = set()
    for name, gid in [(name, None) for name in groups] + [(user.group, user.gid) for user in users]:
        if accounts.gid(name) is None and name not in coming:
            coming.add(name)
            number = ["--gid", str(gid)] if gid is not None else []
            todo.append((f"create group {name}", ["groupadd", "--system", *number, name]))
    for user in users:
        known = accounts.users.get(user.name)
        if known is None:
            todo.append((f"create user {user.name}", _add(user)))
        else:
            todo += _modify(accounts, known, user)
    return todo


def missing_groups(accounts: Accounts, groups: Sequence[str], users: Sequence[User]) -> list[str]:
    """Name the supplementary groups that neither exist nor will be created."""
    coming = {*groups, *(user.group for user in users)}
    wanted = {name for user in users for name in user.groups}
    return sorted(name for name in wanted - coming if accounts.gid(name) is None)


def _add(user: User) -> list[str]:
    return [
        "useradd",
        "--system",
        "--gid",
        user.group,
        "--home-dir",
        user.home or NO_HOME,
        "--no-create-home",
        "--shell",
        user.shell or NO_SHELL,
        *(["--uid", str(user.uid)] if user.uid is not None else []),
        *(["--groups", ",".join(user.groups)] if user.groups else []),
        user.name,
    ]


def _modify(accounts: Accounts, known: Known, user: User) -> list[tuple[str, list[str]]]:
    options: list[tuple[str, list[str]]] = []
    if accounts.gid(user.group) != known.gid:
        options.append((f"group {user.group}", ["--gid", user.group]))
    if user.home and user.home != known.home:
        options.append((f"home {user.home}", ["--home", user.home]))
    if user.shell and user.shell != known.shell:
        options.append((f"shell {user.shell}", ["--shell", user.shell]))
    lacking = [
        name
        for name in user.groups
        if user.name not in accounts.members.get(name, frozenset()) and accounts.gid(name) != known.gid
    ]
    if lacking:
        options.append((f"groups {', '.join(lacking)}", ["--append", "--groups", ",".join(lacking)]))
    return [(f"change user {user.name}: {what}", ["usermod", *words, user.name]) for what, words in options]
