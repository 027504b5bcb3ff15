"""The plugins on the controlling machine: lookup `corbel_release` and action `release`."""

import importlib.util
from pathlib import Path

import corbel_release as lookup
import pytest
from ansible.module_utils.corbel.release import ReleaseError

CHECKOUT = Path(__file__).resolve().parents[3]


def load_action():
    spec = importlib.util.spec_from_file_location("release_action", CHECKOUT / "action_plugins" / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


action = load_action()


def test_lookup_needs_no_build(tmp_path):
    found = lookup.describe("2026.1", CHECKOUT / "releases", tmp_path)
    assert found["root"] == f"/opt/corbel/releases/{found['id']}"
    assert found["built"] is False
    assert set(found["environments"]) >= {"control", "compute", "network"}


def test_lookup_reads_files_once(tmp_path, monkeypatch):
    first = lookup.describe("2026.1", CHECKOUT / "releases", tmp_path)
    monkeypatch.setattr(lookup.release, "definition_contents", lambda folder: pytest.fail("read again"))
    assert lookup.describe("2026.1", CHECKOUT / "releases", tmp_path) is first


def test_lookup_notices_a_new_build(tmp_path):
    before = lookup.describe("2026.1", CHECKOUT / "releases", tmp_path)
    folder = tmp_path / before["id"]
    folder.mkdir()
    built = f'{{"format": 1, "release_id": "{before["id"]}", "environments": {{"control": {{"sha256": "abc"}}}}}}'
    (folder / "manifest.json").write_text(built)
    after = lookup.describe("2026.1", CHECKOUT / "releases", tmp_path)
    assert (after["built"], after["environments"]["control"]["sha256"]) == (True, "abc")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "neither series nor release_id is given"),
        ({"series": "2026.1", "environments": []}, "expected a list of at least one"),
        ({"series": "2026.1", "environments": {"a": 1}}, "environments is {'a': 1}, expected a list"),
        ({"series": "2026.1", "environments": "control, contorl"}, "unknown environment contorl"),
        ({"series": "2026.1", "environments": ["contorl"]}, "unknown environment contorl"),
        ({"series": "1999.1", "environments": ["control"]}, "series with one: 2026.1"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ReleaseError, match=message):
        action.identifier_of(arguments)


def test_removal_needs_no_environments():
    assert action.identifier_of({"series": "2026.1", "state": "absent"}).startswith("2026.1-")
    assert action.identifier_of({"release_id": "2025.1-abc", "state": "absent"}) == "2025.1-abc"


def test_unbuilt_environment_says_how_to_build_it(tmp_path):
    with pytest.raises(ReleaseError, match=r"build it with: python -m tools\.release build 2026\.1 compute control"):
        action.built_entries(tmp_path, "2026.1-0123456789ab", ["compute", "control"])


@pytest.mark.parametrize("content", [None, b"tampered"])
def test_changed_archive_is_not_sent(tmp_path, content):
    if content:
        (tmp_path / "x.squashfs").write_bytes(content)
    with pytest.raises(ReleaseError, match="nothing was sent"):
        action.check_archive(tmp_path, {"archive": "x.squashfs", "sha256": "0" * 64})


class Connection:
    """Keeps what is sent."""

    def __init__(self):
        self.sent = {}

    def put_file(self, local, remote):
        self.sent[remote] = Path(local).read_bytes()


def sender(monkeypatch, listing):
    monkeypatch.setattr(action, "PART_SIZE", 4)
    plugin = action.ActionModule.__new__(action.ActionModule)
    plugin._connection = Connection()
    plugin._shell = lambda command: "/home/u/.cache/corbel-incoming\n" + listing
    return plugin


@pytest.mark.parametrize(
    ("listing", "sent"),
    [
        ("", {"0000": b"0123", "0001": b"4567", "0002": b"89"}),
        ("abc.0000 4\nabc.0001 3\n", {"0001": b"4567", "0002": b"89"}),
        ("abc.0000 4\nabc.0001 4\nabc.0002 2\n", {}),
    ],
)
def test_only_parts_that_the_host_lacks_are_sent(tmp_path, monkeypatch, listing, sent):
    archive = tmp_path / "archive"
    archive.write_bytes(b"0123456789")
    plugin = sender(monkeypatch, listing)
    paths, count = plugin._send(archive, "abc")
    assert paths == [f"/home/u/.cache/corbel-incoming/abc.{number:04d}" for number in range(3)]
    assert plugin._connection.sent == {
        f"/home/u/.cache/corbel-incoming/abc.{key}": value for key, value in sent.items()
    }
    assert count == sum(map(len, sent.values()))
