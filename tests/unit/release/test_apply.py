"""Laying environments down and removing them, on a folder that stands for a host."""

import hashlib
from pathlib import Path

import pytest
from ansible.module_utils.corbel import release_apply, release_host
from ansible.module_utils.corbel.release import ReleaseError

CONTENT = b"archive"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ENTRY = {"sha256": SHA256, "size": len(CONTENT), "unpacked_size": 4096}


class FakeHost(release_apply.Host):
    """A host whose commands do what the test wants."""

    def __init__(self, method="unpack", *, check_mode=False, mounts=True):
        super().__init__(self.command, check_mode=check_mode)
        self.chosen, self.mounts = method, mounts
        self.commands, self.mounted = [], ""

    def method(self):
        return self.chosen

    def mountinfo(self):
        return self.mounted

    def succeeds(self, argv):
        return self.command(argv)[0] == 0

    def command(self, argv):
        self.commands.append(argv)
        if argv[0] == "unsquashfs":
            target = Path(argv[argv.index("-dest") + 1])
            (target / "bin").mkdir(parents=True)
            (target / "bin" / "python").symlink_to("/usr/bin/python3")
        if argv[:2] == ["systemctl", "enable"]:
            return (0 if self.mounts else 1), "", "unknown filesystem type"
        return 0, "", ""


@pytest.fixture(autouse=True)
def fake_system(monkeypatch, tmp_path):
    units = tmp_path / "units"
    units.mkdir()
    monkeypatch.setattr(release_apply, "UNIT_FOLDER", units)
    monkeypatch.setattr(release_host, "UNIT_FOLDERS", (str(units),))
    monkeypatch.setattr(release_apply.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(release_host, "process_users", lambda proc, path: [])
    return units


@pytest.fixture
def params(tmp_path):
    return {
        "root": str(tmp_path / "releases"),
        "release_id": "2026.1-x",
        "environments": ["control"],
        "archives": {"control": ENTRY},
        "parts": {},
        "method": "auto",
    }


@pytest.fixture
def with_parts(params, tmp_path):
    part = tmp_path / f"{SHA256}.0000"
    part.write_bytes(CONTENT)
    return {**params, "parts": {"control": [str(part)]}}


def test_first_call_says_what_is_wanting_and_touches_nothing_more(params):
    answer = release_apply.survey(FakeHost(), params)
    assert (answer["changed"], answer["wanting"], answer["missing"]) == (True, ["control"], ["control"])
    assert answer["diff"] == {"before": "", "after": f"control sha256:{SHA256}\n"}


def test_check_mode_wants_nothing_sent_and_leaves_no_folder(params):
    answer = release_apply.survey(FakeHost(check_mode=True), params)
    assert (answer["changed"], answer["wanting"], answer["missing"]) == (True, [], ["control"])
    assert not Path(params["root"]).exists()


def test_unpacking_then_nothing_to_do(with_parts, params):
    host = FakeHost()
    assert release_apply.survey(host, with_parts)["wanting"] == []
    folder = Path(params["root"]) / "2026.1-x"
    assert sorted(item.name for item in folder.iterdir()) == [".control.json", "control"]
    again = release_apply.survey(FakeHost(), params)
    assert (again["changed"], again["missing"], again["wanting"]) == (False, [], [])
    assert again["diff"]["before"] == again["diff"]["after"]


def test_mounting_keeps_the_archive_and_enables_the_unit(with_parts, fake_system):
    host = FakeHost("mount")
    release_apply.survey(host, with_parts)
    place = release_host.Place(Path(with_parts["root"]), "2026.1-x", "control")
    assert place.archive.read_bytes() == CONTENT
    assert (fake_system / place.unit).read_text() == place.unit_text()
    assert release_host.read_marker(place)["method"] == "mount"
    assert ["systemctl", "enable", "--now", "--", place.unit] in host.commands


def test_lost_mount_is_mounted_again_without_a_transfer(with_parts, params):
    release_apply.survey(FakeHost("mount"), with_parts)
    answer = release_apply.survey(FakeHost("mount"), params)
    assert (answer["changed"], answer["wanting"]) == (True, [])


def test_kernel_that_cannot_mount_after_all_gets_it_unpacked(with_parts, fake_system):
    release_apply.survey(FakeHost("mount", mounts=False), with_parts)
    place = release_host.Place(Path(with_parts["root"]), "2026.1-x", "control")
    assert release_host.read_marker(place)["method"] == "unpack"
    assert list(fake_system.iterdir()) == []


def test_mount_that_was_asked_for_and_fails_is_an_error(with_parts):
    with pytest.raises(ReleaseError, match="could not mount"):
        release_apply.survey(FakeHost("mount", mounts=False), {**with_parts, "method": "mount"})


def test_another_build_of_the_same_release_stays(with_parts, params):
    release_apply.survey(FakeHost(), with_parts)
    other = {**params, "archives": {"control": {**ENTRY, "sha256": "0" * 64}}}
    answer = release_apply.survey(FakeHost(), other)
    assert (answer["changed"], answer["environments"]["control"]["sha256"]) == (False, SHA256)


def test_tampered_archive_is_refused_and_leaves_no_environment(with_parts, params):
    Path(with_parts["parts"]["control"][0]).write_bytes(b"tampered")
    with pytest.raises(ReleaseError, match="expected"):
        release_apply.survey(FakeHost(), with_parts)
    assert list((Path(params["root"]) / "2026.1-x").iterdir()) == []


def test_half_unpacked_environment_is_made_anew(with_parts, params):
    place = release_host.Place(Path(params["root"]), "2026.1-x", "control")
    for folder in (place.scratch / "bin", place.path / "lib"):
        folder.mkdir(parents=True)
    release_apply.survey(FakeHost(), with_parts)
    assert release_host.is_there(place, "unpack", "")
    assert not place.scratch.exists()
    assert not (place.path / "lib").exists()


def test_full_disk_is_refused_before_anything_is_sent(params, monkeypatch):
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr(release_apply.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(ReleaseError, match=r"has 0 MiB free, laying down control needs \d+ MiB"):
        release_apply.survey(FakeHost(), params)


def test_missing_unsquashfs_names_the_package_but_check_mode_passes(params, monkeypatch):
    monkeypatch.setattr(release_apply.shutil, "which", lambda name: None)
    with pytest.raises(ReleaseError, match="squashfs-tools"):
        release_apply.survey(FakeHost(), params)
    assert release_apply.survey(FakeHost(check_mode=True), params)["changed"]


def test_other_method_is_not_forced_under_a_running_program(with_parts, params, monkeypatch):
    release_apply.survey(FakeHost("mount"), with_parts)
    monkeypatch.setattr(release_host, "process_users", lambda proc, path: ["process 7 (uwsgi)"])
    with pytest.raises(ReleaseError, match=r"is used by process 7 \(uwsgi\)"):
        release_apply.survey(FakeHost(), {**params, "method": "unpack"})


def test_removal(with_parts, params, fake_system):
    release_apply.survey(FakeHost("mount"), with_parts)
    whole = {**params, "environments": []}
    planned = release_apply.remove(FakeHost(check_mode=True), whole)
    assert (planned["changed"], planned["removed"]) == (True, ["control"])
    assert Path(planned["root"]).exists()
    assert release_apply.remove(FakeHost(), whole)["removed"] == ["control"]
    assert not Path(planned["root"]).exists()
    assert list(fake_system.iterdir()) == []
    assert release_apply.remove(FakeHost(), whole)["changed"] is False


def test_removal_is_refused_while_a_unit_uses_it(with_parts, params, fake_system):
    release_apply.survey(FakeHost(), with_parts)
    path = Path(params["root"]) / "2026.1-x" / "control"
    (fake_system / "nova.service").write_text(f"[Service]\nExecStart={path}/bin/nova-compute\n")
    with pytest.raises(ReleaseError, match=r"is used by nova\.service"):
        release_apply.remove(FakeHost(), {**params, "environments": []})
    assert path.exists()


def test_removal_of_one_environment_leaves_the_others(with_parts, params):
    release_apply.survey(FakeHost(), with_parts)
    (Path(params["root"]) / "2026.1-x" / "compute").mkdir()
    assert release_apply.remove(FakeHost(), params)["removed"] == ["control"]
    assert [item.name for item in (Path(params["root"]) / "2026.1-x").iterdir()] == ["compute"]
