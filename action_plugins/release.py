"""Lays a release down: asks the host what it lacks, sends only that, in parts that survive an interruption."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import ansible.module_utils
import yaml
from ansible.plugins.action import ActionBase

CHECKOUT = Path(__file__).resolve().parent.parent
ansible.module_utils.__path__.append(str(CHECKOUT / "module_utils"))

from ansible.module_utils.corbel import release

PART_SIZE = 32 * 1024 * 1024
# Where parts wait on the host until their archive is whole: a folder of the connecting user, who may not be root.
INCOMING = "~/.cache/corbel-incoming"


class ActionModule(ActionBase):
    """One call of the module when everything is there; otherwise a transfer and a second call."""

    # A folder of its own on the host would cost two round trips in a run that sends nothing.
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            return {**result, **self._converge(dict(self._task.args), task_vars or {})}
        except release.ReleaseError as error:
            return {**result, "failed": True, "msg": str(error)}

    def _converge(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        args["release_id"] = identifier_of(args)
        if args.get("state", "present") == "absent":
            return self._ask(args, task_vars)
        folder = archive_folder(args)
        entries = built_entries(folder, args["release_id"], wanted_names(args))
        args["archives"] = {
            name: {key: entry[key] for key in ("sha256", "size", "unpacked_size")} for name, entry in entries.items()
        }
        args["environments"] = sorted(entries)
        answer = self._ask(args, task_vars)
        wanting = answer.pop("wanting", [])
        if answer.get("failed") or not wanting:
            return {**answer, "transferred": 0}
        sent, parts = 0, {}
        for name in wanting:
            parts[name], bytes_sent = self._send(check_archive(folder, entries[name]), entries[name]["sha256"])
            sent += bytes_sent
        # What the host had the archive of is laid down already, and was planned like the rest.
        told = {"missing": answer["missing"]} if "missing" in answer else {}
        answer = self._ask({**args, "parts": parts}, task_vars)
        answer.pop("wanting", None)
        return {**answer, **told, "transferred": sent}

    def _ask(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Run the module on the host."""
        answer: dict[str, Any] = self._execute_module(module_name="release", module_args=args, task_vars=task_vars)
        return answer

    def _shell(self, command: str) -> str:
        """Run a command as the connecting user; give its output."""
        answer = self._low_level_execute_command(command, sudoable=False)
        if answer["rc"]:
            raise release.ReleaseError(f"`{command}` on the host ended with {answer['rc']}: {answer['stderr'].strip()}")
        return str(answer["stdout"])

    def _send(self, archive: Path, sha256: str) -> tuple[list[str], int]:
        """Send the parts of an archive that the host does not have; give their paths there and the bytes sent."""
        listing = self._shell(
            f"umask 077 && cd && mkdir -p {INCOMING} && cd {INCOMING} && pwd"
            " && find . -maxdepth 1 -type f -mtime +7 -delete"
            f" && find . -maxdepth 1 -name '{sha256}.*' -printf '%f %s\\n'"
        ).split("\n")
        folder = listing[0].strip()
        there = {line.split()[0]: int(line.split()[1]) for line in listing[1:] if len(line.split()) == 2}
        paths, sent = [], 0
        with archive.open("rb") as stream, tempfile.TemporaryDirectory() as scratch:
            for number in range(-(-archive.stat().st_size // PART_SIZE)):
                name = f"{sha256}.{number:04d}"
                part = stream.read(PART_SIZE)
                paths.append(f"{folder}/{name}")
                if there.get(name) == len(part):
                    continue
                local = Path(scratch) / name
                local.write_bytes(part)
                self._connection.put_file(str(local), f"{folder}/{name}")
                local.unlink()
                sent += len(part)
        return paths, sent


def wanted_names(args: dict[str, Any]) -> list[str]:
    """Give the environments asked for."""
    names = args.get("environments") or []
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    if not isinstance(names, list) or not names:
        raise release.ReleaseError(f"environments is {names!r}, expected a list of at least one environment's name")
    return sorted({str(name) for name in names})


def identifier_of(args: dict[str, Any]) -> str:
    """Give the id of the release that the arguments name."""
    if args.get("release_id"):
        return str(args["release_id"])
    series = str(args.get("series") or "")
    if not series:
        raise release.ReleaseError("neither series nor release_id is given, expected one of them")
    contents = release.definition_contents(CHECKOUT / "releases" / series)
    definition = yaml.safe_load(contents["release.yml"])
    if args.get("state", "present") == "present":
        release.check_environments(definition, wanted_names(args))
    return release.release_id(series, contents)


def archive_folder(args: dict[str, Any]) -> Path:
    """Give the folder on this machine in which the archives of the release lie."""
    default = Path(os.environ.get("CORBEL_CACHE") or Path.home() / ".cache" / "corbel") / "releases"
    return Path(args.get("archive_dir") or default).expanduser() / str(args["release_id"])


def built_entries(folder: Path, identifier: str, names: list[str]) -> dict[str, dict[str, Any]]:
    """Give what the manifest says of the environments; raise when one is not built."""
    manifest = release.read_manifest(folder / release.MANIFEST_NAME, identifier) or {}
    built = manifest.get("environments", {})
    unbuilt = [name for name in names if name not in built]
    if unbuilt:
        series = identifier.rpartition("-")[0]
        raise release.ReleaseError(
            f"{folder} holds no built {', '.join(unbuilt)} of release {identifier};"
            f" build it with: python -m tools.release build {series} {' '.join(unbuilt)}"
        )
    return {name: built[name] for name in names}


def check_archive(folder: Path, entry: dict[str, Any]) -> Path:
    """Give an archive that is what the manifest says; raise when it is missing or was changed."""
    archive = folder / str(entry["archive"])
    found = release.file_digest(archive) if archive.exists() else "no file"
    if found != entry["sha256"]:
        raise release.ReleaseError(
            f"{archive} is not the archive that was accepted: found {found}, the manifest says {entry['sha256']};"
            " nothing was sent. Run the build again: it replaces what does not match"
        )
    return archive
