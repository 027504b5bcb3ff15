"""YAML with its line numbers: keys and values as nodes, syntax errors and duplicate keys as findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from ansible.module_utils.corbel.preflight_finding import Finding

BASE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(text: bytes | str, file: str, findings: list[Finding]) -> Any:
    """Parse one document; a syntax error and duplicate keys become findings."""
    try:
        node = yaml.compose(text, Loader=BASE_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "the text cannot be read"
        findings.append(
            Finding(
                "INV-007",
                str(problem),
                "valid YAML",
                "mend the syntax in this line or just above it",
                where=f"{file}:{mark.line + 1}" if mark else file,
            )
        )
        return None
    if _contains_itself(node):
        findings.append(
            Finding(
                "INV-007",
                "an anchor (&) with its own alias (*) inside",
                "a value that ends",
                "write the inner value out instead of the alias",
                where=file,
            )
        )
        return None
    findings.extend(_duplicates(node, file))
    return node


def _contains_itself(node: Any, above: frozenset[int] = frozenset()) -> bool:
    inside: list[Any] = []
    if isinstance(node, yaml.MappingNode):
        inside = [value for _, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        inside = node.value
    return id(node) in above or any(_contains_itself(one, above | {id(node)}) for one in inside)


def _duplicates(node: Any, file: str) -> Iterator[Finding]:
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in first:
                    yield Finding(
                        "INV-008",
                        f"key {key.value} a second time (first in line {first[key.value]})",
                        "each key once; the last one would silently win",
                        "remove one of the two",
                        variable=key.value,
                        where=f"{file}:{line}",
                    )
                first.setdefault(key.value, line)
            yield from _duplicates(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicates(item, file)


def items(node: Any) -> Iterator[tuple[str, Any]]:
    """Give the keys and values of a dictionary."""
    for name, value, _ in items_with_lines(node):
        yield name, value


def items_with_lines(node: Any) -> Iterator[tuple[str, Any, int]]:
    """Give the keys and values of a dictionary, each with its line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, value, key.start_mark.line + 1


def child(node: Any, step: str | int, line: int) -> tuple[Any, int]:
    """Give what stands under a key or an index, with its line; nothing and `line` if that is not there."""
    if isinstance(node, yaml.MappingNode):
        for name, value, at in items_with_lines(node):
            if name == step:
                return value, at
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item.start_mark.line + 1
    return None, line
