"""Files and directories of a host, touched only through directories that nobody but root could have replaced.

Every path is walked from a directory handle, component by component. A symbolic link on the way is followed only if
root (or who runs this) owns it, and the last component of a file is never followed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ansible.module_utils.corbel.bundle_fields import BundleError

MOST_LINKS = 40
PARTIAL = ".corbel-new"


@dataclass(frozen=True)
class Ownership:
    """Owner, group and mode."""

    uid: int
    gid: int
    mode: int


@dataclass(frozen=True)
class Entry:
    """What stands at a path. `kind` is file, directory, link or other."""

    kind: str
    uid: int
    gid: int
    mode: int
    content: bytes | None = field(default=None, repr=False)
    children: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return digest(self.content or b"")


def digest(content: bytes) -> str:
    """Name a content."""
    return hashlib.sha256(content).hexdigest()


class Tree:
    """The file system below a root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def look(self, path: str, content: bool = False, children: bool = False, follow: bool = False) -> Entry | None:
        """Say what stands at a path; None if nothing does. `follow` accepts root's links to directories."""
        try:
            with self._parent(path) as (parent, name):
                status = os.stat(name, dir_fd=parent, follow_symlinks=False)
                if follow and stat.S_ISLNK(status.st_mode):
                    with self._directory(path) as handle:
                        status = os.fstat(handle)
                return self._entry(parent, name, status, content, children)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def read(self, path: str) -> bytes | None:
        """Read a file; None if it is missing or no plain file."""
        entry = self.look(path, content=True)
        return entry.content if entry and entry.kind == "file" else None

    def text(self, path: str) -> str | None:
        """Read a file as text."""
        content = self.read(path)
        return None if content is None else content.decode(errors="replace")

    def write(self, path: str, content: bytes, owner: Ownership) -> None:
        """Put a file in place in one step; readers see the old one or the new one, never a part."""
        with self._partial(path, content, owner) as (parent, partial):
            self._replace(parent, partial, Path(path).name, path)
            _flush(parent)

    def try_out(self, path: str, content: bytes, owner: Ownership, test: Callable[[str], None]) -> None:
        """Have a content tested in a file beside the one it is for, which stays as it is."""
        with self._partial(path, content, owner) as (_, partial):
            test(str(Path(path).with_name(partial)))

    @contextlib.contextmanager
    def _partial(self, path: str, content: bytes, owner: Ownership) -> Iterator[tuple[int, str]]:
        """Make a file beside a path; what is left of it afterwards goes."""
        with self._parent(path, missing=path) as (parent, name):
            partial = f".{name}{PARTIAL}"
            # A run that was killed may have left one.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial, dir_fd=parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            handle = os.open(partial, flags, 0o600, dir_fd=parent)
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(content)
                    stream.flush()
                    _own(handle, owner)
                    os.fsync(handle)
                yield parent, partial
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(partial, dir_fd=parent)

    def _replace(self, parent: int, partial: str, name: str, path: str) -> None:
        try:
            os.rename(partial, name, src_dir_fd=parent, dst_dir_fd=parent)
        except IsADirectoryError as error:
            raise BundleError(f"{path} is a directory; a file is expected, so move the directory away") from error

    def mend(self, path: str, owner: Ownership, directory: bool = False) -> None:
        """Give a file or directory its owner and mode; content stays."""
        if directory:
            with self._directory(path) as handle:
                real = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=handle)
                _mend(real, owner)
            return
        with self._parent(path) as (parent, name):
            _mend(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent), owner)

    def mkdir(self, path: str, owner: Ownership) -> None:
        """Make a directory and the parents it lacks; those belong to root."""
        parent_path = str(Path(path).parent)
        if parent_path != "/" and self.look(parent_path) is None:
            self.mkdir(parent_path, Ownership(os.geteuid(), os.getegid(), 0o755))
        with self._parent(path) as (parent, name):
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=parent)
            _mend(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent), owner)
            _flush(parent)

    def remove(self, path: str) -> None:
        """Remove a file, and what a killed run left of it."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._parent(path) as (parent, name):
            for victim in (f".{name}{PARTIAL}", name):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(victim, dir_fd=parent)
            _flush(parent)

    def rmdir(self, path: str) -> bool:
        """Remove a directory if it is empty; say whether it is gone."""
        try:
            with self._parent(path) as (parent, name):
                os.rmdir(name, dir_fd=parent)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def purge(self, path: str) -> None:
        """Remove a directory with all it holds, crossing neither links nor mounts."""
        with contextlib.suppress(FileNotFoundError), self._parent(path) as (parent, name):
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if not stat.S_ISDIR(status.st_mode):
                raise BundleError(f"{path} is no directory of its own; remove it by hand")
            _purge(parent, name, os.fstat(parent).st_dev, path)

    def _entry(self, parent: int, name: str, status: os.stat_result, content: bool, children: bool) -> Entry:
        kind = _kind(status.st_mode)
        data: bytes | None = None
        names: tuple[str, ...] = ()
        if kind == "file" and content:
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
            with os.fdopen(handle, "rb") as stream:
                data = stream.read()
        elif kind == "link" and content:
            data = os.readlink(name, dir_fd=parent).encode()
        elif kind == "directory" and children:
            handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=parent)
            try:
                names = tuple(sorted(_children(handle)))
            finally:
                os.close(handle)
        return Entry(kind, status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode), data, names)

    @contextlib.contextmanager
    def _parent(self, path: str, missing: str = "") -> Iterator[tuple[int, str]]:
        """Open the directory that holds a path."""
        parent, name = Path(path).parent, Path(path).name
        try:
            handle = self._walk(str(parent))
        except (FileNotFoundError, NotADirectoryError) as error:
            if not missing:
                raise
            raise BundleError(f"{missing}: its directory {parent} does not exist; list it under directories") from error
        try:
            yield handle, name
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def _directory(self, path: str) -> Iterator[int]:
        handle = self._walk(path)
        try:
            yield handle
        finally:
            os.close(handle)

    def _walk(self, path: str) -> int:
        todo = [part for part in reversed(path.split("/")) if part]
        flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW
        links = 0
        handle = os.open(self.root, os.O_PATH | os.O_DIRECTORY)
        try:
            while todo:
                part = todo.pop()
                status = os.stat(part, dir_fd=handle, follow_symlinks=False)
                if stat.S_ISLNK(status.st_mode):
                    links += 1
                    if links > MOST_LINKS or status.st_uid not in (0, os.geteuid()):
                        raise BundleError(
                            f"{path}: '{part}' is a symbolic link that root does not own; a directory is expected, "
                            "so replace the link"
                        )
                    target = os.readlink(part, dir_fd=handle)
                    todo += [piece for piece in reversed(target.split("/")) if piece]
                    part = str(self.root) if target.startswith("/") else "."
                    handle = _step(handle, part, flags & ~os.O_NOFOLLOW)
                else:
                    handle = _step(handle, part, flags)
        except BaseException:
            os.close(handle)
            raise
        return handle


def _step(handle: int, part: str, flags: int) -> int:
    following = os.open(part, flags, dir_fd=handle)
    os.close(handle)
    return following


def _children(handle: int) -> list[str]:
    with os.scandir(handle) as entries:
        return [entry.name for entry in entries]


def _kind(mode: int) -> str:
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "directory"), (stat.S_ISLNK, "link"))
    return next((name for test, name in kinds if test(mode)), "other")


def _own(handle: int, owner: Ownership) -> None:
    """Change owner first: changing it clears the set-user-id bits."""
    os.fchown(handle, owner.uid, owner.gid)
    os.fchmod(handle, owner.mode)


def _mend(handle: int, owner: Ownership) -> None:
    try:
        _own(handle, owner)
    finally:
        os.close(handle)


def _flush(parent: int) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=parent)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _purge(parent: int, name: str, device: int, path: str) -> None:
    handle = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        if os.fstat(handle).st_dev != device:
            raise BundleError(f"{path} is or holds a mount ({name}); unmount it before the directory is removed")
        for child in _children(handle):
            if stat.S_ISDIR(os.stat(child, dir_fd=handle, follow_symlinks=False).st_mode):
                _purge(handle, child, device, path)
            else:
                os.unlink(child, dir_fd=handle)
    finally:
        os.close(handle)
    os.rmdir(name, dir_fd=parent)
