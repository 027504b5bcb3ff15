"""The commands that make a volume group what it should be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel.calls import volume_group as module
from ansible.module_utils.corbel.disks import Judged, Wanted
from ansible.module_utils.corbel.volume_group import (
    Action,
    Group,
    Member,
    Pool,
    VolumeGroupError,
    check_name,
    check_pool,
    make_plan,
    parse,
)

EXTENT = 4 << 20
GIB = 1 << 30


def disk(name: str, state: str = "ours", size: int = 10 * GIB, found: tuple[str, ...] = ()) -> Judged:
    """A disk that may be used."""
    return Judged(Wanted("serial", name, "vg"), f"/dev/{name}", size, state, found)


def member(name: str, used: int = 0, extents: int = 2559, **more: Any) -> Member:
    return Member(f"/dev/{name}", extents, used, **more)


def commands(actions: list[Action]) -> list[str]:
    return [" ".join(action.command) for action in actions]


POOL = Pool("vg-pool", 95)


@pytest.mark.parametrize(
    ("disks", "group", "pool", "expected"),
    [
        ([disk("a", "empty")], None, None, ["vgcreate vg /dev/a"]),
        (
            [disk("a", "expendable", found=("ext4 signature",)), disk("b", "empty")],
            None,
            None,
            ["wipefs --all /dev/a", "vgcreate vg /dev/a /dev/b"],
        ),
        (
            [disk("a", "empty")],
            None,
            POOL,
            ["vgcreate vg /dev/a", "lvcreate --type thin-pool --extents 95%VG --zero y --name vg-pool vg"],
        ),
        ([disk("a")], Group("vg", EXTENT, [member("a", 100)]), None, []),
        ([disk("a")], Group("vg", EXTENT, [member("a", 2440)], pools={"vg-pool": 2431}), POOL, []),
        # A pool that is larger than asked for stays: it cannot shrink.
        ([disk("a")], Group("vg", EXTENT, [member("a", 2559)], pools={"vg-pool": 2500}), POOL, []),
        (
            [disk("a"), disk("b", "empty")],
            Group("vg", EXTENT, [member("a", 2440)], pools={"vg-pool": 2431}),
            POOL,
            ["vgextend vg /dev/b", "lvextend --extents 4862 vg/vg-pool"],
        ),
        (
            [disk("a")],
            Group("vg", EXTENT, [member("a", 100), member("b", 200)]),
            None,
            ["pvchange --allocatable n /dev/b", "pvmove /dev/b", "vgreduce vg /dev/b", "pvremove /dev/b"],
        ),
        (
            [disk("a")],
            Group("vg", EXTENT, [member("a", 100), member("b")]),
            None,
            ["pvchange --allocatable n /dev/b", "vgreduce vg /dev/b", "pvremove /dev/b"],
        ),
        # One disk in the place of another, in one run.
        (
            [disk("b", "empty")],
            Group("vg", EXTENT, [member("a", 2559)]),
            None,
            [
                "vgextend vg /dev/b",
                "pvchange --allocatable n /dev/a",
                "pvmove /dev/a",
                "vgreduce vg /dev/a",
                "pvremove /dev/a",
            ],
        ),
        # What a run left that died.
        (
            [disk("a")],
            Group("vg", EXTENT, [member("a"), member("b", allocatable=False)], moving=True),
            None,
            ["pvmove", "pvchange --allocatable n /dev/b", "vgreduce vg /dev/b", "pvremove /dev/b"],
        ),
        (
            [disk("a"), disk("b")],
            Group("vg", EXTENT, [member("a"), member("b", allocatable=False)]),
            None,
            ["pvchange --allocatable y /dev/b"],
        ),
    ],
)
def test_plans(disks: list[Judged], group: Group | None, pool: Pool | None, expected: list[str]) -> None:
    assert commands(make_plan("vg", disks, group, pool).actions) == expected


@pytest.mark.parametrize(
    ("disks", "group", "pool", "message"),
    [
        ([], None, None, "volume group vg does not exist and no disk is given"),
        (
            [disk("a")],
            Group("vg", EXTENT, [member("a", 2000), member("b", 1000)]),
            None,
            "volume group vg: /dev/b cannot leave: 1000 extents (3.906 GiB) are used there, and 559 (2.184 GiB) are "
            "free on the disks that stay. 441 extents (1.723 GiB) too many: put in another disk,",
        ),
        (
            [disk("a")],
            Group("vg", EXTENT, [member("a", 0, allocatable=False), member("b", 1)]),
            None,
            "and 0 (0 B) are free on the disks that stay",
        ),
        (
            [disk("a")],
            Group("vg", EXTENT, [member("a"), member("b", 5, missing=True)]),
            None,
            "volume group vg lacks 1 of its 2 disks, which hold 5 extents (20 MiB) of volumes",
        ),
        ([], Group("vg", EXTENT, [member("a")]), None, "/dev/a would leave volume group vg without a disk"),
        (
            [disk("a")],
            Group("vg", EXTENT, [member("a", 5)], volumes={"vg-pool": 5}),
            POOL,
            "vg/vg-pool is a volume and no thin pool",
        ),
    ],
)
def test_refusals(disks: list[Judged], group: Group | None, pool: Pool | None, message: str) -> None:
    with pytest.raises(VolumeGroupError, match=re.escape(message)):
        make_plan("vg", disks, group, pool)


def test_the_difference_is_true() -> None:
    group = Group("vg", EXTENT, [member("a", 2440)], pools={"vg-pool": 2431})
    plan = make_plan("vg", [disk("a"), disk("b", "empty")], group, POOL)
    assert plan.before == {"disks": ["/dev/a"], "pool": "vg-pool 9.496 GiB"}
    assert plan.after == {"disks": ["/dev/a", "/dev/b"], "pool": "vg-pool 18.99 GiB"}
    same = make_plan("vg", [disk("a")], group, POOL)
    assert same.before == same.after


def test_what_a_plan_compares_names_no_size() -> None:
    def told(used: int) -> list[Action]:
        group = Group("vg", EXTENT, [member("a"), member("b", used)], pools={"vg-pool": 10})
        return make_plan("vg", [disk("a")], group, POOL).actions

    before, after = told(500), told(700)
    assert [action.sentence for action in before] == [action.sentence for action in after]
    sizes = [str(action) for action in before if action.size]
    assert sizes == [
        "move what is on /dev/b to other disks (1.953 GiB)",
        "let thin pool vg/vg-pool grow (to 9.496 GiB)",
    ]


REPORTS = {
    "vgs": {"vg": [{"vg_name": "vg", "vg_extent_size": "4194304", "vg_extent_count": "5118", "vg_free_count": "9"}]},
    "pvs": {
        "pv": [
            {
                "pv_name": "/dev/a",
                "vg_name": "vg",
                "pv_pe_count": "2559",
                "pv_pe_alloc_count": "7",
                "pv_missing": "",
                "pv_allocatable": "allocatable",
            },
            {
                "pv_name": "[unknown]",
                "vg_name": "vg",
                "pv_pe_count": "2559",
                "pv_pe_alloc_count": "0",
                "pv_missing": "missing",
                "pv_allocatable": "",
            },
            {
                "pv_name": "/dev/z",
                "vg_name": "",
                "pv_pe_count": "0",
                "pv_pe_alloc_count": "0",
                "pv_missing": "",
                "pv_allocatable": "",
            },
        ]
    },
    "lvs": {
        "lv": [
            {"lv_name": "root", "vg_name": "system", "lv_size": "4194304", "segtype": "linear"},
            {"lv_name": "volume-1", "vg_name": "vg", "lv_size": "8388608", "segtype": "linear"},
            {"lv_name": "volume-2", "vg_name": "vg", "lv_size": "8388608", "segtype": "thin"},
            {"lv_name": "pool", "vg_name": "vg", "lv_size": "8388608", "segtype": "thin-pool"},
            {"lv_name": "[pool_tmeta]", "vg_name": "vg", "lv_size": "4194304", "segtype": "linear"},
            {"lv_name": "[pvmove0]", "vg_name": "vg", "lv_size": "4194304", "segtype": "mirror"},
        ]
    },
}
TEXTS = {command: json.dumps({"report": [report]}) for command, report in REPORTS.items()}


def test_reports_of_lvm() -> None:
    assert parse("vg", TEXTS) == Group(
        "vg",
        EXTENT,
        [member("a", 7), Member("[unknown]", 2559, 0, missing=True, allocatable=False)],
        volumes={"volume-1": 2},
        pools={"pool": 2},
        moving=True,
    )
    assert parse("other", TEXTS) is None
    assert parse("vg", {"vgs": "", "pvs": "", "lvs": ""}) is None


@pytest.mark.parametrize("name", ["", "-vg", ".vg", "a b", "a/b", "x" * 128])
def test_names_that_lvm_refuses(name: str) -> None:
    with pytest.raises(VolumeGroupError, match=re.escape(f"found the name {name!r}")):
        check_name(name)


@pytest.mark.parametrize("percent", [0, 99, 100])
def test_shares_without_room_for_metadata(percent: int) -> None:
    with pytest.raises(VolumeGroupError, match="expected 1 to 98"):
        check_pool(Pool("p", percent))


def test_a_path_that_stays(tmp_path: Path) -> None:
    device = tmp_path / "sdb"
    device.touch()
    entry = Judged(Wanted("serial", "B", "vg"), str(device), 1, "ours", ())
    assert module.stable_path(entry, tmp_path / "disk") == str(device)
    for folder, name in (("by-path", "pci-1"), ("by-id", "lvm-pv-uuid-1"), ("by-id", "wwn-2"), ("by-id", "scsi-1")):
        (tmp_path / "disk" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "disk" / folder / name).symlink_to(device)
    assert module.stable_path(entry, tmp_path / "disk") == str(tmp_path / "disk/by-id/scsi-1")
    named = Judged(Wanted("by_id", "scsi-1", "vg"), str(device), 1, "ours", ())
    assert module.stable_path(named) == "/dev/disk/by-id/scsi-1"
