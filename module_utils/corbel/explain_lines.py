"""A file line by line with where each comes from, and the same for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.corbel.explain_layers import Explained
from ansible.module_utils.corbel.explain_template import Line

_SECTION = re.compile(r"^\[(.+)\]\s*$")
_OPTION = re.compile(r"^([^\s#;=:][^=:]*?)\s*[=:]")
WIDE = 10


@dataclass(frozen=True)
class Found:
    """A line of the file as it is written, under its section; `line` knows the template it was rendered from."""

    number: int
    text: str
    section: str
    option: str
    line: Line | None
    overridden: bool = False


def plain(rendered: Sequence[Line]) -> list[Found]:
    """Lines of a file that is as its template makes it."""
    section, found = "", []
    for number, line in enumerate(rendered, 1):
        section = _name(_SECTION, line.text) or section
        found.append(Found(number, line.text, section, _name(_OPTION, line.text), line))
    return found


def overridden(rendered: Sequence[Line], text: str, overrides: Mapping[str, Any]) -> list[Found]:
    """Lines of a file some of whose options are overridden; what is left is looked up by section and option."""
    known: dict[tuple[str, str], list[Line]] = {}
    for one in plain(rendered):
        if one.line and (one.option or one.text.startswith("[")):
            known.setdefault((one.section, one.option), []).append(one.line)
    section, found = "", []
    for number, line in enumerate(text.splitlines(), 1):
        section = _name(_SECTION, line) or section
        option = _name(_OPTION, line)
        if option and option in (overrides.get(section) or {}):
            found.append(Found(number, line, section, option, None, True))
            continue
        places = known.get((section, option), [])
        found.append(
            Found(number, line, section, option, places.pop(0) if len(places) > 1 else next(iter(places), None))
        )
    return found


def wanted(found: Sequence[Found], option: str) -> list[Found]:
    """Lines of one option, given by its name or as section/option; all that say something where none is given."""
    if not option:
        return [one for one in found if one.text.strip()]
    section, _, name = option.rpartition("/")
    return [one for one in found if one.option == name and section in ("", one.section)]


def _name(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return match.group(1) if match else ""


def told(line: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A line and its origin for a terminal, with a colour each."""
    yield line["text"], "bright"
    if line.get("override"):
        yield f"    {'override':<{WIDE}}{line['override']['name']} ({line['override']['where']})", "yellow"
    if line.get("template"):
        called = f", called at {line['called']}" if line.get("called") else ""
        yield f"    {'template':<{WIDE}}{line['template']}{called}", "cyan"
    for variable in line.get("variables", []):
        yield from _variable(variable, 4, "variable")


def _variable(variable: Mapping[str, Any], indent: int, title: str) -> Iterator[tuple[str, str]]:
    where = ", ".join(part for part in (variable["layer"], variable.get("where", "")) if part)
    value = f" = {variable['value']}" if "value" in variable else ""
    yield f"{'':<{indent}}{title:<{WIDE}}{variable['name']}{value} ({where})", ""
    for inner in variable.get("made_from", []):
        yield from _variable(inner, indent + 2, "from")


def data(found: Found, shown: str, places: Mapping[str, str], variables: Sequence[Explained]) -> dict[str, Any]:
    """A line as the task returns it; `places` are its template, its caller and its override, where there are any."""
    line = {"number": found.number, "text": shown, "section": found.section, "option": found.option, **places}
    return {key: value for key, value in line.items() if value} | {"variables": [one.data() for one in variables]}
