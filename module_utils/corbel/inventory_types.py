"""Strict types: a value must have the type its argument specification names, as YAML wrote it, without conversion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.corbel.naming import nearest
from ansible.module_utils.corbel.preflight_finding import did_you_mean, kind, shown

Step = str | int
TEXT = {"str", "path", "json", "jsonarg", "bytes", "bits"}
NAMES = {
    "str": "string",
    "path": "string (a path)",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "list",
    "dict": "dictionary",
}
TYPES: dict[str, Any] = {
    "bool": bool,
    "int": int,
    "float": (int, float),
    "dict": Mapping,
    "list": (list, tuple),
    "bytes": (str, int),
    "bits": (str, int),
}
IN_QUOTES = "put it in quotes: "
BOOLEAN_WORDS = {"true", "false", "yes", "no", "on", "off"}


@dataclass(frozen=True)
class Problem:
    """One thing wrong inside a value."""

    check: str
    path: tuple[Step, ...]
    found: str
    expected: str
    fix: str


def check_value(
    value: Any, spec: Mapping[str, Any], loose: bool = False, name: str = "", path: tuple[Step, ...] = ()
) -> Iterator[Problem]:
    """Compare a value with its specification, down to nested options."""
    wanted = str(spec.get("type", "str"))
    label = str(path[-1]) if path else name
    if not _fits(value, wanted, loose):
        yield Problem(
            "INV-003",
            path,
            f"{shown(value, label)} ({kind(value)})" if value is not None else "null (nothing after the colon or dash)",
            f"a value of type {NAMES.get(wanted, wanted)}",
            _type_fix(value, wanted),
        )
        return
    choices = spec.get("choices")
    if choices and not isinstance(value, (list, Mapping)) and value not in choices and "{{" not in str(value):
        known = {str(choice) for choice in choices}
        yield Problem(
            "INV-004",
            path,
            shown(value, label),
            f"one of {', '.join(str(choice) for choice in choices)}",
            f"write {close}" if (close := nearest(str(value), known)) else "choose one of them",
        )
    options = spec.get("options")
    if wanted == "list" and isinstance(value, (list, tuple)):
        item = {key: spec[key] for key in ("options", "choices") if key in spec} | {"type": spec.get("elements", "raw")}
        for index, element in enumerate(value):
            yield from check_value(element, item, loose, name, (*path, index))
    elif isinstance(value, Mapping) and isinstance(options, Mapping) and options:
        yield from _check_options(value, options, loose, name, path)


def check_overrides(value: Any) -> Iterator[Problem]:
    """Check the form of an override variable: section, option, value."""
    if not isinstance(value, Mapping):
        yield Problem(
            "INV-003",
            (),
            "null (nothing after the colon)" if value is None else f"{shown(value)} ({kind(value)})",
            "a dictionary of sections, each a dictionary of options",
            "write it as {DEFAULT: {debug: true}}",
        )
        return
    for section, options in value.items():
        if options is None or (isinstance(options, str) and "{{" in options):
            continue  # null removes the section
        if not isinstance(options, Mapping):
            yield Problem(
                "INV-003",
                (str(section),),
                f"{shown(options)} ({kind(options)})",
                "a dictionary of options",
                "put the options one level below the name of their section, such as DEFAULT",
            )
            continue
        for option, found in options.items():
            single = found if isinstance(found, (list, tuple)) else [found]
            if any(isinstance(one, (Mapping, list, tuple)) or (one is None and found is not None) for one in single):
                yield Problem(
                    "INV-003",
                    (str(section), str(option)),
                    f"{shown(found, str(option))} ({kind(found)})",
                    "text, a number, true, false, null (to remove the option), or a list of them",
                    "write a plain value, as the file has it after the equals sign",
                )


def _check_options(
    value: Mapping[str, Any], options: Mapping[str, Any], loose: bool, name: str, path: tuple[Step, ...]
) -> Iterator[Problem]:
    for key, inner in value.items():
        if key in options:
            yield from check_value(inner, options[key], loose, name, (*path, key))
        else:
            close = nearest(str(key), set(options))
            yield Problem(
                "INV-005",
                (*path, key),
                "a key that nothing reads",
                did_you_mean(str(key), set(options), "key"),
                f"write {close}" if close else "remove it",
            )
    for key, option in options.items():
        if option.get("required") and key not in value:
            yield Problem(
                "INV-005",
                path,
                f"no key {key}",
                f"{key}, of type {NAMES.get(str(option.get('type', 'str')), 'string')}",
                f"add {key}",
            )


def _fits(value: Any, wanted: str, loose: bool) -> bool:
    if wanted in {"raw", "any"} or (isinstance(value, str) and "{{" in value):
        return True  # an expression: its value is checked where it is known
    if isinstance(value, bool):
        return wanted == "bool"
    if loose and isinstance(value, str):
        words = {"bool": value.lower() in BOOLEAN_WORDS, "int": _is_integer(value), "float": _is_number(value)}
        if wanted in words:
            return words[wanted]
    types = TYPES.get(wanted, str)
    return isinstance(value, types)


def _type_fix(value: Any, wanted: str) -> str:
    if value is None:
        return "give a value, or remove the line"
    fixes = {
        "bool": "write true or false, without quotes",
        "list": "write it as a list: [a, b], or one item in each line after a dash",
        "dict": "write it as a dictionary: {key: value}",
    }
    fix = fixes.get(wanted, f"write a value of type {NAMES.get(wanted, wanted)}")
    if wanted in TEXT and isinstance(value, (bool, int, float)):
        fix = f'{IN_QUOTES}"{str(value).lower() if isinstance(value, bool) else value}"'
    elif wanted in {"int", "float"} and isinstance(value, str) and _is_number(value):
        fix = "remove the quotes"
    return fix


def _is_integer(value: Any) -> bool:
    return isinstance(value, str) and value.strip().lstrip("-").isdigit()


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
