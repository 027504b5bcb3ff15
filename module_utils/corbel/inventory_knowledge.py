"""What the product knows: public variables, catalogue entries, releases and groups, all read from its own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.corbel.catalogue import override_variables

OPERATOR_GROUPS = ("controller", "network", "compute", "storage")
REQUIRED_GROUPS = ("controller", "network", "compute")
CATALOGUE = "service_catalogue"
# Roles whose settings are those of the whole cloud; the controlling machine reads them too.
OF_THE_CLOUD = ("corbel", "run_lock", "secrets")
RENAMED = Path("roles", "preflight", "files", "renamed_variables.yml")
OPTIONS = "options.json.gz"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Knowledge:
    """The names and forms an inventory is compared with."""

    specs: dict[str, dict[str, Any]] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    cloud_wide: set[str] = field(default_factory=set)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    overrides: set[str] = field(default_factory=set)
    releases: set[str] = field(default_factory=set)
    option_lists: dict[str, Path] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    groups_file: str = ""
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def variables(self) -> set[str]:
        """Names of all public variables."""
        catalogue = {f"{CATALOGUE}_{name}" for name in self.entries}
        return {*self.specs, *self.defaults, *self.overrides, *catalogue}

    @property
    def prefixes(self) -> set[str]:
        """What a variable of ours starts with, without the underscore."""
        return {"corbel", *self.roles, *self.entries}

    @property
    def group_names(self) -> set[str]:
        """Names of all groups the product gives a meaning."""
        return {*OPERATOR_GROUPS, *self.groups, *self.entries}


def read(project: Path) -> Knowledge:
    """Read all that the checkout says."""
    known = Knowledge()
    for role in sorted(path for path in (project / "roles").iterdir() if path.is_dir()):
        _read_role(known, role)
    known.entries = read_entries(project)
    for entry in known.entries.values():
        if isinstance(entry.get("files"), list):
            known.overrides.update(override_variables(entry))
    known.releases = {path.parent.name for path in (project / "releases").glob("*/release.yml")}
    known.option_lists = {path.parent.name: path for path in (project / "releases").glob(f"*/{OPTIONS}")}
    examples = sorted((project / "inventory").glob("*/groups.yml"))
    if examples:
        known.groups_file = str(examples[0].relative_to(project))
        known.groups = read_groups(examples[0])
    renamed = project / RENAMED
    for row in load(renamed) or [] if renamed.is_file() else []:
        known.renamed[row["name"]] = row
    return known


def read_entries(project: Path) -> dict[str, dict[str, Any]]:
    """Read the catalogue as it is written, without evaluating anything in it."""
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted((project / "roles" / CATALOGUE / "defaults" / "main").glob("*.yml")):
        for name, value in (load(path) or {}).items():
            if name == f"{CATALOGUE}_{path.stem}" and isinstance(value, Mapping):
                entries[path.stem] = dict(value)
    return entries


def read_groups(path: Path) -> dict[str, set[str]]:
    """Read groups and their children from an inventory's groups.yml."""
    found: dict[str, set[str]] = {}
    for name, body in (load(path) or {}).items():
        found[name] = set((body or {}).get("children") or {})
    return found


def load(path: Path) -> Any:
    """Read one YAML file of the product."""
    with path.open("rb") as stream:
        return yaml.load(stream, Loader=LOADER)  # noqa: S506 - both loaders are safe ones


def defaults_of(role: Path) -> dict[str, Any]:
    """Read the public defaults of a role, from one file or a folder of them."""
    main = role / "defaults" / "main"
    files = sorted(main.glob("*.yml")) if main.is_dir() else [main.with_suffix(".yml")]
    found: dict[str, Any] = {}
    for path in files:
        if path.is_file():
            found.update(load(path) or {})
    return found


def specs_of(role: Path) -> dict[str, dict[str, Any]]:
    """Read the options of all entry points of a role."""
    path = role / "meta" / "argument_specs.yml"
    found: dict[str, dict[str, Any]] = {}
    if path.is_file():
        for entry_point in ((load(path) or {}).get("argument_specs") or {}).values():
            found.update(entry_point.get("options") or {})
    return found


def _read_role(known: Knowledge, role: Path) -> None:
    known.roles.add(role.name)
    specs = specs_of(role)
    known.specs.update(specs)
    if role.name in OF_THE_CLOUD:
        known.cloud_wide.update(specs)
    entries = {f"{CATALOGUE}_{path.stem}" for path in (role / "defaults" / "main").glob("*.yml")}
    known.defaults.update({name: value for name, value in defaults_of(role).items() if name not in entries})
