"""The file of secrets: made once, encrypted, replaced in one step, never printed."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from vault_files import opened, sealed

Run = Callable[..., dict[str, Any]]
WANTED: dict[str, Any] = {"a": {"type": "password"}, "keys": {"type": "fernet", "count": 3}, "ssh": {"type": "ssh_key"}}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    else:
        yield str(value)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_first_run_makes_all(run: Run, path: Path) -> None:
    result = run(WANTED)
    assert (result["changed"], result["created"], result["rotated"]) == (True, ["a", "keys", "ssh"], [])
    assert path.read_bytes().startswith(b"$ANSIBLE_VAULT;1.1;AES256")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert set(opened(path)["corbel_secrets"]) == set(WANTED)
    assert [one.name for one in path.parent.iterdir()] == ["secrets.yml"]


def test_nothing_returned_holds_a_value(run: Run, path: Path) -> None:
    result = json.dumps(run(WANTED)) + json.dumps(run(WANTED)) + json.dumps(run(WANTED, rotate=["a"]))
    assert [text for text in texts(opened(path)) if text in result] == []


def test_second_run_writes_nothing(run: Run, path: Path) -> None:
    run(WANTED)
    before = (path.read_bytes(), path.stat().st_ino)
    assert run(WANTED)["changed"] is False
    assert (path.read_bytes(), path.stat().st_ino) == before


def test_what_is_there_stays(run: Run, path: Path) -> None:
    run({"a": {}})
    first = opened(path)["corbel_secrets"]["a"]
    result = run(WANTED)
    assert result["created"] == ["keys", "ssh"]
    assert opened(path)["corbel_secrets"]["a"] == first


def test_rotation_replaces_only_the_named(run: Run, path: Path) -> None:
    run(WANTED)
    before = opened(path)["corbel_secrets"]
    assert run(WANTED, rotate=["a"])["rotated"] == ["a"]
    after = opened(path)["corbel_secrets"]
    assert {name for name in WANTED if before[name] != after[name]} == {"a"}


def test_other_content_of_the_file_stays(run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(sealed("other: 1\ncorbel_secrets: {mine: kept}\n"))
    run({"a": {}})
    assert opened(path)["other"] == 1
    assert opened(path)["corbel_secrets"]["mine"] == "kept"


def test_check_mode_writes_nothing_and_gives_placeholders(run: Run, path: Path) -> None:
    result = run(WANTED, check_mode=True)
    assert result["changed"] is True
    assert set(result["placeholders"]) == set(WANTED)
    assert len(result["placeholders"]["keys"]) == 3
    assert not path.parent.exists()


def test_open_mode_is_closed(run: Run, path: Path) -> None:
    run(WANTED)
    path.chmod(0o644)
    run(WANTED)
    assert mode(path) == 0o600


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"corbel_secrets: {a: plain-secret-value}\n", ["plain text", "ansible-vault encrypt"]),
        (sealed("- plain-secret-value\n"), ["other content", "ansible-vault edit"]),
        (sealed("a: 'plain-secret-value\n"), ["invalid YAML"]),
        (sealed("corbel_secrets: {a: ''}\n"), ["empty value for a"]),
        (b"$ANSIBLE_VAULT;1.1;AES256\n6162\n", ["none of the given vault passwords", "ANSIBLE_VAULT_PASSWORD_FILE"]),
    ],
)
def test_unusable_file_is_refused_and_kept(content: bytes, parts: list[str], run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    result = run(WANTED)
    assert result["failed"] is True
    assert [part for part in parts if part not in result["msg"]] == []
    assert "plain-secret-value" not in json.dumps(result)
    assert path.read_bytes() == content


def test_no_vault_password_is_refused(run: Run, path: Path) -> None:
    result = run(WANTED, vault=False)
    assert result["failed"] is True
    assert "no vault password" in result["msg"]
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "part"), [({"rotate": ["zz"]}, "rotate"), ({"path": "relative.yml"}, "absolute path")]
)
def test_bad_options(options: dict[str, Any], part: str, run: Run, path: Path) -> None:
    result = run(WANTED, **options)
    assert result["failed"] is True
    assert part in result["msg"]
    assert not path.exists()


def test_a_run_that_dies_leaves_the_old_file(run: Run, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run({"a": {}})
    before = path.read_bytes()

    def dies(descriptor: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", dies)
    with pytest.raises(OSError, match="disk is full"):
        run(WANTED)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["secrets.yml"]
