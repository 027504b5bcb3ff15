"""Images of the cache: named by their recipe, never seen half-built."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import roots
from lab.guest import build


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORBEL_CACHE", str(tmp_path))


def test_built_once(tmp_path: Path) -> None:
    calls = []

    def make(target: Path) -> None:
        calls.append(target)
        target.write_text("image")

    assert roots.cached("images", "a", make) == roots.cached("images", "a", make) == tmp_path / "images/a"
    assert len(calls) == 1
    assert [path.name for path in (tmp_path / "images").iterdir()] == ["a"]


def test_a_failed_build_leaves_nothing_and_a_killed_one_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "images/.a.killed").mkdir(parents=True)

    def fail(target: Path) -> None:
        target.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        roots.cached("images", "a", fail)
    assert not list((tmp_path / "images").iterdir())


def test_a_recipe_names_the_image(tmp_path: Path) -> None:
    file = tmp_path / "script"
    file.write_text("one")
    first = roots.digest("a", file)
    file.write_text("two")
    assert first != roots.digest("a", file)
    assert roots.digest("a") == roots.digest("a") != roots.digest("b")


def test_the_mirror_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORBEL_DEBIAN_MIRROR", "http://mirror.example/debian/")
    assert roots.sources("trixie")[0] == "deb http://mirror.example/debian trixie main"


def test_debian_command() -> None:
    command = [str(part) for part in roots.debian_command(Path("/target"), "a,b", ["hook"])]
    assert command[0] == "mmdebstrap"
    assert "--include=a,b" in command
    assert "--customize-hook=hook" in command
    assert command[command.index("trixie") + 1] == "/target"


def test_the_guest_image_is_made_from_everything_in_its_folder() -> None:
    parts = {part.name for part in build.recipe() if isinstance(part, Path)}
    assert {"init", "rc", "default.script", "build-inside", "syslinux.cfg"} <= parts
