"""Checks of what the proxies of object storage are told: accounts of tempauth, limits, realms. Keys are never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.inventory_cloud import Cloud, Host
from ansible.module_utils.corbel.preflight_finding import Finding, kind

USERS, LIMITS, REALMS = "swift_tempauth_users", "swift_container_ratelimits", "swift_sync_realms"
# The role gives it to the programs that look for lost copies.
RESERVED = ("dispersion", "dispersion")
NAME = re.compile(r"[^\s:,]+")
# Swift takes a last word like this for the address of the account.
GROUP = re.compile(r"(?!.*(://|\$HOST))[^\s,]+")
REALM = re.compile(r"[A-Za-z0-9_-]+")
REALM_KEYS = {"key": str, "clusters": Mapping}


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    for host, rows in cloud.settings(USERS):
        yield from users(cloud, host, [row for row in rows if isinstance(row, Mapping)] if _is_list(rows) else [])
    for host, limits in cloud.settings(LIMITS):
        yield from ratelimits(cloud, host, limits if isinstance(limits, Mapping) else {})
    for host, listed in cloud.settings(REALMS):
        yield from realms(cloud, host, listed if isinstance(listed, Mapping) else {})


def users(cloud: Cloud, host: Host, rows: list[Mapping[str, Any]]) -> Iterator[Finding]:
    """Check the accounts of tempauth, which Swift reads as words on a line."""
    seen = {RESERVED: "the role, for swift-dispersion-populate,"}
    for index, row in enumerate(rows):

        def wrong(path: tuple[str | int, ...], found: str, expected: str, fix: str, at: int = index) -> Finding:
            return cloud.finding("INV-004", USERS, None, expected, fix, host=host, path=(at, *path), found=found)

        for part in ("account", "user"):
            if isinstance(row.get(part), str) and not NAME.fullmatch(row[part]):
                yield wrong(
                    (part,), f'"{row[part]}"', "a name without spaces, colons and commas", "choose another name"
                )
        key = row.get("key")
        if isinstance(key, str) and (not key or re.search(r"\s", key)):
            yield wrong(
                ("key",),
                "a key with spaces (not shown)" if key else "an empty key",
                "a key without spaces: what follows one would be a group of the user",
                "choose another key",
            )
        for number, group in enumerate(row["groups"] if _is_list(row.get("groups")) else []):
            if isinstance(group, str) and not GROUP.fullmatch(group):
                yield wrong(
                    ("groups", number),
                    f'"{group}"',
                    "a group without spaces and commas, and no address",
                    "write each group as an item of its own, such as [.admin, .reseller_admin]",
                )
        who = (str(row.get("account")), str(row.get("user")))
        if who in seen:
            yield wrong(
                (),
                f"{':'.join(who)}, which {seen[who]} has too",
                "each user of an account once",
                "remove one of the two, or choose another name",
            )
        seen.setdefault(who, f"{USERS}[{index}]")


def ratelimits(cloud: Cloud, host: Host, limits: Mapping[Any, Any]) -> Iterator[Finding]:
    """Check the limits of containers: how many objects, how many requests a second."""
    for size, rate in limits.items():
        number = isinstance(rate, (int, float)) and not isinstance(rate, bool) and rate >= 0
        if not str(size).isdecimal() or not number:
            yield cloud.finding(
                "INV-004",
                LIMITS,
                None,
                "a number of objects, and the requests a second that change a container with so many",
                "write it as {100000: 50}",
                host=host,
                path=(size,),
                found=f"{size}: {rate}",
            )


def realms(cloud: Cloud, host: Host, listed: Mapping[Any, Any]) -> Iterator[Finding]:
    """Check the form of the realms: a key, and addresses of clusters by their names."""
    for name, item in listed.items():

        def wrong(check: str, path: tuple[str, ...], found: str, expected: str, realm: str | int = name) -> Finding:
            fix = "write it as {realm: {key: …, clusters: {name: https://cloud.example.com:8080/v1/}}}"
            return cloud.finding(check, REALMS, None, expected, fix, host=host, path=(realm, *path), found=found)

        if not REALM.fullmatch(str(name)) or str(name) == "DEFAULT":
            yield wrong("INV-004", (), str(name), "a realm named with letters, digits, _ and -, and not DEFAULT")
        if not isinstance(item, Mapping):
            yield wrong("INV-003", (), f"a value of type {kind(item)}", "a dictionary with key and clusters")
            continue
        for extra in sorted(str(one) for one in set(item) - set(REALM_KEYS)):
            yield wrong("INV-005", (extra,), "a key that nothing reads", "key and clusters only")
        for part, form in REALM_KEYS.items():
            if part not in item:
                yield wrong("INV-005", (), f"no key {part}", "key and clusters")
            elif not isinstance(item[part], form) or not item[part]:
                found = f"a value of type {kind(item[part])} (not shown)" if item[part] else "nothing"
                yield wrong("INV-003", (part,), found, "a text" if form is str else "a dictionary of name to address")
        clusters = item.get("clusters")
        for cluster, url in clusters.items() if isinstance(clusters, Mapping) else ():
            if not REALM.fullmatch(str(cluster)) or not re.fullmatch(r"https?://\S+", str(url)):
                yield wrong(
                    "INV-004",
                    ("clusters", str(cluster)),
                    f"{cluster}: {url}",
                    "a name of letters, digits, _ and -, and the address of the cluster with http:// or https://",
                )


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))
