"""Where the value of a variable comes from: which default, variable file, group, host or option of the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.bundle_units import MASK
from ansible.module_utils.corbel.inventory_sources import EXTRA, GROUP, Sources

LONGEST = 100
DEEPEST = 4
SECRET = re.compile(r"secret|password|passphrase|token|credential|private", re.IGNORECASE)
OF_ANSIBLE = {"groups", "hostvars", "vars", "ansible_facts"}
DEFAULT, ROLE, RUN = "role default", "role variable", "set by Ansible or by the task"


@dataclass
class Explained:
    """A variable with its value, where that was set, and the variables it was made from."""

    name: str
    value: str
    layer: str
    where: str = ""
    made_from: list[Explained] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value}


@dataclass
class Layers:
    """The variables of one host in the context of a role, with the files they were read from."""

    host: str
    groups: list[str]
    sources: Sources
    # Name to file, weakest layer first.
    defaults: dict[str, Path]
    role: dict[str, Path]
    values: Mapping[str, Any]
    evaluate: Callable[[Any], Any]
    root: Path
    secrets: frozenset[str] = frozenset()

    def explain(self, name: str, seen: frozenset[str] = frozenset()) -> Explained:
        """Follow a variable to where it was written."""
        raw = self.values.get(name)
        layer, where = self.origin(name)
        inner = [one for one in expression_names(raw) if one in self.values and one not in seen | {name}]
        deeper = [] if len(seen) >= DEEPEST else [self.explain(one, seen | {name}) for one in inner]
        # All hosts and groups are more than a line tells.
        value = "" if name in OF_ANSIBLE else self.shown(name, raw)
        return Explained(name, value, layer, where, [] if name in OF_ANSIBLE else deeper)

    def origin(self, name: str) -> tuple[str, str]:
        """The layer that has the last word on a variable, with file and line."""
        winner = self.sources.winner(name, self.host, self.groups)
        if winner and winner.kind == EXTRA:
            return "extra variable", winner.where()
        if name in self.role:
            return ROLE, self.at(self.role[name], name)
        if winner:
            return (f"group {winner.scope}" if winner.kind == GROUP else f"host {winner.scope}"), winner.where()
        if name in self.defaults:
            return DEFAULT, self.at(self.defaults[name], name)
        return RUN, ""

    def at(self, path: Path, name: str) -> str:
        """File and line of a variable; the file as seen from the checkout."""
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        line = line_of(path.read_text(encoding="utf-8"), name)
        return f"{shown}:{line}" if line else str(shown)

    def shown(self, name: str, raw: Any) -> str:
        """A value on one line, without secrets."""
        if SECRET.search(name):
            return MASK
        try:
            value = self.evaluate(raw)
        except Exception as error:
            return f"(not known now: {str(error).splitlines()[0]})"
        text = value if isinstance(value, str) else json.dumps(value, default=str, sort_keys=True)
        text = " ".join(self.hidden(text).split())
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

    def hidden(self, text: str) -> str:
        """A text without the secrets of the cloud."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def line_of(text: str, name: str) -> int:
    """The line on which a variable file sets a variable; 0 where it is not found."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"[\"']?{re.escape(name)}[\"']?\s*:", line):
            return number
    return 0


def expression_names(raw: Any) -> list[str]:
    """Names that a value which has to be evaluated may refer to, in the order of their first use."""
    texts: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, Mapping):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                walk(inner)
        elif isinstance(value, str):
            texts.extend(re.findall(r"\{[{%](.*?)[%}]\}", value, re.DOTALL))

    walk(raw)
    plain = (re.sub(r"'[^']*'|\"[^\"]*\"", "", text) for text in texts)
    return list(dict.fromkeys(word for text in plain for word in re.findall(r"(?<![\w.])[A-Za-z_]\w*", text)))


def secret_texts(value: Any, shortest: int = 6) -> Iterable[str]:
    """The secrets in a structure; of those with many lines each line."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from secret_texts(inner, shortest)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from secret_texts(inner, shortest)
    elif isinstance(value, str):
        yield from (line for line in str(value).splitlines() if len(line) >= shortest)
