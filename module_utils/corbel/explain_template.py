"""Which line of which template a rendered line comes from, and which variables stand there.

A copy of the template has a mark at the beginning of each line; what is rendered from it tells where it was.
Runs on the controlling machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import jinja2
from jinja2 import nodes

# Characters of private use, which no configuration has.
OPEN, CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{OPEN}(\\d+):(\\d+){CLOSE}")
_LEADING = re.compile(f"(?:\\s*{OPEN}\\d+:\\d+{CLOSE})*")
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """A line of a template; `file` is its number in the list of templates."""

    file: int
    line: int


@dataclass(frozen=True)
class Line:
    """A rendered line: where its text begins, what its parts come from, and where a macro was called for it."""

    text: str
    place: Place | None = None
    parts: tuple[Place, ...] = ()
    caller: Place | None = None


def marked(text: str, file: int) -> str:
    """Put a mark before each line that begins outside of Jinja's tags, where it cannot change what is rendered."""
    tags = [match.span() for match in _TAG.finditer(text)]
    out, position, trimmed = [], 0, False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        inside = any(start < position < end for start, end in tags)
        # `{%-` takes away the white space before it, and `-%}` that after it, as far as nothing stands between.
        kept = line.lstrip().startswith(("{%-", "{{-", "{#-")) or (trimmed and line[:1].isspace())
        out.append(line if inside or kept else f"{OPEN}{file}:{number}{CLOSE}{line}")
        position += len(line)
        trimmed = line.rstrip().endswith(("-%}", "-}}", "-#}"))
    return "".join(out)


def unmarked(text: str) -> str:
    """What would be rendered without marks."""
    return _MARK.sub("", text)


def lines(rendered: str) -> list[Line]:
    """Read the marks of a rendered text."""
    found = []
    last: dict[int, Place] = {}
    for raw in rendered.splitlines():
        head = _LEADING.match(raw)
        places = [Place(int(file), int(line)) for file, line in _MARK.findall(raw)]
        count = len(_MARK.findall(head.group())) if head else 0
        place = places[count - 1] if count else None
        # A mark of a macro's file tells nothing of who called it; the last line of the template itself does.
        last.update((one.file, one) for one in places)
        caller = last.get(0) if place and place.file else None
        found.append(Line(unmarked(raw), place, tuple(places[max(count - 1, 0) :]), caller))
    return found


def names(text: str) -> dict[int, list[str]]:
    """Names of variables by line; names that a template defines itself stand for what they are made from."""
    tree = jinja2.Environment(autoescape=False, extensions=["jinja2.ext.do"]).parse(text)  # noqa: S701  no page
    local = _local_names(tree)
    starts = _starts(text)
    found: dict[int, list[str]] = {}
    for node in tree.find_all(nodes.Name):
        if node.ctx != "load":
            continue
        line = starts.get(node.lineno, node.lineno)
        for name in _resolved(node.name, local):
            if name not in found.setdefault(line, []):
                found[line].append(name)
    return found


def _starts(text: str) -> dict[int, int]:
    """For lines within a tag that goes over several, the line where it begins."""
    found = {}
    for match in _TAG.finditer(text):
        first = text.count("\n", 0, match.start()) + 1
        for line in range(first + 1, first + match.group().count("\n") + 1):
            found[line] = first
    return found


def _local_names(tree: nodes.Template) -> dict[str, set[str]]:
    """Names that a template defines, with the names they are made from."""
    local: dict[str, set[str]] = {}

    def add(target: nodes.Node, source: nodes.Node | None) -> None:
        made_from = {one.name for one in source.find_all(nodes.Name)} if source is not None else set()
        if isinstance(source, nodes.Name):
            made_from.add(source.name)
        targets = [target] if isinstance(target, nodes.Name) else target.find_all(nodes.Name)
        for one in targets:
            local.setdefault(one.name, set()).update(made_from - {one.name})

    for loop in tree.find_all(nodes.For):
        add(loop.target, loop.iter)
    for assignment in tree.find_all(nodes.Assign):
        add(assignment.target, assignment.node)
    for macro in tree.find_all(nodes.Macro):
        local.setdefault(macro.name, set())
        for argument in macro.args:
            local.setdefault(argument.name, set())
    for imported in tree.find_all(nodes.FromImport):
        for name in imported.names:
            local.setdefault(name if isinstance(name, str) else name[1], set())
    return local


def _resolved(name: str, local: dict[str, set[str]], seen: frozenset[str] = frozenset()) -> Iterable[str]:
    if name not in local:
        return [name]
    return [inner for source in sorted(local[name] - seen) for inner in _resolved(source, local, seen | {name})]
