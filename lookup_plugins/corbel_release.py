"""Looks up a release: its id, where it lies on hosts, its environments and their archives."""

from __future__ import annotations

DOCUMENTATION = """
name: corbel_release
short_description: Describe a release of OpenStack
description:
  - Reads C(releases/<series>/) of the checkout on the controlling machine, and the manifest of the build, if any.
  - Neither a build nor a host is needed, so that templates can name paths before anything is laid down.
options:
  _terms:
    description: The series, such as V(2026.1).
    required: true
  releases_dir:
    description: Folder that holds the series. Default is C(releases) of the checkout.
    type: path
  cache_dir:
    description:
      - Folder of the finished builds.
      - Default is C(releases) below the environment variable E(CORBEL_CACHE) or C(~/.cache/corbel).
    type: path
"""

EXAMPLES = """
- name: Show where the programs of the controllers lie
  ansible.builtin.debug:
    msg: "{{ lookup('corbel_release', '2026.1').environments.control.bin }}"
"""

RETURN = """
_raw:
  description:
    - One dictionary for each series, with C(id), C(series), C(name), C(python), C(upgrades_from), C(hosts), C(root),
      C(built) and C(environments).
    - C(environments) maps a name to C(path), C(bin), C(archive), C(sha256), C(size) and C(packages), the Debian
      packages needed at run time; C(sha256) and C(size) are null until the environment is built.
  type: list
  elements: dict
"""

import os
from pathlib import Path
from typing import Any

import ansible.module_utils
import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

CHECKOUT = Path(__file__).resolve().parent.parent
ansible.module_utils.__path__.append(str(CHECKOUT / "module_utils"))

from ansible.module_utils.corbel import release

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A value for each state of the files it was read from: a definition edited during a long run is noticed.
_READ: dict[tuple[Any, ...], dict[str, Any]] = {}


def default_cache_dir() -> Path:
    """Give the folder of the finished builds."""
    return Path(os.environ.get("CORBEL_CACHE") or Path.home() / ".cache" / "corbel") / "releases"


def stamp(path: Path) -> tuple[str, int, int] | None:
    """Give what changes when a file does."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (str(path), status.st_mtime_ns, status.st_size)


def describe(series: str, releases_dir: Path, cache_dir: Path) -> dict[str, Any]:
    """Describe a series; read files only when they changed since the last time in this process."""
    folder = releases_dir / series
    files = tuple(stamp(path) for pattern in release.ID_FILES for path in sorted(folder.glob(pattern)))
    manifests = tuple(stamp(path) for path in sorted(cache_dir.glob(f"{series}-*/{release.MANIFEST_NAME}")))
    key = (str(folder), str(cache_dir), files, manifests)
    if key not in _READ:
        contents = release.definition_contents(folder)
        identifier = release.release_id(series, contents)
        definition = yaml.load(contents["release.yml"], Loader=LOADER)  # noqa: S506 - both loaders are safe ones
        archive_dir = cache_dir / identifier
        manifest = release.read_manifest(archive_dir / release.MANIFEST_NAME, identifier)
        _READ[key] = release.describe(definition, identifier, manifest, str(archive_dir))
    return _READ[key]


class LookupModule(LookupBase):
    """Gives one description for each series."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Look the series up."""
        self.set_options(var_options=variables, direct=kwargs)
        releases_dir = Path(self.get_option("releases_dir") or CHECKOUT / "releases")
        cache_dir = Path(self.get_option("cache_dir") or default_cache_dir())
        try:
            return [describe(str(term), releases_dir, cache_dir) for term in terms]
        except release.ReleaseError as error:
            raise AnsibleLookupError(str(error)) from error
