"""The list of options that a release's services read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from module_utils.corbel.release import ReleaseError
from tools.release import options
from tools.release.definition import Series

DEFINITION = {
    "common": ["oslo.log", "oslo.db"],
    "sets": {"a": {"files": ["a_conf_overrides"], "namespaces": ["oslo.db", "a"], "like": {"x.*": "y"}}},
}
FOUND = {
    "a": {
        "sections": {"DEFAULT": {"port": {"type": "int"}, "other_port": {"type": "int"}, "name": {}}},
        "deprecated": {"DEFAULT": {"old": ["DEFAULT", "name"]}},
    }
}


def test_orders_add_what_all_services_read() -> None:
    assert options.orders(DEFINITION) == {"a": {"namespaces": ["oslo.db", "a", "oslo.log"]}}


def test_what_is_alike_is_written_once() -> None:
    content = options.assemble(DEFINITION, FOUND)
    assert content["forms"] == [{}, {"type": "int"}]
    assert content["sets"]["a"]["sections"] == {"DEFAULT": {"name": 0, "other_port": 1, "port": 1}}
    assert content["sets"]["a"]["files"] == ["a_conf_overrides"]
    assert content["sets"]["a"]["like"] == {"x.*": "y"}
    assert content["sets"]["a"]["deprecated"] == FOUND["a"]["deprecated"]


def test_the_same_content_gives_the_same_file() -> None:
    content = options.assemble(DEFINITION, FOUND)
    assert options.packed(content) == options.packed(json.loads(json.dumps(content)))
    assert json.loads(gzip.decompress(options.packed(content))) == content


def test_a_change_of_the_lock_or_of_the_sets_makes_the_list_stale(tmp_path: Path) -> None:
    (tmp_path / "options.yml").write_text("sets: {}\n")
    (tmp_path / "index.lock").write_text("a==1\n")
    first = options.sources_digest(tmp_path)
    (tmp_path / "index.lock").write_text("a==2\n")
    assert options.sources_digest(tmp_path) != first


def test_a_release_that_is_not_built_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORBEL_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "9.9"
    folder.mkdir()
    (folder / "options.yml").write_text("environment: control\nsets: {}\n")
    for name in ("release.yml", "index.lock"):
        (folder / name).write_text("x: 1\n")
    with pytest.raises(ReleaseError, match=r"python -m tools\.release build 9\.9 control"):
        options.write(Series(folder, {"series": "9.9"}))
