"""Files are replaced in one step and never through a link that someone planted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible.module_utils.corbel.bundle_spec import BundleError
from ansible.module_utils.corbel.bundle_tree import Ownership, Tree


def own(mode: int = 0o644) -> Ownership:
    return Ownership(os.geteuid(), os.getegid(), mode)


def test_write_replaces_content_and_mode(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    (tmp_path / "x").write_text("old")
    tree.write("/x", b"new", own(0o600))
    entry = tree.look("/x", content=True)
    assert entry
    assert (entry.kind, entry.mode, entry.content) == ("file", 0o600, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_link_at_the_target_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("keep")
    (tmp_path / "x").symlink_to("victim")
    Tree(tmp_path).write("/x", b"new", own())
    assert (tmp_path / "victim").read_text() == "keep"
    assert not (tmp_path / "x").is_symlink()


def test_a_partial_file_of_a_killed_run_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("keep")
    (tmp_path / ".x.corbel-new").symlink_to("victim")
    Tree(tmp_path).write("/x", b"new", own())
    assert (tmp_path / "victim").read_text() == "keep"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["victim", "x"]


def test_a_content_that_fails_its_test_is_not_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")
    seen = []

    def test(partial: str) -> None:
        seen.append((tmp_path / partial.lstrip("/")).read_text())
        raise BundleError("no")

    with pytest.raises(BundleError):
        Tree(tmp_path).try_out("/x", b"new", own(), test)
    assert seen == ["new"]
    assert (tmp_path / "x").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_roots_own_links_to_directories_are_followed(tmp_path: Path) -> None:
    (tmp_path / "srv").mkdir()
    (tmp_path / "relative").symlink_to("srv")
    (tmp_path / "absolute").symlink_to("/srv")
    Tree(tmp_path).write("/relative/a", b"a", own())
    Tree(tmp_path).write("/absolute/b", b"b", own())
    assert sorted(path.name for path in (tmp_path / "srv").iterdir()) == ["a", "b"]
    entry = Tree(tmp_path).look("/relative", follow=True)
    assert entry
    assert entry.kind == "directory"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a link to someone else")
def test_links_of_others_are_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "x").symlink_to("/root")
    os.lchown(tmp_path / "home" / "x", 1, 1)
    with pytest.raises(BundleError, match="'x' is a symbolic link that root does not own"):
        Tree(tmp_path).write("/home/x/authorized_keys", b"", own())
    with pytest.raises(BundleError, match="symbolic link that root does not own"):
        Tree(tmp_path).look("/home/x", follow=True)


def test_endless_links_end(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("x")
    with pytest.raises(BundleError, match="symbolic link"):
        Tree(tmp_path).write("/x/y", b"", own())


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="its directory /a does not exist; list it under directories"):
        Tree(tmp_path).write("/a/x", b"", own())


def test_a_directory_at_the_target_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(BundleError, match="/x is a directory; a file is expected"):
        Tree(tmp_path).write("/x", b"", own())


def test_mkdir_makes_parents_for_root(tmp_path: Path) -> None:
    Tree(tmp_path).mkdir("/a/b/c", own(0o750))
    assert [oct((tmp_path / path).stat().st_mode & 0o777) for path in ("a", "a/b", "a/b/c")] == [
        "0o755",
        "0o755",
        "0o750",
    ]


def test_mend_keeps_content(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    (tmp_path / "d").mkdir()
    Tree(tmp_path).mend("/x", own(0o640))
    Tree(tmp_path).mend("/d", own(0o700), directory=True)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "x").read_text() == "x"


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.remove("/x")
    tree.remove("/a/b/x")
    assert tree.rmdir("/x")
    tree.purge("/x")


def test_purge_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep" / "x").write_text("x")
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "link").symlink_to("/keep")
    Tree(tmp_path).purge("/d")
    assert not (tmp_path / "d").exists()
    assert (tmp_path / "keep" / "x").exists()


def test_rmdir_keeps_what_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    assert not Tree(tmp_path).rmdir("/d")
    assert Tree(tmp_path).rmdir("/d/e")
