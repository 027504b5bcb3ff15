"""Lays environments down on a host and removes them. Standard library only."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import release_host as on_host
from ansible.module_utils.corbel.release import ReleaseError, file_digest
from ansible.module_utils.corbel.release_host import Place

RunCommand = Callable[[list[str]], tuple[int, str, str]]
MIB = 1024 * 1024
UNIT_FOLDER = Path("/etc/systemd/system")


class Host:
    """The host as this run finds it; every effect on it passes through here."""

    def __init__(self, run_command: RunCommand, *, check_mode: bool) -> None:
        """Keep how commands are run."""
        self._run = run_command
        self.check_mode = check_mode

    def run(self, argv: list[str], what: str) -> None:
        """Run a command; raise with its output when it fails."""
        code, output, errors = self._run(argv)
        if code:
            raise ReleaseError(
                f"{what} failed ({' '.join(argv)} ended with {code}): {(errors or output).strip()[-400:]}"
            )

    def succeeds(self, argv: list[str]) -> bool:
        """Say whether a command is there and ends well."""
        return shutil.which(argv[0]) is not None and self._run(argv)[0] == 0

    @staticmethod
    def mountinfo() -> str:
        """Read the table of mounts."""
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8")

    def method(self) -> str:
        """Choose how environments are laid down on this host."""
        return on_host.choose_method(
            Path("/proc/filesystems").read_text(encoding="utf-8"),
            container=Path("/run/systemd/container").exists(),
            loop=Path("/dev/loop-control").exists() or self.succeeds(["modprobe", "--dry-run", "--quiet", "loop"]),
            module_found=self.succeeds(["modprobe", "--dry-run", "--quiet", "squashfs"]),
        )


def places(params: Mapping[str, Any], names: Sequence[str]) -> list[Place]:
    """Give where the named environments lie."""
    return [Place(Path(params["root"]), params["release_id"], name) for name in names]


def survey(host: Host, params: Mapping[str, Any]) -> dict[str, Any]:
    """Lay down what can be laid down with what is here; say what is still missing."""
    archives, wished = params["archives"], None if params["method"] == "auto" else params["method"]
    mountinfo = host.mountinfo()
    wanted = places(params, params["environments"])
    before = {place.name: on_host.read_marker(place).get("sha256") for place in wanted}
    missing = [place for place in wanted if not on_host.is_there(place, wished, mountinfo)]
    after = {**before, **{place.name: archives[place.name]["sha256"] for place in missing}}
    result: dict[str, Any] = {
        "changed": bool(missing),
        "release_id": params["release_id"],
        "root": str(Path(params["root"]) / params["release_id"]),
        "missing": [place.name for place in missing],
        "environments": {place.name: {"path": str(place.path), "sha256": after[place.name]} for place in wanted},
        "diff": difference(before, after),
    }
    if not missing:
        return {**result, "wanting": []}
    method = wished or host.method()
    require_room(missing, archives, method)
    if host.check_mode:
        return {**result, "wanting": []}
    if method == "unpack":
        require_unsquashfs()
    wanting = [place.name for place in missing if not lay_down(host, place, params, method)]
    return {**result, "wanting": wanting}


def difference(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> dict[str, str]:
    """Give the digests of environments before and after as a diff."""

    def text(digests: Mapping[str, str | None]) -> str:
        return "".join(f"{name} sha256:{digest}\n" for name, digest in sorted(digests.items()) if digest)

    return {"before": text(before), "after": text(after)}


def require_room(missing: Sequence[Place], archives: Mapping[str, Any], method: str) -> None:
    """Raise when the disk would be full before the missing environments are there."""
    folder = missing[0].folder
    while not folder.exists():
        folder = folder.parent
    needed = on_host.room_needed(archives, [place.name for place in missing], method)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ReleaseError(
            f"{folder} has {free // MIB} MiB free, laying down {', '.join(p.name for p in missing)} needs"
            f" {needed // MIB} MiB: free space there, or remove a release that is not used (state: absent)"
        )


def require_unsquashfs() -> None:
    """Raise when the host cannot unpack an archive."""
    if shutil.which("unsquashfs") is None:
        raise ReleaseError("this host has no unsquashfs to unpack archives with: install the package squashfs-tools")


def lay_down(host: Host, place: Place, params: Mapping[str, Any], method: str) -> bool:
    """Lay one environment down from its archive; say no when the archive is not here yet."""
    sha256 = params["archives"][place.name]["sha256"]
    place.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    parts = [Path(part) for part in params["parts"].get(place.name, [])]
    if not parts and not good_archive(place, sha256):
        return False
    if on_host.read_marker(place):
        # Complete, but laid down by the other method or without its mount: no program may notice the exchange.
        refuse_use(on_host.process_users(Path("/proc"), place.path), place.path)
        place.marker.unlink()
    take_down_unit(host, place)
    if parts:
        clear(host, place)
        on_host.assemble(parts, place.archive, sha256)
    if method == "mount" and mount(host, place):
        on_host.write_marker(place, sha256, "mount")
        return True
    if method == "mount" and params["method"] == "mount":
        raise ReleaseError(f"systemd could not mount {place.archive}; look at: journalctl -u '{place.unit}'")
    unpack(host, place)
    on_host.write_marker(place, sha256, "unpack")
    place.archive.unlink()
    return True


def good_archive(place: Place, sha256: str) -> bool:
    """Say whether the archive lies on the host already, as it does when only its mount is gone."""
    return place.archive.is_file() and file_digest(place.archive) == sha256


def mount(host: Host, place: Place) -> bool:
    """Mount an archive now and at every boot; leave nothing of it when the kernel cannot after all."""
    place.path.mkdir(mode=0o755, exist_ok=True)
    unit = UNIT_FOLDER / place.unit
    scratch = unit.with_name(f".{unit.name}.tmp")
    scratch.write_text(place.unit_text(), encoding="utf-8")
    scratch.chmod(0o644)
    scratch.rename(unit)
    host.run(["systemctl", "daemon-reload"], "Reading the mount unit")
    if host.succeeds(["systemctl", "enable", "--now", "--", place.unit]):
        return True
    take_down_unit(host, place)
    place.path.rmdir()
    return False


def unpack(host: Host, place: Place) -> None:
    """Unpack an archive beside its final folder and rename it."""
    require_unsquashfs()
    on_host.remove_tree(place.path)
    shutil.rmtree(place.scratch, ignore_errors=True)
    command = ["unsquashfs", "-no-progress", "-quiet", "-dest", str(place.scratch), str(place.archive)]
    host.run(command, f"Unpacking environment {place.name}")
    place.scratch.chmod(0o755)
    place.scratch.rename(place.path)


def take_down_unit(host: Host, place: Place) -> None:
    """Unmount an environment and forget its unit."""
    unit = UNIT_FOLDER / place.unit
    if unit.exists():
        host.run(["systemctl", "disable", "--now", "--", place.unit], f"Unmounting {place.path}")
        unit.unlink()
        host.run(["systemctl", "daemon-reload"], "Forgetting the mount unit")


def clear(host: Host, place: Place) -> None:
    """Remove everything of one environment, its marker first."""
    place.marker.unlink(missing_ok=True)
    take_down_unit(host, place)
    on_host.remove_tree(place.path)
    shutil.rmtree(place.scratch, ignore_errors=True)
    for suffix in (".squashfs", ".part", ".tmp"):
        place.archive.with_suffix(suffix).unlink(missing_ok=True)


def refuse_use(users: Sequence[str], path: Path) -> None:
    """Raise when units or processes use something below a path."""
    if users:
        shown = ", ".join(users[:8]) + (f" and {len(users) - 8} more" if len(users) > 8 else "")
        raise ReleaseError(f"{path} is used by {shown}: deploy or remove these first, then repeat")


def remove(host: Host, params: Mapping[str, Any]) -> dict[str, Any]:
    """Remove environments of a release, or all of it, when nothing uses them."""
    root, release = Path(params["root"]), params["release_id"]
    there = on_host.laid_down(root, release)
    doomed = places(params, [name for name in there if not params["environments"] or name in params["environments"]])
    result: dict[str, Any] = {
        "changed": bool(doomed),
        "release_id": release,
        "root": str(root / release),
        "removed": [place.name for place in doomed],
        "diff": difference({p.name: on_host.read_marker(p).get("sha256") or "incomplete" for p in doomed}, {}),
    }
    for place in doomed:
        units = on_host.unit_users(on_host.UNIT_FOLDERS, place.path, [place.unit])
        refuse_use(units + on_host.process_users(Path("/proc"), place.path), place.path)
    if host.check_mode:
        return result
    for place in doomed:
        clear(host, place)
    folder = root / release
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    return result
