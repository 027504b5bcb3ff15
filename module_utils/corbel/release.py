"""What a release is: its definition, its id, its manifest. Standard library only; files are read, never written.

Shared by the builder (tools/release), the lookup plugin `corbel_release` and the module `release`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

RELEASES_ROOT = "/opt/corbel/releases"
ID_FILES = ("release.yml", "*.lock")
MANIFEST_NAME = "manifest.json"
MANIFEST_FORMAT = 1
# Counts the ways in which the builder made environments: other files from the same locks are another release.
BUILDER = 2
CHUNK = 1024 * 1024


class ReleaseError(Exception):
    """A release is not what it should be; the message says what was found, what was expected and what mends it."""


def release_id(series: str, contents: Mapping[str, bytes]) -> str:
    """Give the id `<series>-<12 hex>` of a series' definition and locks (file name -> content)."""
    digest = hashlib.sha256(f"builder {BUILDER}\0".encode())
    for name in sorted(contents):
        digest.update(f"{name}\0{len(contents[name])}\0".encode())
        digest.update(contents[name])
    return f"{series}-{digest.hexdigest()[:12]}"


def definition_contents(folder: Path) -> dict[str, bytes]:
    """Read the files of a series' folder that decide the release's id."""
    files = sorted({path for pattern in ID_FILES for path in folder.glob(pattern)})
    contents = {path.name: path.read_bytes() for path in files}
    if "release.yml" not in contents:
        known = sorted(path.parent.name for path in folder.parent.glob("*/release.yml"))
        raise ReleaseError(
            f"{folder} has no release.yml; series with one: {', '.join(known) or 'none'} (variable corbel_release)"
        )
    if "index.lock" not in contents:
        raise ReleaseError(f"{folder} has no index.lock; make it with: make lock")
    return contents


def release_root(identifier: str) -> str:
    """Give the folder of a release on a host."""
    return f"{RELEASES_ROOT}/{identifier}"


def archive_name(identifier: str, environment: str) -> str:
    """Give the file name of an environment's archive."""
    return f"{identifier}-{environment}.squashfs"


def file_digest(path: Path | str) -> str:
    """Give the SHA-256 of a file without reading it into memory at once."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def text_digest(lines: Iterable[str]) -> str:
    """Give the SHA-256 of lines, each ended by a newline."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def runtime_packages(definition: Mapping[str, Any], environment: str) -> list[str]:
    """Give the Debian packages that an environment needs at run time."""
    own = definition["environments"][environment].get("debian_packages", [])
    return sorted({*definition.get("debian_packages", []), *own})


def check_environments(definition: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Return the names, sorted and once each; raise when the series does not declare one of them."""
    wanted = sorted(set(names))
    known = sorted(definition["environments"])
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ReleaseError(
            f"unknown environment {', '.join(unknown)}: release {definition['series']} declares {', '.join(known)}"
            f" (releases/{definition['series']}/release.yml)"
        )
    return wanted


def default_environments(definition: Mapping[str, Any]) -> list[str]:
    """Give the environments that a build makes when none is named."""
    return sorted(name for name, value in definition["environments"].items() if not value.get("on_demand"))


def read_manifest(path: Path, identifier: str) -> dict[str, Any] | None:
    """Read a build's manifest; None when there is none yet."""
    if not path.exists():
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ReleaseError(f"{path} is not JSON ({error}); remove it and build the release again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != MANIFEST_FORMAT:
        raise ReleaseError(f"{path} is no manifest of format {MANIFEST_FORMAT}; remove it and build the release again")
    if manifest.get("release_id") != identifier:
        raise ReleaseError(f"{path} describes release {manifest.get('release_id')}, expected {identifier}")
    return manifest


def describe(
    definition: Mapping[str, Any], identifier: str, manifest: Mapping[str, Any] | None, archive_dir: str
) -> dict[str, Any]:
    """Give what roles and templates need to know of a release; the digests are None until it is built."""
    built = (manifest or {}).get("environments", {})
    root = release_root(identifier)
    environments = {}
    for name in sorted(definition["environments"]):
        entry = built.get(name, {})
        archive = archive_name(identifier, name)
        environments[name] = {
            "path": f"{root}/{name}",
            "bin": f"{root}/{name}/bin",
            "archive": f"{archive_dir}/{archive}",
            "sha256": entry.get("sha256"),
            "size": entry.get("size"),
            "packages": runtime_packages(definition, name),
        }
    return {
        "id": identifier,
        "series": definition["series"],
        "name": definition["name"],
        "python": definition["python"],
        "upgrades_from": list(definition["upgrades_from"]),
        "hosts": list(definition["hosts"]),
        "root": root,
        "built": bool(built),
        "environments": environments,
    }
