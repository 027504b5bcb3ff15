"""Rings on a host: nothing is taken into use that is not whole."""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import ring_files
from ansible.module_utils.corbel.calls import swift_ring_files
from ansible.module_utils.corbel.ring_model import RingError

NEW, OLD = b"new ring", b"old ring"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


RINGS = [{"name": "account", "digest": digest(NEW)}, {"name": "object-1", "digest": digest(OLD)}]
CONTENTS = {"account": base64.b64encode(NEW).decode(), "object-1": base64.b64encode(OLD).decode()}


@pytest.fixture
def host(tmp_path: Path) -> ring_files.Host:
    made = ring_files.Host(tmp_path)
    made.path("object-1").write_bytes(OLD)
    made.path("account").write_bytes(OLD)
    return made


def owner() -> tuple[int, int]:
    return os.getuid(), os.getgid()


def test_only_what_differs_is_laid_down_and_nothing_is_in_use_yet(host: ring_files.Host) -> None:
    rings = ring_files.wanted(RINGS)
    assert ring_files.differing(host, rings) == ["account"]
    assert ring_files.stage(host, rings, CONTENTS, owner()) == ["account"]
    assert host.path("account").read_bytes() == OLD
    assert not host.staged("object-1").exists()
    assert ring_files.activate(host, rings) == ["account"]
    assert host.path("account").read_bytes() == NEW
    assert not host.staged("account").exists()
    assert ring_files.differing(host, rings) == []
    assert ring_files.activate(host, rings) == []


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({}, "its content was not given"),
        ({"account": "***"}, "did not arrive whole"),
        ({"account": base64.b64encode(OLD).decode()}, f"found digest {digest(OLD)}, expected {digest(NEW)}"),
    ],
)
def test_a_ring_that_is_not_whole_is_not_laid_down(
    host: ring_files.Host, contents: dict[str, str], message: str
) -> None:
    with pytest.raises(RingError, match=message):
        ring_files.stage(host, ring_files.wanted(RINGS), contents, owner())
    assert not host.staged("account").exists()


@pytest.mark.parametrize("there", [None, b"something else"])
def test_one_bad_ring_keeps_all_old_ones(host: ring_files.Host, there: bytes | None) -> None:
    rings = ring_files.wanted([{"name": "container", "digest": digest(NEW)}, *RINGS])
    host.staged("container").write_bytes(NEW)
    if there is not None:
        host.staged("account").write_bytes(there)
    with pytest.raises(RingError, match="the old rings stay in use"):
        ring_files.activate(host, rings)
    assert not host.path("container").exists()
    assert host.path("account").read_bytes() == OLD


def test_names_are_names_of_rings() -> None:
    with pytest.raises(RingError, match=r"found a ring named '\.\./x'"):
        ring_files.wanted([{"name": "../x", "digest": ""}])


def test_devices_are_noted(host: ring_files.Host) -> None:
    assert ring_files.noted_devices(host) == []
    ring_files.note_devices(host, ["d2", "d1"], owner())
    assert ring_files.noted_devices(host) == ["d1", "d2"]


@pytest.mark.parametrize(
    ("state", "check", "changed"),
    [("compared", False, False), ("compared", True, False), ("staged", True, False), ("active", True, True)],
)
def test_check_mode_and_comparison_write_nothing(
    host: ring_files.Host, tmp_path: Path, state: str, check: bool, changed: bool
) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    options: dict[str, Any] = {"state": state, "directory": str(tmp_path), "group": "nobody-has-this", "rings": RINGS}
    result = swift_ring_files.run({**options, "contents": CONTENTS, "devices": []}, check)
    assert result == {"changed": changed, "differing": ["account"]}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
