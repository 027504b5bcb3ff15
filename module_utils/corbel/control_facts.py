"""What the controlling machine is like: versions, limits, room, known hosts, the checkout. Reads only."""

from __future__ import annotations

import importlib.metadata
import json
import os
import resource
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.corbel import release
from packaging.requirements import Requirement

MIB = 2**20
CORE = "ansible-core"
KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
# Where ssh has files or names of its own choosing, only ssh knows what it knows.
OWN_CHOICE = ("userknownhostsfile", "globalknownhostsfile", "hostkeyalias", "hostname")
GIT_SECONDS = 5


@dataclass
class Facts:
    """All that the checks look at."""

    installed: dict[str, str] = field(default_factory=dict)
    pinned: dict[str, str] = field(default_factory=dict)
    core_versions: list[str] = field(default_factory=list)  # of ansible-core, for any Python
    collections: dict[str, str] = field(default_factory=dict)
    pinned_collections: dict[str, str] = field(default_factory=dict)
    free_mb: dict[str, int] = field(default_factory=dict)
    open_files: int = resource.RLIM_INFINITY
    processes: int = resource.RLIM_INFINITY
    memory_mb: int = 0
    forks: int = 1
    key_checking: bool = True
    known_hosts: list[str] | None = None  # first fields of the lines; None where only ssh itself knows
    changed_files: list[str] | None = None  # None: no checkout of git
    tagged: bool = True
    release: str = ""
    incomplete: list[str] = field(default_factory=list)


def read(project: Path, forks: int, key_checking: bool, folders: Iterable[Path]) -> Facts:
    """Read all but what depends on the inventory."""
    facts = Facts(forks=forks, key_checking=key_checking)
    facts.pinned, facts.core_versions = pins((project / "requirements.txt").read_text(encoding="utf-8"))
    facts.installed = {name: version for name in facts.pinned if (version := _version(name))}
    rows = yaml.safe_load((project / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    facts.pinned_collections = {row["name"]: str(row["version"]) for row in rows}
    facts.free_mb = {str(folder): shutil.disk_usage(folder).free // MIB for folder in folders if folder.is_dir()}
    facts.open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    facts.processes = resource.getrlimit(resource.RLIMIT_NPROC)[0] if os.geteuid() else resource.RLIM_INFINITY
    facts.memory_mb = available_memory(Path("/proc/meminfo").read_text(encoding="utf-8"))
    _read_checkout(facts, project)
    return facts


def pins(text: str) -> tuple[dict[str, str], list[str]]:
    """Give the versions that requirements.txt pins for this Python, and all of ansible-core that it names."""
    found: dict[str, str] = {}
    core: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith(("#", "-")):
            continue
        one = Requirement(line)
        version = str(one.specifier).removeprefix("==")
        if one.name == CORE:
            core.append(version)
        if one.marker is None or one.marker.evaluate():
            found[one.name] = version
    return found, core


def collections(names: Iterable[str], folders: Iterable[str]) -> dict[str, str]:
    """Give the versions of the collections that Ansible would take before those of the package ansible."""
    found: dict[str, str] = {}
    for name in names:
        for folder in folders:
            path = Path(folder).expanduser() / "ansible_collections" / Path(*name.split(".")) / "MANIFEST.json"
            if path.is_file() and name not in found:
                found[name] = str(json.loads(path.read_text(encoding="utf-8"))["collection_info"]["version"])
    return found


def available_memory(text: str) -> int:
    """Give the MiB that /proc/meminfo calls available."""
    rows = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return int(rows.get("MemAvailable", "0 kB").split()[0]) // 1024


def known_hosts(files: Iterable[str], settings: Iterable[str] = ("~/.ssh/config",)) -> list[str] | None:
    """Give the host fields of files of known hosts; nothing where the settings of ssh choose otherwise."""
    for setting in settings:
        path = Path(setting).expanduser()
        if path.is_file() and any(
            line.split()[0].lower().partition("=")[0] in OWN_CHOICE
            for line in path.read_text().splitlines()
            if line.split()
        ):
            return None
    found: list[str] = []
    for file in files:
        path = Path(file).expanduser()
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        for line in lines:
            words = line.split()
            if words and not words[0].startswith("#"):
                found.append(words[1] if words[0].startswith("@") and len(words) > 1 else words[0])
    return found


def read_release(facts: Facts, folder: Path, archives: Path, environments: Iterable[str]) -> None:
    """Find the environments of a release whose archive is not there as its manifest says."""
    facts.release = release.release_id(folder.name, release.definition_contents(folder))
    place = archives / facts.release
    try:
        built: Mapping[str, Any] = (release.read_manifest(place / release.MANIFEST_NAME, facts.release) or {}).get(
            "environments", {}
        )
    except release.ReleaseError:
        built = {}
    for name in sorted(set(environments)):
        archive = place / release.archive_name(facts.release, name)
        if name not in built or not archive.is_file() or archive.stat().st_size != built[name]["size"]:
            facts.incomplete.append(name)


def _read_checkout(facts: Facts, project: Path) -> None:
    status = _git(project, "status", "--porcelain", "--untracked-files=no")
    if status is None:
        return
    facts.changed_files = [line[3:] for line in status.splitlines()]
    # Where nothing has a tag, nobody works with them.
    facts.tagged = not _git(project, "tag", "--list") or bool(_git(project, "tag", "--points-at", "HEAD"))


def _git(project: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(project), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=GIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
