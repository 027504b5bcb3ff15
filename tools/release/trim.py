"""Leaves test packages out of an environment, but none that something which stays would import."""

from __future__ import annotations

import ast
import fnmatch
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# What uv leaves for interactive use and for itself.
LEFT_BEHIND = ("bin/activate*", "bin/deactivate*", "bin/pydoc*", ".gitignore", ".lock", "CACHEDIR.TAG")


def packages_named(site: Path, names: Sequence[str]) -> dict[str, Path]:
    """Give the packages with one of these names, dotted name -> folder; none of them lies in another."""
    found: dict[str, Path] = {}
    for folder in sorted(path.parent for name in names for path in site.rglob(f"{name}/__init__.py")):
        parts = folder.relative_to(site).parts
        if all(part.isidentifier() for part in parts) and not set(found.values()).intersection(folder.parents):
            found[".".join(parts)] = folder
    return found


def module_names(source: str, package: str) -> Iterator[str]:
    """Give every dotted name that an import of this source could load; `package` resolves relative ones."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def entry_point_names(text: str) -> Iterator[str]:
    """Give the modules that a distribution's entry points name."""
    for line in text.splitlines():
        _, equals, value = line.partition("=")
        if equals:
            yield value.split(":")[0].strip()


def names_in(file: Path, site: Path) -> list[str]:
    """Give the modules that a file names; a file that is no Python of this version names none."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".txt":
        return list(entry_point_names(text))
    if "test" not in text:
        return []
    try:
        return list(module_names(text, ".".join(file.parent.relative_to(site).parts)))
    except (SyntaxError, ValueError):
        return []


def needed(site: Path, packages: Mapping[str, Path], disregard: Iterable[str]) -> dict[str, str]:
    """Give those packages that a file outside all of them names, each with the file."""
    folders, patterns = set(packages.values()), list(disregard)
    found: dict[str, str] = {}
    for file in [*site.rglob("*.py"), *site.glob("*.dist-info/entry_points.txt")]:
        relative = str(file.relative_to(site))
        if folders.intersection(file.parents) or any(fnmatch.fnmatch(relative, pattern) for pattern in patterns):
            continue
        for name in names_in(file, site):
            parts = name.split(".")
            prefixes = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
            found.update(dict.fromkeys(prefixes.intersection(packages), relative))
    return found


def thin_out(site: Path, rules: Iterable[Mapping[str, Any]]) -> None:
    """Remove data that matches a rule's pattern, except what the rule keeps."""
    for rule in rules:
        for item in site.glob(rule["matching"]):
            if any(fnmatch.fnmatch(item.name, pattern) for pattern in rule["keep"]):
                continue
            if item.is_dir():
                shutil.rmtree(item)
            else:
                item.unlink()


def leave_out(path: Path, rules: Mapping[str, Any]) -> dict[str, str]:
    """Remove the packages that the rules name and nothing needs; give those that stay, with who needs them."""
    site = next((path / "lib").glob("python3*")) / "site-packages"
    thin_out(site, rules.get("data", []))
    packages = packages_named(site, rules["packages"])
    stay = needed(site, packages, rules["disregard"])
    for name, folder in packages.items():
        if name not in stay:
            shutil.rmtree(folder)
    return dict(sorted(stay.items()))


def tidy(path: Path) -> None:
    """Remove what only an interactive shell or uv itself would use."""
    for pattern in LEFT_BEHIND:
        for file in path.glob(pattern):
            file.unlink()
