"""What lsblk, wipefs, pvs and the kernel say of disks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible.module_utils.corbel import disk_facts
from ansible.module_utils.corbel.disks import Disk, DiskError, Signature, wanted_disks

LSBLK = {
    "blockdevices": [
        {
            "path": "/dev/sda",
            "type": "disk",
            "size": 100,
            "ro": False,
            "serial": "A",
            "wwn": "0x5000",
            "mountpoints": [None],
            "children": [
                {
                    "path": "/dev/sda1",
                    "type": "part",
                    "size": 50,
                    "serial": "A",
                    "mountpoints": ["/boot"],
                    "fstype": "ext4",
                    "label": "boot",
                },
                {"path": "/dev/sda2", "type": "part", "size": 50, "mountpoints": [None], "fstype": "LVM2_member"},
            ],
        },
        {"path": "/dev/ubdb", "type": "disk", "size": "200", "ro": False, "mountpoints": [None]},
    ]
}


def test_lsblk() -> None:
    identities = {"/dev/ubdb": (frozenset({"lab-disk1"}), frozenset[str]())}
    assert disk_facts.parse_lsblk(json.dumps(LSBLK), identities) == [
        Disk(
            "/dev/sda",
            100,
            serials=frozenset({"A"}),
            wwns=frozenset({"0x5000"}),
            children=["partition /dev/sda1 with ext4 labelled boot", "partition /dev/sda2 with LVM2_member"],
            mounts=["/boot"],
        ),
        Disk("/dev/sda1", 50, mounts=["/boot"]),
        Disk("/dev/sda2", 50),
        Disk("/dev/ubdb", 200, serials=frozenset({"lab-disk1"})),
    ]


def test_paths_of_one_disk() -> None:
    whole = {"path": "/dev/mapper/a", "type": "mpath", "size": 1, "serial": None, "mountpoints": []}
    paths = [{"path": f"/dev/sd{name}", "type": "disk", "size": 1, "serial": "M", "children": [whole]} for name in "ab"]
    disks = disk_facts.parse_lsblk(json.dumps({"blockdevices": paths}), {})
    assert [(disk.device, disk.multipath) for disk in disks] == [
        ("/dev/sda", "/dev/mapper/a"),
        ("/dev/mapper/a", ""),
        ("/dev/sdb", "/dev/mapper/a"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ('{"signatures": []}', []),
        (
            '{"signatures": [{"type": "gpt"}, {"type": "gpt"}, {"type": "PMBR", "label": null}]}',
            [Signature("gpt"), Signature("PMBR")],
        ),
        ('{"signatures": [{"type": "xfs", "label": "d1"}]}', [Signature("xfs", "d1")]),
    ],
)
def test_signatures(text: str, found: list[Signature]) -> None:
    assert disk_facts.parse_signatures(text) == found


def test_the_kernel_knows_names_without_udev(tmp_path: Path) -> None:
    for name, content in {"ubdb/serial": "L1\n", "sda/device/wwid": "naa.5000\n", "cciss!c0d0/serial": "C\0"}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
    none: frozenset[str] = frozenset()
    assert disk_facts.kernel_identities(tmp_path) == {
        "/dev/ubdb": (frozenset({"L1"}), none),
        "/dev/sda": (none, frozenset({"naa.5000"})),
        "/dev/cciss/c0d0": (frozenset({"C"}), none),
    }


def test_reading_asks_only_about_the_disks_that_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = []
    groups = {"report": [{"pv": [{"pv_name": "/dev/sda", "vg_name": "vg"}, {"pv_name": "/dev/sdz", "vg_name": ""}]}]}

    def run(command: list[str]) -> tuple[int, str, str]:
        calls.append(command)
        answers = {"lsblk": LSBLK, "wipefs": {"signatures": [{"type": "LVM2_member"}]}, "pvs": groups}
        return 0, json.dumps(answers[command[0]]), ""

    monkeypatch.setattr(disk_facts, "is_busy", lambda device: True)
    (disk,) = disk_facts.disk_facts(run, wanted_disks([{"serial": "A"}], "vg"), tmp_path)
    assert (disk.device, disk.volume_group, disk.busy) == ("/dev/sda", "vg", True)
    assert [command[0] for command in calls] == ["lsblk", "wipefs", "pvs"]
    assert calls[1] == ["wipefs", "--json", "--no-act", "/dev/sda"]
    assert "use_devicesfile=0" in calls[2][2], "a disk that LVM must not see is looked at too"


def test_a_program_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="ended with 127: lsblk is not installed"):
        disk_facts.disk_facts(lambda command: (127, "", "lsblk is not installed"), [], tmp_path)
