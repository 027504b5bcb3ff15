"""Devices of a storage host: what is refused, and who gets them."""

import os
import pwd
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import ring_files
from ansible.module_utils.corbel import swift_devices as devices
from ansible.module_utils.corbel.calls import swift_devices as module
from ansible.module_utils.corbel.swift_devices import DeviceError

LINE = "36 35 98:0 / {path} {options} shared:1 - {kind} /dev/sdb {options},attr2"


def mountinfo(path: Path, kind: str = "xfs", options: str = "rw,noatime") -> str:
    return LINE.format(path=path, kind=kind, options=options)


def options(root: Path, **changes: Any) -> dict[str, Any]:
    base = {
        "state": "checked",
        "devices": ["d1"],
        "root": str(root),
        "rings": str(root),
        "owner": pwd.getpwuid(os.getuid())[0],
    }
    return {**base, **changes}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["d1", "sdb", "a23456789"], None),
        (["D1"], "named 'D1', expected a lower-case letter"),
        (["d-1"], "named 'd-1'"),
        (["1d"], "named '1d'"),
        (["a234567890"], "named 'a234567890'"),
        (["d1", "d1"], "device d1 is in the list twice"),
    ],
)
def test_names(names: list[str], message: str | None) -> None:
    found = devices.name_mistakes(names)
    assert (found == []) if message is None else message in found[0]


def test_labels_fit_into_xfs() -> None:
    assert len(devices.label("a23456789")) <= 12


def test_the_last_mount_over_a_folder_counts() -> None:
    found = devices.mounts(mountinfo(Path("/srv/node/d1"), "ext4") + "\n" + mountinfo(Path("/srv/node/d1")))
    assert found["/srv/node/d1"].kind == "xfs"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing is mounted at .*/d1, expected the file system labelled sw-d1; look at swift-device-d1.service"),
        (mountinfo(Path("{path}"), "ext4"), "has ext4 from /dev/sdb, expected xfs"),
        (mountinfo(Path("{path}"), options="ro"), "is mounted read-only"),
    ],
)
def test_what_cannot_hold_objects_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DeviceError, match=message):
        module.run(options(tmp_path), False, text.replace("{path}", str(tmp_path / "d1")))


def test_a_file_system_without_attributes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d1").mkdir()

    def refuse(*arguments: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", refuse)
    with pytest.raises(DeviceError, match="takes no extended attribute"):
        module.run(options(tmp_path), False, mountinfo(tmp_path / "d1"))
    assert list((tmp_path / "d1").iterdir()) == []


def test_a_good_device_is_given_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d1").mkdir()
    written: dict[str, bytes] = {}
    monkeypatch.setattr(os, "setxattr", lambda _, name, value: written.update({name: value}))
    monkeypatch.setattr(os, "getxattr", lambda _, name: written[name])
    monkeypatch.setattr(devices, "wrong_owner", lambda path, owner: True)
    given: list[Path] = []
    monkeypatch.setattr(os, "chown", lambda path, *owner: given.append(path))
    assert module.run(options(tmp_path), False, mountinfo(tmp_path / "d1"))["given"] == ["d1"]
    assert given == [tmp_path / "d1"]
    monkeypatch.setattr(devices, "wrong_owner", lambda path, owner: False)
    assert not module.run(options(tmp_path), False, mountinfo(tmp_path / "d1"))["changed"]


def test_check_mode_takes_what_is_not_mounted_yet_for_what_will_be(tmp_path: Path) -> None:
    assert module.run(options(tmp_path), True, "") == {"changed": True, "held": [], "given": ["d1"]}
    assert module.run(options(tmp_path, owner="nobody-has-this"), True, "")["changed"]


def test_devices_of_a_ring_are_listed_as_long_as_they_are_mounted(tmp_path: Path) -> None:
    ring_files.note_devices(ring_files.Host(tmp_path), ["d1", "d2"], (os.getuid(), os.getgid()))
    result = module.run(options(tmp_path, state="listed", devices=["d2", "d3"]), False, mountinfo(tmp_path / "d2"))
    assert result == {"changed": False, "held": ["d2"], "mounted": ["d2"], "given": []}
