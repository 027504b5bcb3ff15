"""Where an operator set which variable: reads inventory and variable files with their line numbers.

Ansible knows the values; only the files know the lines, the duplicate keys and the files that Ansible silently ignores.
Runs on the controlling machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.corbel.inventory_yaml import child, compose, items, items_with_lines
from ansible.module_utils.corbel.naming import nearest
from ansible.module_utils.corbel.preflight_finding import Finding, did_you_mean
from ansible.parsing.splitter import parse_kv

GROUP, HOST, EXTRA = "group", "host", "extra"
VARIABLE_SUFFIXES = ("", ".yml", ".yaml", ".json")
INVENTORY_SUFFIXES = (".yml", ".yaml", ".json")
VARIABLE_FOLDERS = ("group_vars", "host_vars")
LIKE_OURS = 0.8
VAULT_HEADER = b"$ANSIBLE_VAULT"


@dataclass(frozen=True)
class Assignment:
    """One variable set in one place."""

    name: str
    kind: str
    scope: str
    file: str
    line: int = 0
    node: Any = None
    loose: bool = False  # `-e name=value`: every value is a string
    inline: bool = False  # in an inventory file, which is weaker than group_vars and host_vars

    def where(self, *path: str | int) -> str:
        """Give file and line of the variable, or of a key inside it."""
        line = self.line
        node = self.node
        for step in path:
            node, line = child(node, step, line)
            if node is None:
                break
        return f"{self.file}:{line}" if line else self.file


@dataclass
class Sources:
    """All assignments of an inventory, in the order in which they were read."""

    assignments: list[Assignment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    children: dict[str, set[str]] = field(default_factory=dict)
    direct: dict[str, set[str]] = field(default_factory=dict)  # hosts that stand in a group itself
    groups: set[str] = field(default_factory=lambda: {"all", "ungrouped"})
    hosts: set[str] = field(default_factory=set)
    variable_files: list[tuple[str, str, str]] = field(default_factory=list)  # kind, scope, file
    inventory_files: list[str] = field(default_factory=list)

    def of(self, name: str) -> list[Assignment]:
        """Give the assignments of one variable."""
        return [one for ones in self._index.get(name, {}).values() for one in ones]

    def names(self) -> list[str]:
        """Give the names of all variables in order of appearance."""
        return list(self._index)

    def winner(self, name: str, host: str = "", groups: Iterable[str] = ()) -> Assignment | None:
        """Give the assignment whose value a host has; without a host, the strongest of all."""
        scopes = self._index.get(name, {})
        wanted = [EXTRA, host, *groups, "all"] if host else list(scopes)
        fitting = [one for scope in wanted for one in scopes.get(scope, [])[::-1]]
        order = {GROUP: 0, HOST: 1, EXTRA: 2}
        depths = self.depths
        return max(
            fitting,
            key=lambda one: (order[one.kind], not one.inline, depths.get(one.scope, 1), one.scope),
            default=None,
        )

    def where(self, name: str, host: str = "", groups: Iterable[str] = (), path: Sequence[str | int] = ()) -> str:
        """Give file and line of the assignment whose value a host has."""
        found = self.winner(name, host, groups)
        return found.where(*path) if found else ""

    def written(self, name: str, host: str, groups: Iterable[str], path: Sequence[str | int] = ()) -> str:
        """Give the text of a value as the file has it, or nothing if it is no plain scalar."""
        found = self.winner(name, host, groups)
        node = found.node if found else None
        for step in path:
            node, _ = child(node, step, 0)
        return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

    @cached_property
    def _index(self) -> dict[str, dict[str, list[Assignment]]]:
        """The assignments by name and by group or host."""
        found: dict[str, dict[str, list[Assignment]]] = {}
        for one in self.assignments:
            found.setdefault(one.name, {}).setdefault(one.scope, []).append(one)
        return found

    def below(self, groups: Iterable[str]) -> set[str]:
        """Give the groups inside some groups, at any depth."""
        found: set[str] = set()
        waiting = list(groups)
        while waiting:
            inside = self.children.get(waiting.pop(), set()) - found
            found |= inside
            waiting += inside
        return found

    @cached_property
    def depths(self) -> dict[str, int]:
        """Give the depth of each group below `all`; the deeper group wins."""
        depth = {"all": 0}
        parents: dict[str, set[str]] = {}
        for parent, kids in self.children.items():
            for kid in kids:
                parents.setdefault(kid, set()).add(parent)

        def of(group: str, seen: frozenset[str]) -> int:
            if group not in depth:
                above = [of(one, seen | {group}) for one in parents.get(group, set()) - seen - {group}]
                depth[group] = 1 + max(above, default=0)
            return depth[group]

        for group in sorted(self.groups):
            of(group, frozenset())
        return depth


def read(inventory: Sequence[str], extra: Sequence[str], base: Path, beside: Sequence[Path] = ()) -> Sources:
    """Read inventory sources, the group_vars and host_vars beside them (and in `beside`), and `-e` options."""
    sources = Sources()
    folders: list[Path] = []
    for raw in inventory:
        path = Path(raw)
        folder = path if path.is_dir() else path.parent
        if path.exists() and folder not in folders:
            folders.append(folder)
        for file in _inventory_files(path):
            _read_inventory(sources, file, base)
    for folder in [*folders, *(one for one in beside if one not in folders)]:
        sources.findings.extend(_misspelled_folders(folder, base))
        for kind, name in ((GROUP, "group_vars"), (HOST, "host_vars")):
            for scope, file in _variable_files(folder / name):
                sources.variable_files.append((kind, scope, shorten(file, base)))
                _read_variables(sources, file, kind, scope, base)
    for option in extra:
        _read_extra(sources, option, base)
    return sources


def unused_files(sources: Sources, groups: set[str], hosts: set[str]) -> Iterator[Finding]:
    """Find variable files that Ansible ignores since no group or host has their name."""
    for kind, scope, file in sources.variable_files:
        known = groups if kind == GROUP else hosts
        if scope not in known:
            folder = f"{kind}_vars"
            yield Finding(
                "INV-012",
                f"a file for {kind} {scope}, which the inventory does not have",
                did_you_mean(scope, known, kind),
                f"rename the file in {folder}, or add the {kind} to the inventory; as it is, it has no effect",
                where=file,
            )


def shorten(path: Path, base: Path) -> str:
    """Give a path relative to the folder the command runs in, if it is inside."""
    full = path.resolve()
    return str(full.relative_to(base.resolve())) if full.is_relative_to(base.resolve()) else str(full)


def _misspelled_folders(folder: Path, base: Path) -> Iterator[Finding]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        close = nearest(path.name, VARIABLE_FOLDERS, LIKE_OURS)
        if path.is_dir() and close and path.name not in VARIABLE_FOLDERS:
            yield Finding(
                "INV-012",
                f"folder {path.name}, which Ansible does not read as {close}",
                f"variables of groups in {VARIABLE_FOLDERS[0]}, those of hosts in {VARIABLE_FOLDERS[1]}",
                f"rename the folder to {close}",
                where=shorten(path, base),
            )


def _inventory_files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(
            one for one in path.iterdir() if one.is_file() and one.suffix in INVENTORY_SUFFIXES and one.name[0] != "."
        )
    return [path] if path.is_file() and path.suffix in INVENTORY_SUFFIXES else []


def _variable_files(folder: Path) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    if not folder.is_dir():
        return found
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file() and _is_variable_file(one))
            found += [(path.name, one) for one in inside]
        elif _is_variable_file(path):
            found.append((path.stem if path.suffix else path.name, path))
    return found


def _is_variable_file(path: Path) -> bool:
    return path.suffix in VARIABLE_SUFFIXES and path.name[0] != "." and not path.name.endswith("~")


def _read_inventory(sources: Sources, path: Path, base: Path) -> None:
    file = shorten(path, base)
    sources.inventory_files.append(file)
    node = compose(path.read_bytes(), file, sources.findings)
    for name, body in items(node):
        if name != "plugin":
            _read_group(sources, name, body, file)


def _read_group(sources: Sources, group: str, node: Any, file: str) -> None:
    sources.groups.add(group)
    for section, body in items(node):
        if section == "vars":
            _assign(sources, body, GROUP, group, file, inline=True)
        elif section == "hosts":
            for host, variables in items(body):
                sources.hosts.add(host)
                sources.direct.setdefault(group, set()).add(host)
                _assign(sources, variables, HOST, host, file, inline=True)
        elif section == "children":
            for child, inner in items(body):
                sources.children.setdefault(group, set()).add(child)
                _read_group(sources, child, inner, file)


def _read_variables(sources: Sources, path: Path, kind: str, scope: str, base: Path) -> None:
    content = path.read_bytes()
    if content.startswith(VAULT_HEADER):
        return
    file = shorten(path, base)
    _assign(sources, compose(content, file, sources.findings), kind, scope, file)


def _read_extra(sources: Sources, option: str, base: Path) -> None:
    if option.startswith("@"):
        path = Path(option[1:]).expanduser()
        if path.is_file():
            _read_variables(sources, path, EXTRA, EXTRA, base)
    elif option.lstrip().startswith(("{", "[")):
        _assign(sources, compose(option, "-e", sources.findings), EXTRA, EXTRA, "-e")
    else:
        for name, value in parse_kv(option).items():
            if name != "_raw_params":
                sources.assignments.append(Assignment(name, EXTRA, EXTRA, f"-e {name}=…", loose=True))
            else:
                sources.findings.append(
                    Finding(
                        "INV-001",
                        f"{value}, which Ansible passes over",
                        "name=value, a dictionary in braces, or @file",
                        "write -e name=value",
                        variable="-e",
                        where="command line",
                    )
                )


def _assign(sources: Sources, node: Any, kind: str, scope: str, file: str, *, inline: bool = False) -> None:
    for name, value, line in items_with_lines(node):
        at = 0 if file == "-e" else line
        sources.assignments.append(Assignment(name, kind, scope, file, at, value, inline=inline))
