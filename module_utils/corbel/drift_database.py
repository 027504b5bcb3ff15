"""Accounts of MariaDB and their rights against those that services declare. Reads as root through the socket."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

from ansible.module_utils.corbel.database_account import EVERYTHING, Server, pattern
from ansible.module_utils.corbel.drift_item import BROKEN, EXPOSED, Item

# The server's own, which log in through the socket only.
OWN = {("root", "localhost"), ("mysql", "localhost"), ("mariadb.sys", "localhost")}
# Asks through the socket whether the database can take work, and may do nothing.
CHECK = ("corbel_check", "localhost")
ANYWHERE = "%"
NO_RIGHTS = "USAGE"
READ = "SELECT User, Host FROM mysql.user WHERE is_role = 'N';\n"
# Words only: what follows the account may be the hash of its password.
GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<object>.+?) TO (?P<account>`[^`]*`@`[^`]*`|'[^']*'@'[^']*')")
ROLE = re.compile(r"GRANT (?P<role>`[^`]*`|\w+) TO (?P<account>`[^`]*`@`[^`]*`)")
OF_ROLE = "role "
HANDING_ON = "WITH GRANT OPTION"
Account = tuple[str, str]
Rights = dict[str, str]


def read(server: Server) -> dict[Account, Rights]:
    """Read every account with its rights, by object."""
    rows = server.ask(READ)
    accounts = [(row[0], row[1]) for row in rows if len(row) > 1]
    statements = "".join(f"SHOW GRANTS FOR {quoted(one)};\n" for one in accounts if one not in OWN)
    found: dict[Account, Rights] = {one: {} for one in accounts}
    for row in server.ask(statements) if statements else []:
        parsed = parse(row[0])
        if parsed:
            account, thing, rights = parsed
            found.setdefault(account, {})[thing] = rights
    return found


def quoted(account: Account) -> str:
    """Write an account as a statement names it; whoever made it may have chosen any characters."""
    return "@".join("'" + part.replace("\\", "\\\\").replace("'", "''") + "'" for part in account)


def parse(line: str) -> tuple[Account, str, str] | None:
    """Read a line of SHOW GRANTS: account, object, rights."""
    match = GRANT.match(line)
    if match:
        rights = match["rights"] + (f" {HANDING_ON}" if line.endswith(HANDING_ON) else "")
        return _account(match["account"]), match["object"], rights
    match = ROLE.match(line)
    return (_account(match["account"]), OF_ROLE + match["role"], "MEMBER") if match else None


def _account(text: str) -> Account:
    user, _, host = text.rpartition("@")
    return user[1:-1], host[1:-1]


def judge(found: Mapping[Account, Rights], declared: Mapping[str, Iterable[str]]) -> list[Item]:
    """Compare with the accounts declared: name to the databases on which it has all rights."""
    return [*_strangers(found, declared), *_rights(found, declared)]


def _strangers(found: Mapping[Account, Rights], declared: Mapping[str, Iterable[str]]) -> Iterator[Item]:
    for account in sorted(found):
        if account in OWN or (account[0] in declared and account[1] == ANYWHERE):
            continue
        things = ", ".join(sorted(thing for thing, rights in found[account].items() if rights != NO_RIGHTS))
        if account == CHECK and not things:
            continue
        yield Item(
            "database",
            f"account {account[0]}@{account[1]}",
            f"an account with rights on {things}" if things else "an account without rights",
            "accounts of services only",
            mend=_mariadb(f"DROP USER {quoted(account)}"),
            severity=EXPOSED,
        )


def _rights(found: Mapping[Account, Rights], declared: Mapping[str, Iterable[str]]) -> Iterator[Item]:
    for name, databases in sorted(declared.items()):
        account = (name, ANYWHERE)
        if account not in found:
            yield Item("database", f"account {name}", "missing", "an account", bundle=name, severity=BROKEN)
            continue
        wanted = {pattern(database): database for database in databases}
        for thing, database in wanted.items():
            rights = found[account].get(thing, "none")
            if not rights.startswith(EVERYTHING):
                yield _item(name, f"rights on {database}", rights, EVERYTHING, BROKEN)
        for thing, rights in sorted(found[account].items()):
            if thing not in wanted and not (thing == "*.*" and rights == NO_RIGHTS):
                yield _beyond(account, thing, rights, f"rights on its own databases only: {', '.join(wanted.values())}")
            elif rights.endswith(HANDING_ON):
                statement = f"REVOKE GRANT OPTION ON {thing} FROM {quoted(account)}"
                yield Item(
                    "database",
                    f"account {name}: rights on {thing}",
                    f"it may hand them on ({HANDING_ON})",
                    "rights that it cannot hand on",
                    mend=_mariadb(statement),
                    severity=EXPOSED,
                )


def _item(name: str, what: str, found: str, expected: str, severity: str) -> Item:
    return Item("database", f"account {name}: {what}", found, expected, bundle=name, severity=severity)


def _beyond(account: Account, thing: str, rights: str, expected: str) -> Item:
    """Rights that a run takes away, or of a role or a routine, which it does not see."""
    if " " not in thing:
        return _item(account[0], f"rights on {thing}", rights, expected, EXPOSED)
    what = thing.removeprefix(OF_ROLE) if thing.startswith(OF_ROLE) else f"{rights} ON {thing}"
    mend = _mariadb(f"REVOKE {what} FROM {quoted(account)}")
    return Item("database", f"account {account[0]}: rights on {thing}", rights, expected, mend, severity=EXPOSED)


def _mariadb(statement: str) -> str:
    return f"mariadb --execute={shlex.quote(statement)}"
