"""Databases of MariaDB and an account: what is there, what has to change. Runs on the host of the database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ansible.module_utils.corbel.accounts import AccountError, UnreachableError, run

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}")
GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<object>\S+) TO ")
TLS_REQUIRED = "1"
READ = """
SELECT 'database', schema_name, '' FROM information_schema.schemata;
SELECT 'account', JSON_VALUE(Priv, '$.authentication_string'), JSON_VALUE(Priv, '$.ssl_type')
FROM mysql.global_priv WHERE User = '{name}' AND Host = '%';
"""
EVERYTHING = "ALL PRIVILEGES"


@dataclass(frozen=True)
class Change:
    """A statement and what it does, in words without secrets."""

    statement: str
    sentence: str


@dataclass(frozen=True)
class Wanted:
    """What there has to be."""

    name: str
    password_hash: str
    databases: tuple[str, ...]

    @classmethod
    def of(cls, name: str, password: str, databases: Iterable[str]) -> Wanted:
        """Check the names, which become part of statements, and hash the password."""
        names = tuple(dict.fromkeys(databases))
        for word in (name, *names):
            if not NAME.fullmatch(word):
                raise AccountError(
                    f"found name {word!r}, expected letters, digits and underscores, a letter first; "
                    "change 'name' or 'databases' of the catalogue entry"
                )
        return cls(name, native_hash(password), names)


@dataclass(frozen=True)
class Found:
    """What there is."""

    databases: frozenset[str] = frozenset()
    exists: bool = False
    password_hash: str = ""
    requires_tls: bool = False
    # Object as the server writes it to the rights on it.
    rights: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Server:
    """The server behind a socket."""

    socket: str

    def ask(self, statements: str) -> list[list[str]]:
        """Run statements as root; the rows of all of them."""
        command = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--batch", "--raw", "--skip-column-names"]
        done = run(command, "a database host", statements)
        if done.returncode:
            said = done.stderr.strip() or "no message"
            kind = UnreachableError if "(HY000/20" in said or "ERROR 2002" in said else AccountError
            raise kind(f"MariaDB at {self.socket} said: {said}; see 'journalctl -u mariadb' on this host")
        return [line.split("\t") for line in done.stdout.splitlines()]


def native_hash(password: str) -> str:
    """The form in which the server keeps a password (mysql_native_password)."""
    first = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(first, usedforsecurity=False).hexdigest().upper()


def pattern(database: str) -> str:
    """A database as the object of a grant: an underscore would stand for any character."""
    return "`" + database.replace("_", "\\_") + "`.*"


def read(server: Server, name: str) -> Found:
    """Ask the server for the databases, the account and its rights."""
    # Wanted.of has matched the name: nothing in it ends a string.
    rows = server.ask(READ.format(name=name))
    databases = frozenset(row[1] for row in rows if row[0] == "database")
    accounts = [row for row in rows if row[0] == "account"]
    if not accounts:
        return Found(databases=databases)
    grants = server.ask(f"SHOW GRANTS FOR '{name}'@'%';\n")
    return Found(
        databases=databases,
        exists=True,
        password_hash=accounts[0][1],
        requires_tls=accounts[0][2] == TLS_REQUIRED,
        rights=parse_grants(row[0] for row in grants),
    )


def parse_grants(lines: Iterable[str]) -> dict[str, str]:
    """Object to rights, from the lines of SHOW GRANTS."""
    found = {}
    for line in lines:
        if match := GRANT.match(line):
            found[match["object"]] = match["rights"]
    return found


def compute(found: Found, wanted: Wanted) -> list[Change]:
    """The statements that lead from what there is to what there has to be, in order."""
    account = f"'{wanted.name}'@'%'"
    changes = [
        Change(f"CREATE DATABASE IF NOT EXISTS `{name}`", f"database {name}: created")
        for name in wanted.databases
        if name not in found.databases
    ]
    identity = f"IDENTIFIED BY PASSWORD '{wanted.password_hash}' REQUIRE SSL"
    if not found.exists:
        changes.append(Change(f"CREATE USER {account} {identity}", f"account {wanted.name}: created"))
    elif found.password_hash != wanted.password_hash:
        changes.append(Change(f"ALTER USER {account} {identity}", f"account {wanted.name}: password set"))
    elif not found.requires_tls:
        changes.append(Change(f"ALTER USER {account} REQUIRE SSL", f"account {wanted.name}: TLS required"))
    objects = {pattern(name): name for name in wanted.databases}
    for thing, name in objects.items():
        if found.rights.get(thing) != EVERYTHING:
            changes.append(
                Change(f"GRANT ALL PRIVILEGES ON {thing} TO {account}", f"account {wanted.name}: all rights on {name}")
            )
    for thing, rights in found.rights.items():
        if thing not in objects and not (thing == "*.*" and rights == "USAGE"):
            changes.append(
                Change(f"REVOKE {rights} ON {thing} FROM {account}", f"account {wanted.name}: no rights on {thing}")
            )
    return changes
