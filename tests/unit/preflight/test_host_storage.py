"""Disks and volume groups of a host: what is read, and what is said about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import host_storage_checks, host_storage_facts
from ansible.module_utils.corbel.host_storage_facts import StorageFacts, VolumeGroup
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING

from tests.unit.preflight.fake_root import write

GROUP = VolumeGroup("vg1", 100000, 50000)
GOOD = StorageFacts(groups=[GROUP, VolumeGroup("vg2", 100000, 100, pools=(("vg2-pool", 40.0, 10.0),))])


def group(**changes: Any) -> StorageFacts:
    return StorageFacts(groups=[replace(GROUP, **changes)])


def test_good_host_has_no_findings() -> None:
    assert list(host_storage_checks.check(GOOD, new=True)) == []
    assert list(host_storage_checks.check(StorageFacts(), new=True)) == []


@pytest.mark.parametrize(
    ("facts", "new", "check", "severity", "parts"),
    [
        (StorageFacts(missing=["serial A: no disk"]), True, "HOST-070", ERROR, ["serial A: no disk", "plug the disk"]),
        # A disk that failed must not keep a run from mending the other hosts.
        (StorageFacts(missing=["serial A: no disk"]), False, "HOST-070", WARNING, ["serial A: no disk"]),
        (StorageFacts(refused=["serial A: found ext4"]), False, "HOST-070", ERROR, ["found ext4", "expendable"]),
        (group(foreign=("root", "home")), False, "HOST-071", WARNING, ["vg1", "root, home", "another volume group"]),
        (StorageFacts(read_only=["/var"]), False, "HOST-072", ERROR, ["takes no writes for /var", "journalctl -k"]),
        (StorageFacts(errors=["sda1"]), False, "HOST-072", WARNING, ["sda1 counted errors"]),
        (StorageFacts(degraded=["md0"]), False, "HOST-072", WARNING, ["array md0 misses a disk", "/proc/mdstat"]),
        (group(free_mb=9000), False, "HOST-073", WARNING, ["9000 of 100000 MiB free", "add a disk"]),
        (group(free_mb=0, pools=(("p", 95.0, 1.0),)), False, "HOST-073", WARNING, ["pool p has 95 % of its data"]),
        (group(free_mb=0, pools=(("p", 5.0, 81.0),)), False, "HOST-073", WARNING, ["81 % of its metadata", "lvextend"]),
    ],
)
def test_finding(facts: StorageFacts, new: bool, check: str, severity: str, parts: list[str]) -> None:
    [finding] = host_storage_checks.check(facts, new)
    assert (finding.check, finding.severity) == (check, severity)
    text = " ".join((finding.found, finding.expected, finding.fix))
    assert [part for part in parts if part not in text] == []


def block_devices(command: list[str]) -> tuple[int, str, str]:
    """A host with an empty disk A, and a disk B with a file system."""
    if command[0] == "lsblk":
        rows = [
            {
                "path": f"/dev/none{name}",
                "type": "disk",
                "size": 1 << 30,
                "ro": False,
                "serial": name,
                "mountpoints": [None],
            }
            for name in ("A", "B")
        ]
        return 0, json.dumps({"blockdevices": rows}), ""
    if command[0] == "wipefs":
        signatures = [{"type": "ext4", "label": "data"}] if command[-1] == "/dev/noneB" else []
        return 0, json.dumps({"signatures": signatures}), ""
    return 127, "", "not installed"


def test_all_faults_of_disks_are_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_storage_facts.disk_facts, "is_busy", lambda device: False)
    devices = [{"serial": name, "purpose": "vg1"} for name in ("A", "B", "C", "D")]
    missing, refused = host_storage_facts.judged(devices, [], block_devices)
    assert [sentence.partition(":")[0] for sentence in missing] == ["serial C", "serial D"]
    assert len(refused) == 1
    assert "serial B (/dev/noneB, 1 GiB): found ext4 signature labelled data" in refused[0]
    assert host_storage_facts.judged(devices[:2], [{"serial": "B"}], block_devices) == ([], [])
    _, refused = host_storage_facts.judged([devices[0], devices[0]], [], block_devices)
    assert "is in the list twice" in refused[0]


def test_nothing_is_said_where_disks_cannot_be_read() -> None:
    devices = [{"serial": "A", "purpose": "vg1"}]
    assert host_storage_facts.judged(devices, [], lambda command: (0, "{broken", "")) == ([], [])

    def forbidden(command: list[str]) -> tuple[int, str, str]:
        return block_devices(command) if command[0] == "lsblk" else (1, "", "Operation not permitted")

    missing, refused = host_storage_facts.judged([*devices, {"serial": "C", "purpose": "vg1"}], [], forbidden)
    assert [sentence.partition(":")[0] for sentence in missing] == ["serial C"]
    assert refused == []


def test_volume_groups() -> None:
    volumes = [
        {"lv_name": "volume-1", "vg_name": "vg1", "segtype": "linear", "data_percent": "", "metadata_percent": ""},
        {
            "lv_name": "vg1-pool",
            "vg_name": "vg1",
            "segtype": "thin-pool",
            "data_percent": "12.5",
            "metadata_percent": "3",
        },
        {"lv_name": "_snapshot-2", "vg_name": "vg1", "segtype": "thin", "data_percent": "1", "metadata_percent": ""},
        {"lv_name": "backup", "vg_name": "vg1", "segtype": "linear", "data_percent": "", "metadata_percent": ""},
        {"lv_name": "root", "vg_name": "system", "segtype": "linear", "data_percent": "", "metadata_percent": ""},
    ]
    groups = [
        {"vg_name": "vg1", "vg_size": "4092.00", "vg_free": "100.00"},
        {"vg_name": "system", "vg_size": "1", "vg_free": "0"},
    ]

    def run(command: list[str]) -> tuple[int, str, str]:
        rows = {"vg": groups} if command[0] == "vgs" else {"lv": volumes}
        return 0, json.dumps({"report": [rows]}), ""

    assert host_storage_facts.volume_groups(["vg1"], run) == [
        VolumeGroup("vg1", 4092, 100, ("backup",), (("vg1-pool", 12.5, 3.0),))
    ]
    assert host_storage_facts.volume_groups(["vg1"], lambda command: (127, "", "not installed")) == []
    assert host_storage_facts.volume_groups(["vg1"], lambda command: (0, "no JSON", "")) == []


def test_errors_that_the_kernel_counted(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "sys/fs/ext4/sda1/errors_count": "3\n",
            "sys/fs/ext4/sdb1/errors_count": "0\n",
            "sys/fs/ext4/features/lazy_itable_init": "supported\n",
            "sys/block/md0/md/degraded": "1\n",
            "sys/block/md1/md/degraded": "0\n",
            "sys/block/sda/size": "1\n",
        },
    )
    wanted: dict[str, Any] = {"devices": [], "expendable": [], "volume_groups": []}
    facts = host_storage_facts.gather(tmp_path, ["/", "/var/none"], wanted, lambda command: (1, "", ""))
    assert (facts.errors, facts.degraded, facts.read_only) == (["sda1"], ["md0"], [])
