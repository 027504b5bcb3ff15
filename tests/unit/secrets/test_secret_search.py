"""Markers planted in logs are found in every form, and the search tells no value."""

from __future__ import annotations

import base64
import gzip
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible.module_utils.corbel import secrets_store

ROOT = Path(__file__).resolve().parents[3]


def load() -> Any:
    spec = spec_from_file_location("secret_search", ROOT / "tests" / "integration" / "secret_search.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


search = load()
MARKER = "pa/ss wörd+marker"
SECRETS: dict[str, Any] = {
    "database": MARKER,
    "keys": ["first-key-marker", "second-key-marker"],
    "pair": {
        "private": "-----BEGIN KEY-----\nprivate-line-marker\n-----END KEY-----\n",
        "public": "ssh-ed25519 public-marker",
    },
    "short": "abc",
}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f"connect with {MARKER}", "database"),
        (f"mysql://user:{quote(MARKER, safe='')}@host", "database"),
        ('{"password": "pa/ss w\\u00f6rd+marker"}', "database"),
        (f"Authorization: Basic {base64.b64encode(MARKER.encode()).decode()}", "database"),
        ("key second-key-marker", "keys"),
        ("> private-line-marker", "pair"),
    ],
)
def test_planted_text_is_found(content: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "journal.log").write_text(f"nothing\nnothing\n{content}\n")
    (tmp_path / "clean.log").write_text("nothing\n")
    outcome = search.search(SECRETS, [tmp_path])
    assert [(hit.name, hit.path.name, hit.line) for hit in outcome.hits] == [(name, "journal.log", 3)]
    assert outcome.files == 2
    assert "marker" not in str(outcome.hits[0])


@pytest.mark.parametrize("content", ["ssh-ed25519 public-marker", "abc", "-----BEGIN KEY-----", ""])
def test_what_is_no_secret_is_not_found(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(content)
    assert search.search(SECRETS, [tmp_path]).hits == []


def test_marker_across_two_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BLOCK", 10)
    (tmp_path / "a.log").write_text("line\n" * 5 + "xx second-key-marker\n")
    assert [(hit.name, hit.line) for hit in search.search(SECRETS, [tmp_path]).hits] == [("keys", 6)]


def test_packed_log(tmp_path: Path) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(b"first-key-marker"))
    assert len(search.search(SECRETS, [tmp_path]).hits) == 1


def test_generated_secrets_are_found(tmp_path: Path) -> None:
    specs = {kind: secrets_store.parse_spec(kind, {"type": kind}) for kind in secrets_store.KINDS}
    made = {name: secrets_store.generate(spec) for name, spec in specs.items()}
    lines = [made["ssh_key"]["private"].splitlines()[2], *(made[name] for name in ("password", "fernet", "hex"))]
    (tmp_path / "a.log").write_text("\n".join(lines))
    assert {hit.name for hit in search.search(made, [tmp_path]).hits} == set(specs)


@pytest.mark.parametrize(
    ("content", "code"),
    [("quiet\n", 0), ("first-key-marker\n", 1), ("", 2)],
    ids=["clean", "found", "nothing to search"],
)
def test_command(
    content: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.log").write_text(content)
    monkeypatch.setattr(search, "decrypted", lambda path: SECRETS)
    monkeypatch.setattr(sys, "argv", ["secret_search", "--secrets", "unused", str(tmp_path)])
    assert search.main() == code
    assert "marker" not in capsys.readouterr().out
