"""Which device a name stands for, and whether it may be used."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.module_utils.corbel.disks import (
    Disk,
    DiskError,
    Signature,
    Wanted,
    expendable_names,
    judge,
    judge_all,
    resolve,
    size_words,
    wanted_disks,
)

GIB = 1 << 30
LVM = Signature("LVM2_member")


@pytest.mark.parametrize(
    ("disks", "message"),
    [
        ([{}], "disk 1 of the list is named by nothing; expected exactly one of serial, wwn, by_id"),
        ([{"serial": "a", "wwn": "b"}], "disk 1 of the list is named by serial and wwn"),
        ([{"serial": "a"}, {"by_id": "/dev/sdb"}], "disk 2 of the list has by_id /dev/sdb, a name that another start"),
        ([{"serial": "a"}, {"serial": "a"}], "serial a is in the list twice"),
    ],
)
def test_names_that_are_refused(disks: list[dict[str, str]], message: str) -> None:
    with pytest.raises(DiskError, match=re.escape(message)):
        wanted_disks(disks, "vg")


def test_names_and_purposes() -> None:
    entries: list[dict[str, Any]] = [
        {"serial": "a", "wwn": None},
        {"by_id": "/dev/disk/by-path/x", "purpose": "other"},
    ]
    assert wanted_disks(entries, "vg") == [
        Wanted("serial", "a", "vg"),
        Wanted("by_id", "/dev/disk/by-path/x", "other"),
    ]
    with pytest.raises(DiskError, match="has no purpose"):
        wanted_disks(entries)


HOST = [
    Disk("/dev/sda", serials=frozenset({"A"}), wwns=frozenset({"naa.5000c500a1b2c3d4"})),
    Disk("/dev/sdb", serials=frozenset({"B"})),
    Disk("/dev/sdc", serials=frozenset({"B"})),
    Disk("/dev/sdd", serials=frozenset({"M"}), multipath="/dev/mapper/mpatha"),
    Disk("/dev/sde", serials=frozenset({"M"}), multipath="/dev/mapper/mpatha"),
    Disk("/dev/mapper/mpatha"),
]


@pytest.mark.parametrize(
    ("kind", "name", "device"),
    [
        ("serial", "A", "/dev/sda"),
        ("wwn", "0x5000C500A1B2C3D4", "/dev/sda"),
        ("by_id", "scsi-A", "/dev/sda"),
        ("serial", "M", "/dev/mapper/mpatha"),
    ],
)
def test_resolve(kind: str, name: str, device: str) -> None:
    assert resolve(Wanted(kind, name, "vg"), HOST, {"scsi-A": "/dev/sda"}).device == device


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("serial", "Z", "serial Z: no disk of this host has that name; known are /dev/sda (A, naa.5000c500a1b2c3d4)"),
        ("serial", "B", "serial B: /dev/sdb, /dev/sdc have that name; expected one disk"),
        ("by_id", "gone", "by_id gone: /dev/disk/by-id/gone does not exist on this host"),
        ("by_id", "odd", "by_id odd: leads to /dev/null, which is no block device"),
    ],
)
def test_names_that_stand_for_no_disk(kind: str, name: str, message: str) -> None:
    with pytest.raises(DiskError, match=re.escape(message)):
        resolve(Wanted(kind, name, "vg"), HOST, {"odd": "/dev/null"})


WANTED = Wanted("serial", "A", "vg")
EXPENDABLE = expendable_names(["A"])


@pytest.mark.parametrize(
    ("disk", "expendable", "state"),
    [
        (Disk("/dev/sda", GIB), (), "empty"),
        (Disk("/dev/sda", GIB), EXPENDABLE, "empty"),
        (Disk("/dev/sda", GIB, signatures=[LVM], volume_group="vg", busy=True), (), "ours"),
        (Disk("/dev/sda", GIB, signatures=[LVM], volume_group="vg", busy=True), EXPENDABLE, "ours"),
        (Disk("/dev/sda", GIB, signatures=[Signature("xfs", "vg")], mounts=["/srv/node/1"], busy=True), (), "ours"),
        (Disk("/dev/sda", GIB, signatures=[LVM], volume_group="other"), EXPENDABLE, "expendable"),
        (Disk("/dev/sda", GIB, signatures=[Signature("xfs", "other")]), EXPENDABLE, "expendable"),
        (
            Disk("/dev/sda", GIB, signatures=[Signature("gpt")], children=["partition /dev/sda1"]),
            EXPENDABLE,
            "expendable",
        ),
    ],
)
def test_disks_that_may_be_used(disk: Disk, expendable: Any, state: str) -> None:
    judged = judge(WANTED, disk, expendable)
    assert judged.state == state
    assert judged.result()["found"] == disk.found()


@pytest.mark.parametrize(
    ("disk", "expendable", "message"),
    [
        (
            Disk("/dev/sda", 20 * GIB, signatures=[Signature("gpt")], children=["partition /dev/sda1 with ext4"]),
            (),
            "serial A (/dev/sda, 20 GiB): found gpt signature; partition /dev/sda1 with ext4; expected an "
            "empty disk or one of vg. If its contents may go, name it as expendable.",
        ),
        (
            Disk("/dev/sda", GIB, signatures=[LVM], volume_group="system"),
            (),
            "LVM2_member signature of volume group system",
        ),
        (Disk("/dev/sda", GIB, signatures=[LVM]), (), "found LVM2_member signature; expected an empty disk"),
        (Disk("/dev/sda", GIB, signatures=[Signature("linux_raid_member")]), (), "found linux_raid_member signature"),
        (Disk("/dev/sda", GIB, signatures=[Signature("ext4", "data")]), (), "found ext4 signature labelled data"),
        (Disk("/dev/sda", GIB, mounts=["/"], busy=True), (), "found mounted at /; expected a disk that nothing uses."),
        (Disk("/dev/sda", GIB, mounts=["/"], busy=True), EXPENDABLE, "also where it is named as expendable"),
        (Disk("/dev/sda", GIB, busy=True), EXPENDABLE, "found in use by the kernel; expected a disk that nothing uses"),
        (Disk("/dev/sda", GIB, read_only=True), EXPENDABLE, "read-only; expected a disk that can be written"),
        (Disk("/dev/sda"), (), "has no size"),
        # A label of the wrong kind, or beside a partition table, makes a disk nobody's.
        (Disk("/dev/sda", GIB, signatures=[LVM, Signature("xfs", "vg")]), (), "expected an empty disk or one of vg"),
        (
            Disk("/dev/sda", GIB, signatures=[Signature("xfs", "vg"), Signature("dos")]),
            (),
            "xfs signature labelled vg; dos",
        ),
    ],
)
def test_disks_that_are_refused(disk: Disk, expendable: Any, message: str) -> None:
    with pytest.raises(DiskError, match=re.escape(message)):
        judge(WANTED, disk, expendable)


def test_all_refusals_come_at_once() -> None:
    wanted = [Wanted("serial", name, "vg") for name in "ABC"]
    full = [Disk(f"/dev/sd{name}", GIB, signatures=[LVM]) for name in "abc"]
    with pytest.raises(DiskError) as caught:
        judge_all(wanted, full, expendable_names([{"serial": "B"}]))
    assert [line.split(" (")[0] for line in str(caught.value).splitlines()] == ["serial A", "serial C"]


def test_two_names_of_one_disk() -> None:
    wanted = [Wanted("serial", "A", "vg"), Wanted("wwn", "1", "vg")]
    disk = Disk("/dev/sda", GIB)
    with pytest.raises(DiskError, match="serial A and wwn 1 are the same disk, /dev/sda"):
        judge_all(wanted, [disk, disk], ())


@pytest.mark.parametrize(("size", "words"), [(512, "512 B"), (20 * GIB, "20 GiB"), (1_500 * GIB, "1.465 TiB")])
def test_sizes(size: int, words: str) -> None:
    assert size_words(size) == words
