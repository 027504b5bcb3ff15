"""Releases as they lie on a host."""

import hashlib
import json
from pathlib import Path

import pytest
from ansible.module_utils.corbel import release_host as on_host
from ansible.module_utils.corbel.release import ReleaseError

MOUNTINFO = (
    "24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
    "31 24 7:0 / /opt/corbel/releases/2026.1-x/control ro,nosuid,nodev shared:9 - squashfs /dev/loop0 ro\n"
    "32 24 7:1 / /opt/with\\040space ro - squashfs /dev/loop1 ro\n"
    "33 24 7:2 / /opt/corbel/releases/2026.1-x/compute rw - ext4 /dev/loop2 rw\n"
)


@pytest.fixture
def place(tmp_path):
    place = on_host.Place(tmp_path, "2026.1-x", "control")
    place.folder.mkdir()
    return place


@pytest.mark.parametrize(
    ("path", "escaped"),
    [
        ("/opt/corbel/releases/2026.1-0a1b/control", r"opt-corbel-releases-2026.1\x2d0a1b-control"),
        ("/a b", r"a\x20b"),
        ("/.hidden", r"\x2ehidden"),
        ("/a_b:c", "a_b:c"),
        ("/ü", r"\xc3\xbc"),
    ],
)
def test_escape_path_as_systemd_does(path, escaped):
    assert on_host.escape_path(path) == escaped


@pytest.mark.parametrize(
    ("path", "mounted"),
    [
        ("/opt/corbel/releases/2026.1-x/control", True),
        ("/opt/with space", True),
        ("/opt/corbel/releases/2026.1-x/compute", False),
        ("/opt/corbel/releases/2026.1-x", False),
    ],
)
def test_mounted_at(path, mounted):
    assert on_host.mounted_at(MOUNTINFO, Path(path)) is mounted


@pytest.mark.parametrize(
    ("filesystems", "container", "loop", "module", "method"),
    [
        ("nodev\tproc\n\tsquashfs\n", False, True, False, "mount"),
        ("nodev\tproc\n", False, True, True, "mount"),
        ("nodev\tproc\n", False, True, False, "unpack"),
        ("\tsquashfs\n", True, True, True, "unpack"),
        ("\tsquashfs\n", False, False, True, "unpack"),
    ],
)
def test_choose_method(filesystems, container, loop, module, method):
    assert on_host.choose_method(filesystems, container=container, loop=loop, module_found=module) == method


def test_room_needed():
    wanted = {"a": {"size": 10, "unpacked_size": 100}, "b": {"size": 1, "unpacked_size": 7}}
    assert on_host.room_needed(wanted, ["a", "b"], "mount") == on_host.RESERVE + 11
    assert on_host.room_needed(wanted, ["a"], "unpack") == on_host.RESERVE + 110


def test_assemble_joins_parts_and_removes_them(tmp_path):
    parts = [tmp_path / "x.0000", tmp_path / "x.0001"]
    for part, content in zip(parts, (b"ab", b"c"), strict=True):
        part.write_bytes(content)
    target = tmp_path / "folder" / ".control.squashfs"
    on_host.assemble(parts, target, hashlib.sha256(b"abc").hexdigest())
    assert target.read_bytes() == b"abc"
    assert not any(part.exists() for part in parts)


def test_assemble_refuses_what_is_not_the_archive(tmp_path):
    part = tmp_path / "x.0000"
    part.write_bytes(b"tampered")
    target = tmp_path / ".control.squashfs"
    with pytest.raises(ReleaseError, match="nothing was laid down"):
        on_host.assemble([part], target, hashlib.sha256(b"abc").hexdigest())
    assert list(tmp_path.iterdir()) == []


def test_without_marker_nothing_is_there(place):
    (place.path / "bin").mkdir(parents=True)
    (place.path / "bin" / "python").symlink_to("/usr/bin/python3")
    assert not on_host.is_there(place, None, "")
    on_host.write_marker(place, "abc", "unpack")
    assert on_host.is_there(place, None, "")
    assert on_host.is_there(place, "unpack", "")
    assert not on_host.is_there(place, "mount", "")


def test_marker_alone_is_not_enough(place):
    on_host.write_marker(place, "abc", "unpack")
    assert not on_host.is_there(place, None, "")


def test_mounted_environment_needs_its_mount(place):
    place.archive.touch()
    on_host.write_marker(place, "abc", "mount")
    assert not on_host.is_there(place, None, "")
    assert on_host.is_there(place, None, f"31 24 7:0 / {place.path} ro - squashfs /dev/loop0 ro\n")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 9}'])
def test_marker_that_cannot_be_believed_is_none(place, content):
    place.marker.write_text(content)
    assert on_host.read_marker(place) == {}


def test_unit_text_mounts_the_archive_read_only(place):
    text = place.unit_text()
    assert f"What={place.archive}\nWhere={place.path}\n" in text
    assert "Options=loop,ro,nodev,nosuid\n" in text


def test_unit_users_are_units_and_drop_ins_that_name_the_path(tmp_path):
    path = Path("/opt/corbel/releases/2026.1-x/control")
    units = tmp_path / "system"
    (units / "nova.service.d").mkdir(parents=True)
    (units / "a.service").write_text(f"[Service]\nExecStart={path}/bin/uwsgi --ini x\n")
    (units / "b.service").write_text(f"[Service]\nExecStart={path}-other/bin/uwsgi\n")
    (units / "nova.service.d" / "release.conf").write_text(f"Environment=HOME={path}\n")
    (units / "own.mount").write_text(f"Where={path}\n")
    assert on_host.unit_users([str(units), "/nonexistent"], path, ["own.mount"]) == ["a.service", "nova.service"]


def test_process_users_run_from_the_path(tmp_path):
    path = Path("/opt/corbel/releases/2026.1-x/control")
    commands = {
        "10": f"{path}/bin/python\0{path}/bin/nova-compute\0",
        "11": f"sh\0-c\0echo {path}\0",
        "12": "/usr/sbin/sshd\0",
    }
    for number, command in commands.items():
        (tmp_path / number).mkdir()
        (tmp_path / number / "cmdline").write_text(command)
    assert on_host.process_users(tmp_path, path) == ["process 10 (python)"]


def test_laid_down_counts_leftovers(tmp_path):
    folder = tmp_path / "2026.1-x"
    for name in ("control", ".control.json", ".compute.squashfs", ".network.new", ".storage.old"):
        (folder / name).mkdir(parents=True)
    assert on_host.laid_down(tmp_path, "2026.1-x") == ["compute", "control", "network", "storage"]
    assert on_host.laid_down(tmp_path, "2025.1-y") == []


def test_remove_tree_removes_leftovers_of_an_earlier_removal(tmp_path):
    for name in ("control", ".control.old"):
        (tmp_path / name / "bin").mkdir(parents=True)
    on_host.remove_tree(tmp_path / "control")
    assert list(tmp_path.iterdir()) == []


def test_marker_is_written_whole(place):
    on_host.write_marker(place, "abc", "mount")
    assert json.loads(place.marker.read_text()) == {"format": 1, "method": "mount", "sha256": "abc"}
    assert [item.name for item in place.folder.iterdir()] == [place.marker.name]
