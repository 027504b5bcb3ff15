"""Every public variable is declared, described and documented; nothing public is undeclared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.inventory_knowledge import defaults_of, load, specs_of
from ansible.module_utils.corbel.inventory_types import check_value


def public_defaults(role: Path) -> dict[str, Any]:
    entries = {f"{role.name}_{path.stem}" for path in (role / "defaults/main").glob("*.yml")}
    return {name: value for name, value in defaults_of(role).items() if name not in entries}


def test_defaults_are_declared(role: Path) -> None:
    assert set(public_defaults(role)) - set(specs_of(role)) == set()


def test_declared_options_have_a_default_or_are_required(role: Path) -> None:
    given = set(public_defaults(role)) | {f"corbel_{name}" for name in ("secrets",)}
    open_ended = {name for name, spec in specs_of(role).items() if not spec.get("required")} - given
    assert open_ended == set()


def test_declared_defaults_are_the_real_ones(role: Path) -> None:
    real = public_defaults(role)
    told = {name: spec["default"] for name, spec in specs_of(role).items() if "default" in spec}
    assert {name: (value, real.get(name)) for name, value in told.items() if real.get(name) != value} == {}


def test_defaults_have_the_declared_type(role: Path) -> None:
    specs = specs_of(role)
    wrong = [
        f"{name}{list(problem.path)}: {problem.found}, expected {problem.expected}"
        for name, value in public_defaults(role).items()
        if value is not None or specs.get(name, {}).get("required")
        for problem in check_value(value, specs.get(name, {"type": "raw"}), name=name)
    ]
    assert wrong == []


def described(name: str, options: Mapping[str, Any]) -> Iterator[str]:
    """Name the options without a description, down to nested ones."""
    for key, spec in options.items():
        if not spec.get("description"):
            yield f"{name}{key}"
        yield from described(f"{name}{key}.", spec.get("options") or {})


def test_options_are_described(role: Path) -> None:
    assert list(described("", specs_of(role))) == []


def test_public_names_start_with_the_role(role: Path) -> None:
    assert [name for name in {*public_defaults(role), *specs_of(role)} if not name.startswith(f"{role.name}_")] == []


def test_private_names_start_with_two_underscores(role: Path) -> None:
    names = {name for path in (role / "vars").glob("**/*.yml") for name in load(path) or {}}
    assert [name for name in names if not name.startswith("__")] == []


def test_variables_are_in_the_readme(role: Path) -> None:
    text = (role / "README.md").read_text()
    if "docs/variables.md" in text:  # points to the reference made from the argument specification
        return
    assert [name for name in public_defaults(role) if not re.search(rf"\b{name}\b", text)] == []


def test_the_readme_names_no_unknown_variable(role: Path) -> None:
    text = (role / "README.md").read_text()
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    named = set(re.findall(rf"`({role.name}_[a-z0-9_]+)`", " ".join(cells)))
    known = set(public_defaults(role)) | set(specs_of(role))
    others = {name for other in role.parent.iterdir() if other.is_dir() for name in (*defaults_of(other), other.name)}
    assert named - known - others == set()
