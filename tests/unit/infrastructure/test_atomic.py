"""Files are replaced in one step, and folders are worked in by one run at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from ansible.module_utils.corbel import atomic


@pytest.mark.parametrize("content", ["text\n", b"text\n"])
def test_a_file_is_replaced_with_its_mode(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    atomic.write(path, content, 0o640, (os.geteuid(), os.getegid()))
    assert path.read_text() == "text\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        atomic.write(path, "new", 0o600)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_made_for_its_owner_and_others_wait(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with atomic.locked(folder):
        assert folder.stat().st_mode & 0o777 == 0o700
        other = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


def test_the_mode_of_a_folder_that_is_there_stays(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with atomic.locked(tmp_path):
        assert tmp_path.stat().st_mode & 0o777 == 0o755
