"""Checks of single values of a bundle, with messages that say what was found and what is expected."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

_MODE = re.compile(r"0?[0-7]{3,4}")


class BundleError(Exception):
    """A bundle that cannot be applied; the message says what was found, what was expected and what mends it."""


def check_keys(where: str, item: Any, known: Iterable[str]) -> None:
    """Refuse keys that mean nothing, with the nearest one that does."""
    if not isinstance(item, Mapping):
        raise BundleError(f"{where}: found {kind(item)}; a dictionary is expected")
    names = sorted(known)
    for key in item:
        if key not in names:
            near = difflib.get_close_matches(str(key), names, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(names)}"
            raise BundleError(f"{where}: unknown key '{key}'; {hint}")


def absolute(where: str, raw: Any) -> str:
    """Check that a path is absolute and has no detours."""
    path = raw if isinstance(raw, str) else ""
    if not path.startswith("/") or path != str(PurePosixPath(path)) or ".." in path.split("/") or "\0" in path:
        raise BundleError(f"{where}: found path {raw!r}; an absolute path without detours is expected")
    return path


def octal(where: str, raw: Any) -> int:
    """Turn a quoted octal mode into a number; an unquoted one has lost its meaning in YAML."""
    if not isinstance(raw, str) or not _MODE.fullmatch(raw):
        raise BundleError(f'{where}: found mode {raw!r}; a quoted octal such as "0640" is expected')
    return int(raw, 8)


def items(where: str, raw: Any) -> list[Any]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise BundleError(f"{where}: found {kind(raw)}; a list is expected")
    return raw


def texts(where: str, raw: Any, pattern: re.Pattern[str]) -> tuple[str, ...]:
    for value in items(where, raw):
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise BundleError(f"{where}: found {value!r}, which is no usable name")
    return tuple(dict.fromkeys(raw or ()))


def text(where: str, raw: Any) -> str:
    if not isinstance(raw, str):
        raise BundleError(f"{where}: found {kind(raw)}; text is expected (give data a filter such as to_nice_json)")
    return raw


def choice(where: str, raw: Any, known: Collection[str]) -> str:
    if raw not in known:
        raise BundleError(f"{where}: found {raw!r}; one of {', '.join(known)} is expected")
    return str(raw)


def number(where: str, raw: Any, least: int) -> int:
    number = int(raw) if isinstance(raw, str) and raw.isdigit() else raw
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        raise BundleError(f"{where}: found {raw!r}; a whole number of at least {least} is expected")
    return number


_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


def boolean(where: str, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in _TRUTH:
        return _TRUTH[raw.lower()]
    raise BundleError(f"{where}: found {raw!r}; true or false is expected")


def kind(value: Any) -> str:
    names = {"dict": "a dictionary", "list": "a list", "str": "text", "NoneType": "nothing", "int": "a number"}
    return next((names[kind.__name__] for kind in type(value).__mro__ if kind.__name__ in names), "an unusable value")
