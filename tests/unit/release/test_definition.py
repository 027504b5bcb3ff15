"""What a release is: id, definition, manifest, description."""

import json

import pytest
from ansible.module_utils.corbel import release

DEFINITION = {
    "series": "2026.1",
    "name": "Gazpacho",
    "python": "3.13",
    "upgrades_from": ["2025.1"],
    "hosts": [{"distribution": "Debian", "version": "13"}],
    "debian_packages": ["python3"],
    "environments": {
        "control": {"requirements": ["keystone"], "debian_packages": ["libssl3t64"]},
        "compute": {"requirements": ["nova"]},
        "storage": {"requirements": ["cinder"], "on_demand": True},
    },
}
CONTENTS = {"release.yml": b"series: x\n", "index.lock": b"a==1\n"}


def test_id_is_stable_and_names_the_series():
    first = release.release_id("2026.1", CONTENTS)
    assert first == release.release_id("2026.1", dict(reversed(CONTENTS.items())))
    assert first.startswith("2026.1-")
    assert len(first) == len("2026.1-") + 12


@pytest.mark.parametrize(
    "changed",
    [
        {**CONTENTS, "release.yml": b"series: y\n"},
        {**CONTENTS, "index.lock": b"a==2\n"},
        {**CONTENTS, "build.lock": b""},
        {"release.yml": CONTENTS["release.yml"] + b"a", "index.lock": CONTENTS["index.lock"][1:]},
    ],
)
def test_any_change_of_definition_or_locks_is_another_release(changed):
    assert release.release_id("2026.1", changed) != release.release_id("2026.1", CONTENTS)


def test_builder_is_part_of_the_id(monkeypatch):
    before = release.release_id("2026.1", CONTENTS)
    monkeypatch.setattr(release, "BUILDER", release.BUILDER + 1)
    assert release.release_id("2026.1", CONTENTS) != before


def test_only_definition_and_locks_are_read(tmp_path):
    for name, content in {**CONTENTS, "smoke.yml": b"x", "release.in": b"y"}.items():
        (tmp_path / name).write_bytes(content)
    assert release.definition_contents(tmp_path) == CONTENTS


def test_unknown_series_names_the_known_ones(tmp_path):
    (tmp_path / "2026.1").mkdir()
    (tmp_path / "2026.1" / "release.yml").touch()
    with pytest.raises(release.ReleaseError, match=r"2027\.1 has no release\.yml; series with one: 2026\.1"):
        release.definition_contents(tmp_path / "2027.1")


def test_missing_lock_says_how_to_make_it(tmp_path):
    (tmp_path / "release.yml").touch()
    with pytest.raises(release.ReleaseError, match="make lock"):
        release.definition_contents(tmp_path)


def test_environments():
    assert release.default_environments(DEFINITION) == ["compute", "control"]
    assert release.check_environments(DEFINITION, ["control", "compute", "control"]) == ["compute", "control"]
    with pytest.raises(
        release.ReleaseError, match=r"unknown environment contorl: release 2026\.1 declares compute, control"
    ):
        release.check_environments(DEFINITION, ["contorl"])


def test_runtime_packages_join_common_and_own():
    assert release.runtime_packages(DEFINITION, "control") == ["libssl3t64", "python3"]
    assert release.runtime_packages(DEFINITION, "compute") == ["python3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "no manifest of format"),
        ('{"format": 99}', "no manifest of format"),
        ('{"format": 1, "release_id": "other"}', "describes release other, expected 2026.1-x"),
    ],
)
def test_bad_manifest_is_refused(tmp_path, content, message):
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(release.ReleaseError, match=message):
        release.read_manifest(path, "2026.1-x")


def test_manifest_may_be_missing(tmp_path):
    assert release.read_manifest(tmp_path / "manifest.json", "x") is None


def test_description_before_and_after_a_build(tmp_path):
    before = release.describe(DEFINITION, "2026.1-x", None, "/cache/2026.1-x")
    control = before["environments"]["control"]
    assert before["root"] == "/opt/corbel/releases/2026.1-x"
    assert control["bin"] == "/opt/corbel/releases/2026.1-x/control/bin"
    assert control["archive"] == "/cache/2026.1-x/2026.1-x-control.squashfs"
    assert (before["built"], control["sha256"]) == (False, None)
    path = tmp_path / "manifest.json"
    built = {"control": {"sha256": "abc", "size": 5}}
    path.write_text(json.dumps({"format": 1, "release_id": "2026.1-x", "environments": built}))
    after = release.describe(DEFINITION, "2026.1-x", release.read_manifest(path, "2026.1-x"), "/cache")
    assert (after["built"], after["environments"]["control"]["sha256"]) == (True, "abc")
    assert after["environments"]["compute"]["sha256"] is None


def test_file_digest(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert release.file_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
