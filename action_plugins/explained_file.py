"""Traces each line of a file that a role writes on a host, from checkout and inventory alone, without a connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible import context
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

PROJECT = Path(__file__).resolve().parent.parent
ROLES = PROJECT / "roles"
ansible.module_utils.__path__.append(str(PROJECT / "module_utils"))

from ansible.module_utils.corbel import bundle_ini, explain_lines, explain_template, inventory_sources
from ansible.module_utils.corbel.bundle_mask import masked_line, odd_words
from ansible.module_utils.corbel.catalogue import override_variable
from ansible.module_utils.corbel.explain_bundles import bundle_tasks
from ansible.module_utils.corbel.explain_context import NO_DATE, Context, ExplainError, World
from ansible.module_utils.corbel.explain_layers import Explained, expression_names
from ansible.module_utils.corbel.explain_lines import Found
from ansible.module_utils.corbel.explain_template import Place
from ansible.module_utils.corbel.inventory_knowledge import read_entries
from ansible.module_utils.corbel.naming import nearest

Names = Mapping[Path, Mapping[int, list[str]]]


class ActionModule(ActionBase):
    """Finds the task that writes the file, renders it with marks, and follows the variables of each line."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"path", "option"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        path, option = (str(self._task.args.get(name) or "") for name in ("path", "option"))
        try:
            if not path.startswith("/"):
                raise ExplainError(f"found {path!r} as path, expected a file, as with -e file=/etc/nova/nova.conf")
            lines = explained(self._world(task_vars or {}), path, option)
        except (ExplainError, AnsibleError) as error:
            return {**result, "failed": True, "msg": f"explained_file: {error}"}
        for line in lines:
            for text, colour in explain_lines.told(line):
                self._display.display(text, color=colour or None)
        return {**result, "changed": False, "lines": lines}

    def _world(self, variables: dict[str, Any]) -> World:
        inventory = variables["hostvars"]._inventory
        return World(
            PROJECT,
            lambda path: self._loader.load_from_file(str(path), trusted_as_template=True),
            self._templar,
            inventory_sources.read(
                [str(source) for source in inventory._sources or []],
                [str(option) for option in context.CLIARGS.get("extra_vars") or ()],
                Path.cwd(),
            ),
            variables,
        )


def explained(world: World, path: str, option: str) -> list[dict[str, Any]]:
    """Every line of a file, or those of one option."""
    others: list[str] = []
    for place, item in written(world):
        if item.get("path") == path:
            return list(_lines(place, item, option))
        others.append(str(item.get("path")))
    host, close = world.variables["inventory_hostname"], nearest(path, set(others))
    raise ExplainError(f"no role writes {path} on {host}" + (f"; did you mean {close}?" if close else ""))


def written(world: World) -> Iterator[tuple[Context, dict[str, Any]]]:
    """Everything that roles write on the host, with the context it is written in; the nearest role first."""
    entries, groups = read_entries(PROJECT), world.variables.get("group_names") or []
    tasks = [
        task
        for role in sorted(path.name for path in ROLES.iterdir() if (path / "tasks").is_dir())
        if role not in entries or role in groups
        for task in bundle_tasks(ROLES, role, world.load)
    ]
    for task in sorted(tasks, key=lambda task: len(task.roles)):
        place = Context(world, task)
        for item in place.items():
            yield place, item


def _lines(place: Context, item: dict[str, Any], option: str) -> Iterator[dict[str, Any]]:
    rendered, templates = place.render(item)
    found = explain_lines.plain(rendered)
    if overrides := item.get("overrides"):
        text = bundle_ini.override("".join(f"{one.text}\n" for one in rendered), overrides, item["path"], NO_DATE)
        found = explain_lines.overridden(rendered, text, overrides)
    chosen = explain_lines.wanted(found, option)
    if option and not chosen:
        close = nearest(option.rpartition("/")[2], {one.option for one in found if one.option})
        raise ExplainError(f"{item['path']} has no option {option}" + (f"; did you mean {close}?" if close else ""))
    names = {path: explain_template.names(path.read_text(encoding="utf-8")) for path in templates}
    words = odd_words(*(one.text for one in found)) if item.get("secret") else frozenset()
    for one in chosen:
        shown = masked_line(one.text, words) if item.get("secret") else one.text
        places, variables = _origin(place, one, item, names)
        yield explain_lines.data(one, place.layers.hidden(shown), places, variables)


def _origin(
    place: Context, found: Found, item: Mapping[str, Any], names: Names
) -> tuple[dict[str, Any], list[Explained]]:
    """What a line comes from, and the variables it was made with."""
    if found.overridden:
        return {"override": _override(place, found, item)}, []
    own = item.get("variables") or {}
    templates = list(names)
    places: dict[str, Any] = {}
    used: list[str] = []
    line = found.line
    if line and line.place:
        places["template"] = _shown(templates, line.place)
        places["called"] = _shown(templates, line.caller) if line.caller else ""
        spots = [*line.parts, *([line.caller] if line.caller else [])]
        used = [name for spot in spots for name in names[templates[spot.file]].get(spot.line, [])]
    elif not templates:
        places["template"] = _relative(place.task.file)
        used = expression_names(item["raw"].get("content") or item["raw"].get("drop_in"))
    given = _relative(place.task.file)
    return places, [
        Explained(name, place.layers.shown(name, own[name]), "given by the task", given)
        if name in own
        else place.layers.explain(name)
        for name in dict.fromkeys(used)
        if name in own or name in place.values
    ]


def _override(place: Context, found: Found, item: Mapping[str, Any]) -> dict[str, str]:
    """The variable that overrides an option, and where it does."""
    entry = (item.get("variables") or {}).get("entry")
    names = [name for name in expression_names(item["raw"].get("overrides")) if name.endswith("_overrides")]
    name = override_variable(str(entry["name"]), str(item["path"])) if entry else next(iter(names), "overrides")
    layers = place.layers
    where = layers.sources.where(name, layers.host, layers.groups, (found.section, found.option))
    return {"name": name, "where": where or layers.origin(name)[1] or _relative(place.task.file)}


def _shown(templates: list[Path], spot: Place) -> str:
    return f"{_relative(templates[spot.file])}:{spot.line}"


def _relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))
