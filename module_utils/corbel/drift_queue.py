"""Accounts, virtual hosts and permissions of RabbitMQ against those that services declare."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.accounts import AccountError, run
from ansible.module_utils.corbel.drift_item import BROKEN, EXPOSED, Item

EXPORT = ["rabbitmqctl", "--quiet", "export_definitions", "-"]
EXPORT_SECONDS = 60
RIGHTS = ("configure", "write", "read")
EVERYTHING = (".*", ".*", ".*")
# RabbitMQ makes it where nothing was to be loaded; without permissions nobody uses it.
DEFAULT_VHOST = "/"


def read() -> dict[str, Any]:
    """Read what the cluster has. The answer holds hashes of passwords, of which nothing is shown."""
    try:
        done = run(EXPORT, "a host of the message queue", timeout=EXPORT_SECONDS)
    except subprocess.TimeoutExpired:
        raise AccountError(f"'{' '.join(EXPORT)}' took more than {EXPORT_SECONDS} s; is the cluster up?") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise AccountError(f"'{' '.join(EXPORT)}' failed: {said[-1]}; see 'journalctl -u rabbitmq-server' on this host")
    try:
        found: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    except ValueError:
        raise AccountError(f"'{' '.join(EXPORT)}' gave no JSON, expected the definitions of the cluster") from None
    return found


def judge(found: Mapping[str, Any], declared: Mapping[str, str]) -> list[Item]:
    """Compare with the accounts declared: name to the virtual host on which it has all rights."""
    return [*_accounts(found, declared), *_vhosts(found, declared), *_permissions(found, declared)]


def _accounts(found: Mapping[str, Any], declared: Mapping[str, str]) -> Iterator[Item]:
    users = {str(user["name"]): user for user in found.get("users", [])}
    for name in sorted(set(users) - set(declared)):
        mend = f"rabbitmqctl delete_user {shlex.quote(name)}"
        yield _item(f"account {name}", "an account of no service", "accounts of services only", mend, EXPOSED)
    for name in sorted(set(declared) - set(users)):
        yield Item("queue", f"account {name}", "missing", "an account", bundle=name, severity=BROKEN)
    for name in sorted(set(declared) & set(users)):
        tags = users[name].get("tags") or []
        if tags:
            # Older nodes write the tags as one text.
            words = tags if isinstance(tags, str) else ", ".join(map(str, tags))
            mend = f"rabbitmqctl set_user_tags {shlex.quote(name)}"
            yield _item(f"account {name}: tags", words, "no tags", mend, EXPOSED)


def _vhosts(found: Mapping[str, Any], declared: Mapping[str, str]) -> Iterator[Item]:
    vhosts = {str(vhost["name"]) for vhost in found.get("vhosts", [])}
    for name in sorted(vhosts - set(declared.values()) - {DEFAULT_VHOST}):
        mend = f"rabbitmqctl delete_vhost {shlex.quote(name)}"
        yield _item(f"virtual host {name}", "a virtual host of no service", "those of services only", mend, EXPOSED)
    for account, name in sorted(declared.items()):
        if name not in vhosts:
            yield Item("queue", f"virtual host {name}", "missing", "a virtual host", bundle=account, severity=BROKEN)


def _permissions(found: Mapping[str, Any], declared: Mapping[str, str]) -> Iterator[Item]:
    rows = {
        (str(row["user"]), str(row["vhost"])): tuple(str(row[right]) for right in RIGHTS)
        for row in found.get("permissions", [])
    }
    for user, vhost in sorted(rows):
        # Those of an account that is to go go with it.
        if user in declared and declared[user] != vhost:
            mend = f"rabbitmqctl clear_permissions --vhost {shlex.quote(vhost)} {shlex.quote(user)}"
            yield _item(
                f"account {user}: permissions on {vhost}",
                _said(rows[user, vhost]),
                f"permissions on {declared[user]} only",
                mend,
                EXPOSED,
            )
    users = {str(user["name"]) for user in found.get("users", [])}
    for user, vhost in sorted(declared.items()):
        rights = rows.get((user, vhost))
        if user in users and rights != EVERYTHING:
            patterns = " ".join(shlex.quote(right) for right in EVERYTHING)
            mend = f"rabbitmqctl set_permissions --vhost {shlex.quote(vhost)} {shlex.quote(user)} {patterns}"
            name = f"account {user}: permissions on {vhost}"
            yield _item(name, _said(rights) if rights else "none", _said(EVERYTHING), mend, BROKEN)


def _said(rights: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {value or '(nothing)'}" for name, value in zip(RIGHTS, rights, strict=True))


def _item(name: str, found: str, expected: str, mend: str, severity: str) -> Item:
    return Item("queue", name, found, expected, mend=mend, severity=severity)
