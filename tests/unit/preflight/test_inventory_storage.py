"""Backends that cannot work, each an example with one change, and the finding that must name it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.corbel.preflight_finding import Finding

SETTINGS = "group_vars/all/storage.yml"
GOOD: dict[str, Any] = {"name": "fast", "driver": "lvm", "volume_group": "cinder-fast", "disks": [{"serial": "S1"}]}
NFS = {"name": "archive", "driver": "nfs", "share": "nas.example.com:/export/volumes"}
Check = Callable[..., list[Finding]]


def findings(check: Check, inventory: Path, settings: dict[str, Any]) -> list[Finding]:
    (inventory / SETTINGS).write_text("---\n" + yaml.safe_dump(settings))
    return check(inventory)


def test_good_backends(check: Check, multinode: Path) -> None:
    other = {**GOOD, "name": "slow", "volume_group": "cinder-slow", "thin": True, "disks": [{"wwn": "0x5000"}]}
    promising = {**other, "name": "much", "volume_group": "v", "over_subscription": 1.5, "disks": [{"wwn": "0x5001"}]}
    backends = [{**GOOD, "protocol": "iscsi"}, other, promising, {**NFS, "over_subscription": 2}]
    assert findings(check, multinode, {"cinder_volume_backends": backends}) == []


@pytest.mark.parametrize(
    ("backends", "number", "variable", "words"),
    [
        ([{**GOOD, "name": "a,b"}], "INV-060", "cinder_volume_backends[0].name", "letters, digits"),
        ([{**GOOD, "name": "DEFAULT"}], "INV-060", "cinder_volume_backends[0].name", "no section that the file has"),
        ([{**GOOD, "volume_group": "a/b"}], "INV-060", "cinder_volume_backends[0].volume_group", "letters, digits"),
        (
            [GOOD, {**NFS, "name": "fast"}],
            "INV-060",
            "cinder_volume_backends[1].name",
            "each name once on a host; backend 0 has it too",
        ),
        ([{"name": "x", "driver": "lvm"}], "INV-061", "cinder_volume_backends[0]", "volume_group and disks"),
        ([{"name": "x", "driver": "nfs"}], "INV-061", "cinder_volume_backends[0]", "share"),
        ([{**NFS, "share": "/export"}], "INV-061", "cinder_volume_backends[0].share", "host:/path"),
        (
            [{**GOOD, "thin": True, "pool_percent": 100}],
            "INV-061",
            "cinder_volume_backends[0].pool_percent",
            "1 to 98",
        ),
        (
            [{**GOOD, "thin": True, "over_subscription": 0.5}],
            "INV-061",
            "cinder_volume_backends[0].over_subscription",
            "1 to 20",
        ),
        ([{**NFS, "over_subscription": 21}], "INV-061", "cinder_volume_backends[0].over_subscription", "1 to 20"),
        ([{**GOOD, "pool_percent": 90}], "INV-061", "cinder_volume_backends[0].pool_percent", "thin: true"),
        ([{**GOOD, "over_subscription": 2}], "INV-061", "cinder_volume_backends[0].over_subscription", "thin: true"),
        ([{**GOOD, "mount_options": "ro"}], "INV-061", "cinder_volume_backends[0].mount_options", "no mount_options"),
        ([{**NFS, "protocol": "iscsi"}], "INV-061", "cinder_volume_backends[0].protocol", "driver nfs does not read"),
        ([{**NFS, "thin": True}], "INV-061", "cinder_volume_backends[0].thin", "driver nfs does not read"),
        ([{**GOOD, "protocol": "nvme_tcp"}], "INV-061", "cinder_volume_backends[0].protocol", "package nvmet"),
        ([{**GOOD, "disks": [{"by_id": "/dev/sdb"}]}], "INV-062", "cinder_volume_backends[0].disks[0].by_id", "stays"),
        (
            [{**GOOD, "disks": [{"serial": "A", "wwn": "B"}]}],
            "INV-062",
            "cinder_volume_backends[0].disks[0]",
            "exactly one of serial, wwn, by_id",
        ),
        (
            [GOOD, {**GOOD, "name": "slow", "volume_group": "cinder-slow"}],
            "INV-062",
            "cinder_volume_backends[1].disks[0].serial",
            "each disk once; backend 0 has it too",
        ),
    ],
)
def test_backends_that_cannot_work(
    check: Check, multinode: Path, *, backends: list[dict[str, Any]], number: str, variable: str, words: str
) -> None:
    [finding] = findings(check, multinode, {"cinder_volume_backends": backends})
    assert (finding.check, finding.variable) == (number, variable)
    assert words in finding.expected
    assert finding.where.startswith(str(multinode / SETTINGS)) or SETTINGS in finding.where
    assert finding.fix


@pytest.mark.parametrize(
    ("backend", "number", "words"),
    [
        ({**GOOD, "diskz": []}, "INV-005", "disks"),
        ({**GOOD, "driver": "lmv"}, "INV-004", "write lvm"),
        ({**GOOD, "thin": "yes"}, "INV-003", "true"),
        ({**GOOD, "disks": [{"serail": "S1"}]}, "INV-005", "serial"),
    ],
)
def test_keys_and_types(check: Check, multinode: Path, backend: dict[str, Any], number: str, words: str) -> None:
    found = findings(check, multinode, {"cinder_volume_backends": [backend]})
    finding = next(one for one in found if one.check == number)
    assert words in f"{finding.expected} {finding.fix}"


def test_hosts_for_volumes_without_a_backend(check: Check, multinode: Path) -> None:
    services = ["keystone", "glance", "cinder", "cinder_volume"]
    [finding] = findings(check, multinode, {"corbel_services": services})
    assert (finding.check, finding.found) == ("INV-061", "no backend")


def test_initiators(check: Check, multinode: Path) -> None:
    name = "iqn.2026-01.com.example:here"
    found = findings(check, multinode, {"iscsi_initiator_name": name})
    assert {finding.check for finding in found} == {"INV-063"}
    assert "has it too" in found[0].expected
    [finding] = findings(check, multinode, {"iscsi_initiator_name": "{{ inventory_hostname }}"})[:1]
    assert "a name like iqn." in finding.expected


CINDER = {"corbel_services": ["keystone", "glance", "cinder"], "first_resources_volume_types": [{"name": "fast"}]}
ABSENT = {"name": "x", "state": "absent"}


@pytest.mark.parametrize(
    ("settings", "number", "variable", "words"),
    [
        ({"cinder_volume_address": "storage1:3260"}, "INV-020", "cinder_volume_address", "an IP address"),
        ({"cinder_volume_secondary_addresses": ["192.0.2.0/24"]}, "INV-020", "[0]", "an IP address"),
        (
            {"cinder_volume_address": "192.0.2.9", "cinder_volume_secondary_addresses": ["192.0.2.10", "192.0.2.9"]},
            "INV-020",
            "cinder_volume_secondary_addresses[1]",
            "each once",
        ),
        ({"cinder_default_volume_type": "slow", **CINDER}, "INV-049", "cinder_default_volume_type", "(fast)"),
        (
            {**CINDER, "cinder_default_volume_type": "x", "first_resources_volume_types": [ABSENT]},
            "INV-049",
            "cinder_default_volume_type",
            "none is there",
        ),
        ({"cinder_backup_object_size": 100_000}, "INV-004", "cinder_backup_object_size", "multiple of 32768"),
        ({"cinder_backup_object_size": 0}, "INV-004", "cinder_backup_object_size", "32768 to"),
        ({"cinder_reservation_expire_hours": 0}, "INV-004", "cinder_reservation_expire_hours", "1 to"),
        ({"iscsi_initiator_replacement_timeout": 0}, "INV-004", "iscsi_initiator_replacement_timeout", "1 to 86400"),
        ({"cinder_backup_container": " "}, "INV-004", "cinder_backup_container", "not blank"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work(
    check: Check, multinode: Path, *, settings: dict[str, Any], number: str, variable: str, words: str
) -> None:
    found = findings(check, multinode, settings)
    assert {finding.check for finding in found} == {number}
    assert all(variable in finding.variable and words in finding.expected and finding.fix for finding in found)


def test_settings_that_work(check: Check, multinode: Path) -> None:
    settings = {
        **CINDER,
        "cinder_default_volume_type": "fast",
        "cinder_volume_address": "2001:db8::9",
        "cinder_volume_secondary_addresses": ["2001:db8:1::9"],
        "cinder_backup_object_size": 2**25,
        "iscsi_initiator_replacement_timeout": 300,
    }
    assert findings(check, multinode, settings) == []
    assert findings(check, multinode, {"cinder_default_volume_type": "__DEFAULT__", **CINDER}) == []
