"""The variables and templates that a task of a role has on a host, and what it writes.

Runs on the controlling machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.corbel import explain_template
from ansible.module_utils.corbel.explain_bundles import DATA, BundleTask, variable_files
from ansible.module_utils.corbel.explain_layers import Layers, secret_texts
from ansible.module_utils.corbel.explain_template import Line
from ansible.module_utils.corbel.inventory_sources import EXTRA, Sources
from ansible.template import trust_as_template

UNITS = "/etc/systemd/system"
NO_DATE = "Managed by Ansible"


class ExplainError(Exception):
    """A file that cannot be explained; the message says what mends it."""


@dataclass(frozen=True)
class World:
    """What all tasks have in common: the checkout, Ansible's own means, and the variables of the host."""

    project: Path
    load: Callable[[Path], Any]
    templar: Any
    sources: Sources
    variables: Mapping[str, Any]


class Context:
    """One task that applies a bundle."""

    def __init__(self, world: World, task: BundleTask) -> None:
        self.world, self.task = world, task
        roles = world.project / "roles"
        self.folders = [roles / role / "templates" for role in task.roles]
        defaults, own = (self._files(kind, (*DATA, *reversed(task.roles))) for kind in ("defaults", "vars"))
        given = {one.name for one in world.sources.assignments if one.kind == EXTRA}
        values = {name: world.load(path)[name] for name, path in defaults.items()} | dict(world.variables)
        values |= {name: world.load(path)[name] for name, path in own.items() if name not in given}
        for passed in task.variables:
            values |= passed
        search = [str(roles / role) for role in task.roles]
        values |= {"ansible_search_path": [*search, *values.get("ansible_search_path", [])], "role_path": search[-1]}
        self.values = values
        self.layers = Layers(
            host=str(values["inventory_hostname"]),
            groups=[str(name) for name in values.get("group_names") or []],
            sources=world.sources,
            defaults=defaults,
            role=own,
            values=values,
            evaluate=self.evaluate,
            root=world.project,
            secrets=frozenset(secret_texts(self._secrets())),
        )

    def _files(self, kind: str, roles: tuple[str, ...]) -> dict[str, Path]:
        folder = self.world.project / "roles"
        return {
            name: path
            for role in roles
            for path in variable_files(folder / role, kind)
            for name in self.world.load(path) or {}
        }

    def _secrets(self) -> Any:
        try:
            return self.evaluate(self.values.get("corbel_secrets") or {})
        except AnsibleError:
            return {}

    def evaluate(self, raw: Any) -> Any:
        """The value of an expression."""
        return self._templar(self.folders, self.values).template(raw)

    def _templar(self, folders: list[Path], values: Mapping[str, Any]) -> Any:
        return self.world.templar.copy_with_new_env(
            searchpath=[str(folder) for folder in folders], available_variables=values
        )

    def items(self) -> Iterator[dict[str, Any]]:
        """Files and units of the bundle; what only a run can know is passed over."""
        for raw in self._list("files"):
            if item := self._item(raw):
                yield item
        for raw in self._list("units"):
            item = self._item(raw)
            if item.get("template") or item.get("content"):
                yield {**item, "path": f"{UNITS}/{item['name']}"}
            if item.get("drop_in"):
                name = self.evaluate(self.task.arguments.get("name"))
                yield {
                    "path": f"{UNITS}/{item['name']}.d/50-corbel-{name}.conf",
                    "content": item["drop_in"],
                    "raw": raw,
                }

    def _list(self, name: str) -> list[Any]:
        raw = self.task.arguments.get(name)
        try:
            raw = self.evaluate(raw) if isinstance(raw, str) else raw
        except AnsibleError:
            return []
        return list(raw) if isinstance(raw, list | tuple) else []

    def _item(self, raw: Any) -> dict[str, Any]:
        try:
            return {**self.evaluate(raw), "raw": raw}
        except AnsibleError:
            return {}

    def render(self, item: Mapping[str, Any]) -> tuple[list[Line], list[Path]]:
        """The file line by line, and the templates it was made from, its own first."""
        name = item.get("template")
        if name is None:
            return [Line(text) for text in str(item.get("content") or "").splitlines()], []
        main = next((folder / name for folder in self.folders if (folder / name).is_file()), None)
        if main is None:
            places = ", ".join(map(str, self.folders))
            raise ExplainError(f"template {name} of {item['path']} was not found in {places}")
        text = main.read_text(encoding="utf-8")
        templates = [main, *(path for folder in self.folders for path in sorted(folder.glob("*.j2")) if path != main)]
        plain = self._rendered(item, self.folders, text)
        with tempfile.TemporaryDirectory(prefix="corbel-explain-") as scratch:
            # Marks in a macro's result can change what is made of it; then the template itself has to do.
            for folders in (self._copies(Path(scratch), templates), self.folders):
                rendered = self._rendered(item, folders, explain_template.marked(text, 0))
                if explain_template.unmarked(rendered) == plain:
                    return explain_template.lines(rendered), templates
        return [Line(line) for line in plain.splitlines()], templates

    def _copies(self, scratch: Path, templates: list[Path]) -> list[Path]:
        """Copies of all templates with marks, in folders like theirs."""
        copies = []
        for number, folder in enumerate(self.folders):
            copies.append(scratch / str(number))
            copies[-1].mkdir()
            for path in sorted(folder.glob("*.j2")):
                text = explain_template.marked(path.read_text(encoding="utf-8"), templates.index(path))
                (copies[-1] / path.name).write_text(text, encoding="utf-8")
        return copies

    def _rendered(self, item: Mapping[str, Any], folders: list[Path], text: str) -> str:
        managed = {"ansible_managed": str(constants.config.get_config_value("DEFAULT_MANAGED_STR"))}
        templar = self._templar(folders, {**managed, **self.values, **(item.get("variables") or {})})
        done = templar.template(trust_as_template(text), escape_backslashes=False, overrides={"trim_blocks": True})
        return str(done or "")
