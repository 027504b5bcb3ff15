"""Checks of volumes: backends with their disks, groups and shares, types, backups, how volumes are reached."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.disks import KINDS, LINKS
from ansible.module_utils.corbel.inventory_addresses import address_of
from ansible.module_utils.corbel.inventory_cloud import Cloud, Host
from ansible.module_utils.corbel.inventory_provider import mapping
from ansible.module_utils.corbel.preflight_finding import Finding

BACKENDS = "cinder_volume_backends"
INITIATOR = "iscsi_initiator_name"
ADDRESS, FURTHER = "cinder_volume_address", "cinder_volume_secondary_addresses"
TYPE, TYPES = "cinder_default_volume_type", "first_resources_volume_types"
# The type that Cinder makes itself.
OWN_TYPE = "__DEFAULT__"
OBJECT_SIZE, BLOCK = "cinder_backup_object_size", 32768
# The name is a section of an INI file, a part of a name in Cinder (storage1@name#pool), and in a list with commas.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# Sections that the file has for other things.
SECTIONS = {"DEFAULT", "database", "nova", "coordination", "service_user", "backend_defaults"}
GROUP = re.compile(r"[A-Za-z0-9+_][A-Za-z0-9+_.-]{0,126}")
SHARE = re.compile(r"[^\s/]+:/\S*")
IQN = re.compile(r"(iqn\.\d{4}-\d{2}\.[a-z0-9.-]+(:\S+)?|eui\.[0-9A-Fa-f]{16}|naa\.[0-9A-Fa-f]{16,32})")
MOST_PERCENT = 98
# Cinder's own usual value, which lets a pool of 1 TiB promise 20.
MOST_PROMISED = 20
# Keys that one driver reads and the other does not.
OF_DRIVER = {
    "lvm": {"volume_group", "disks", "thin", "pool_percent", "protocol"},
    "nfs": {"share", "mount_options"},
}
OF_POOLS = ("pool_percent", "over_subscription")


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    for host, backends in cloud.settings(BACKENDS):
        rows = backends if isinstance(backends, list) else []
        yield from names(cloud, host, rows)
        yield from contents(cloud, host, rows)
        yield from disks(cloud, host, rows)
    yield from lacking(cloud)
    yield from initiators(cloud)
    yield from addresses(cloud)
    yield from default_type(cloud)
    yield from object_size(cloud)


def names(cloud: Cloud, host: Host, rows: list[Any]) -> Iterator[Finding]:
    """Check names of backends and volume groups: usable, and each once on a host."""
    seen: dict[tuple[str, str], int] = {}
    for index, row in enumerate(rows):
        for key, pattern in (("name", NAME), ("volume_group", GROUP)):
            value = row.get(key) if isinstance(row, Mapping) else None
            if not isinstance(value, str):
                continue
            if not pattern.fullmatch(value) or (key == "name" and value in SECTIONS):
                yield cloud.finding(
                    "INV-060",
                    BACKENDS,
                    value,
                    "letters, digits and _ . -, beginning with a letter or digit"
                    + (", and no section that the file has already" if key == "name" else ""),
                    "choose another name",
                    host=host,
                    path=(index, key),
                )
            first = seen.setdefault((key, value), index)
            if first != index:
                yield cloud.finding(
                    "INV-060",
                    BACKENDS,
                    value,
                    f"each {key} once on a host; backend {first} has it too",
                    "give one of the two another",
                    host=host,
                    path=(index, key),
                )


def contents(cloud: Cloud, host: Host, rows: list[Any]) -> Iterator[Finding]:
    """Check that each backend has what its driver needs, and nothing that has no effect."""
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            continue
        driver = row.get("driver")
        needs = {"lvm": ("volume_group", "disks"), "nfs": ("share",)}.get(str(driver), ())
        absent = [key for key in needs if not row.get(key)]
        if absent:
            yield cloud.finding(
                "INV-061",
                BACKENDS,
                row.get("name"),
                f"{' and '.join(absent)}, which the driver {driver} needs",
                f"add {' and '.join(absent)} to the backend",
                host=host,
                path=(index,),
                found=f"backend {row.get('name')} without {' and '.join(absent)}",
            )
        share = row.get("share")
        if isinstance(share, str) and not SHARE.fullmatch(share):
            yield cloud.finding(
                "INV-061", BACKENDS, share, "host:/path", "write the share so", host=host, path=(index, "share")
            )
        yield from without_effect(cloud, host, index, row)
        yield from protocols(cloud, host, index, row)
        for key, most, why, usual in (
            ("pool_percent", MOST_PERCENT, "the rest is for the metadata of the pool", "95"),
            ("over_subscription", MOST_PROMISED, "what volumes may be promised, in times of the room there is", "1"),
        ):
            number = row.get(key)
            if isinstance(number, (int, float)) and not isinstance(number, bool) and not 1 <= number <= most:
                yield cloud.finding(
                    "INV-061",
                    BACKENDS,
                    number,
                    f"1 to {most}: {why}",
                    f"write {usual} if unsure",
                    host=host,
                    path=(index, key),
                )


def without_effect(cloud: Cloud, host: Host, index: int, row: Mapping[str, Any]) -> Iterator[Finding]:
    """Find keys that the driver, or a thick backend, does not read."""
    driver = str(row.get("driver"))
    if driver not in OF_DRIVER:
        return  # a finding of the argument specification
    foreign = set().union(*OF_DRIVER.values()) - OF_DRIVER[driver]
    for key in row:
        if key in foreign:
            expected, fix = f"no {key}, which the driver {driver} does not read", "remove it"
        elif driver == "lvm" and key in OF_POOLS and row.get("thin") in (None, False):
            expected, fix = f"thin: true, without which {key} has no effect", "add it, or remove the key"
        else:
            continue
        yield cloud.finding("INV-061", BACKENDS, row[key], expected, fix, host=host, path=(index, key))


def protocols(cloud: Cloud, host: Host, index: int, row: Mapping[str, Any]) -> Iterator[Finding]:
    """Refuse the protocol that Cinder knows and no release of ours can serve."""
    if row.get("driver") == "lvm" and row.get("protocol") == "nvme_tcp":
        yield cloud.finding(
            "INV-061",
            BACKENDS,
            "nvme_tcp",
            "iscsi: Cinder sets up the kernel's NVMe target with the Python package nvmet, which neither PyPI nor "
            "Debian has",
            "write iscsi, or remove the line",
            host=host,
            path=(index, "protocol"),
        )


def disks(cloud: Cloud, host: Host, rows: list[Any]) -> Iterator[Finding]:
    """Check that each disk has one name, one that stays, and one place."""
    seen: dict[tuple[str, str], tuple[int, int]] = {}
    for index, row in enumerate(rows):
        listed = row.get("disks") if isinstance(row, Mapping) else None
        for number, disk in enumerate(listed if isinstance(listed, list) else []):
            path = (index, "disks", number)
            given = {kind: disk[kind] for kind in KINDS if isinstance(disk, Mapping) and disk.get(kind)}
            if len(given) != 1:
                yield cloud.finding(
                    "INV-062",
                    BACKENDS,
                    disk,
                    f"exactly one of {', '.join(KINDS)}",
                    "keep one of the names" if given else "name the disk by its serial number (lsblk -o NAME,SERIAL)",
                    host=host,
                    path=path,
                    found=f"a disk named by {' and '.join(given) or 'nothing'}",
                )
                continue
            ((kind, value),) = given.items()
            if kind == "by_id" and str(value).startswith("/") and not str(value).startswith(LINKS):
                yield cloud.finding(
                    "INV-062",
                    BACKENDS,
                    value,
                    f"a name that stays, in {LINKS}by-id; after a restart this one may be another disk",
                    "name the disk by its serial number (lsblk -o NAME,SERIAL), WWN or link",
                    host=host,
                    path=(*path, kind),
                )
            first = seen.setdefault((kind, str(value)), (index, number))
            if first != (index, number):
                yield cloud.finding(
                    "INV-062",
                    BACKENDS,
                    value,
                    f"each disk once; backend {first[0]} has it too",
                    "remove it from one of the two",
                    host=host,
                    path=(*path, kind),
                )


def lacking(cloud: Cloud) -> Iterator[Finding]:
    """Check that hosts which are to have volumes have a backend."""
    if "cinder_volume" not in cloud.enabled():
        return
    for host in cloud.members("cinder_volume"):
        value = cloud.value(BACKENDS, host)
        if value == []:
            yield cloud.finding(
                "INV-061",
                BACKENDS,
                None,
                "at least one backend, since corbel_services deploys cinder_volume on this host",
                f"set {BACKENDS} for the host, or take it out of the group cinder_volume",
                host=host,
                found="no backend",
            )


def initiators(cloud: Cloud) -> Iterator[Finding]:
    """Check names of initiators that the operator set."""
    first: dict[str, str] = {}
    for host, name in cloud.settings(INITIATOR):
        if not isinstance(name, str):
            continue
        if not IQN.fullmatch(name):
            expected = "a name like iqn.2026-01.com.example:storage1"
            yield cloud.finding("INV-063", INITIATOR, name, expected, "write it so, or remove the line", host=host)
        other = first.setdefault(name, host.name)
        if other != host.name:
            yield cloud.finding(
                "INV-063",
                INITIATOR,
                name,
                f"a name of its own; host {other} has it too",
                "remove the line: the usual name is made of the host's",
                host=host,
            )


def addresses(cloud: Cloud) -> Iterator[Finding]:
    """Check where volumes are reached: addresses, and several only if they differ."""
    for host in cloud.hosts.values():
        first = cloud.value(ADDRESS, host)
        if isinstance(first, str) and not address_of(first):
            expected, fix = "an IP address of this host", "write the address alone, without port or prefix length"
            yield cloud.finding("INV-020", ADDRESS, first, expected, fix, host=host)
        further = cloud.value(FURTHER, host)
        own = mapping(cloud.value("corbel_addresses", host))
        seen = {address_of(first) or address_of(own.get("storage") or own.get("management"))}
        for index, text in enumerate(further if isinstance(further, list) else []):
            address = address_of(text)
            if isinstance(text, str) and (not address or address in seen):
                expected = "another address of this host, each once" if address else "an IP address of this host"
                fix = "remove it" if address else "write the address alone, without port or prefix length"
                yield cloud.finding("INV-020", FURTHER, text, expected, fix, host=host, path=(index,))
            seen.add(address)


def default_type(cloud: Cloud) -> Iterator[Finding]:
    """Check that the type for volumes without one is made by somebody."""
    for host, name in cloud.settings(TYPE) if "cinder" in cloud.enabled() else ():
        rows = cloud.value(TYPES, host)
        made = {
            str(row.get("name")): row.get("state", "present")
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, Mapping)
        }
        if isinstance(name, str) and name != OWN_TYPE and rows is not None and made.get(name) != "present":
            known = ", ".join(sorted(one for one, state in made.items() if state == "present"))
            yield cloud.finding(
                "INV-049",
                TYPE,
                name,
                f"a name of {TYPES} ({known or 'none is there'}), or {OWN_TYPE}, which Cinder makes itself",
                f"add the type to {TYPES}, or name another",
                host=host,
            )


def object_size(cloud: Cloud) -> Iterator[Finding]:
    """Check the size of the objects of a backup; whether it is in range is seen elsewhere."""
    for host, size in cloud.settings(OBJECT_SIZE):
        if isinstance(size, int) and not isinstance(size, bool) and size % BLOCK:
            near = max(BLOCK, size // BLOCK * BLOCK)
            expected = f"a multiple of {BLOCK}, the block that Cinder compares for incremental backups"
            yield cloud.finding("INV-004", OBJECT_SIZE, size, expected, f"write {near}", host=host)
