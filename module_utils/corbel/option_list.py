"""The options that the services of a release read, and whether an override fits them. Standard library only."""

from __future__ import annotations

import functools
import gzip
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.naming import nearest
from ansible.module_utils.corbel.preflight_finding import kind, shown

UNKNOWN, OLD, MISFIT = "INV-090", "INV-091", "INV-092"
NUMBERS: dict[str, Any] = {"int": int, "float": float}
BOOLEANS = {"true", "false", "yes", "no", "on", "off", "1", "0"}


@dataclass(frozen=True)
class Misfit:
    """One override that does not fit."""

    check: str
    path: tuple[str, ...]
    found: str
    expected: str
    fix: str


@dataclass(frozen=True)
class OptionList:
    """The options of one file: sections with the forms of their options, and the older names of some."""

    sections: Mapping[str, Mapping[str, int]]
    deprecated: Mapping[str, Mapping[str, list[str]]]
    forms: list[Mapping[str, Any]]
    like: Mapping[str, str]
    backends: str = ""

    def section(self, name: str, backends: set[str]) -> Mapping[str, int] | None:
        """Give the options of a section, also of one whose name the operator chose."""
        if name in self.sections:
            return self.sections[name]
        if self.backends and name in backends:
            return self.sections[self.backends]
        return next((self.sections[other] for pattern, other in self.like.items() if re.fullmatch(pattern, name)), None)


@functools.lru_cache
def read(path: Path) -> dict[str, OptionList]:
    """Read the lists of a release: by the variable that overrides a file."""
    content = json.loads(gzip.decompress(path.read_bytes()))
    return {
        variable: OptionList(
            one["sections"], one["deprecated"], content["forms"], one.get("like", {}), one.get("backends", "")
        )
        for one in content["sets"].values()
        for variable in one["files"]
    }


def misfits(overrides: Mapping[str, Any], known: OptionList, backends: set[str]) -> Iterator[Misfit]:
    """Compare overrides with what the file's readers know; their form is another check's work."""
    backends = backends | _enabled_backends(overrides)
    for section, options in overrides.items():
        if known.section(section, backends) is None and section not in known.deprecated:
            close = nearest(section, {*known.sections, *backends})
            yield Misfit(
                UNKNOWN,
                (section,),
                f"section {section}, which nothing reads",
                f"a section that the service knows{f'; the nearest is {close}' if close else ''}",
                f"write {close}" if close else "remove it; sections of drivers of your own need a waiver",
            )
            continue
        for option, value in options.items() if isinstance(options, Mapping) else ():
            yield from _option(known, backends, section, str(option), value)


def _option(known: OptionList, backends: set[str], section: str, option: str, value: Any) -> Iterator[Misfit]:
    present, older = known.section(section, backends) or {}, known.deprecated.get(section, {})
    path = (section, option)
    if option in present:
        form = known.forms[present[option]]
        if "removed" in form:
            reason = form["removed"] or "upstream gives no reason"
            yield Misfit(
                OLD, path, "an option that a later release removes", f"none: {reason}", "plan to do without it"
            )
        yield from _value(form, path, value)
    elif option in older:
        new_section, new = older[option]
        place = new if new_section == section else f"{new} in section {new_section}"
        yield Misfit(OLD, path, "an old name, which a later release will not read", place, f"write {place}")
    else:
        close = nearest(option, present)
        others = sorted(name for name, options in known.sections.items() if option in options)
        fix = f"write {close}" if close else "remove it"
        if others:
            fix = f"move it to section {others[0]}"
        yield Misfit(
            UNKNOWN,
            path,
            f"option {option}, which nothing reads in section {section}",
            f"an option of section {section}{f'; the nearest is {close}' if close else ''}",
            fix,
        )


def _value(form: Mapping[str, Any], path: tuple[str, ...], value: Any) -> Iterator[Misfit]:
    if value is None:
        return  # removes the option
    if isinstance(value, (list, tuple)):
        if not form.get("multi"):
            joined = ",".join(str(one) for one in value)
            yield Misfit(
                MISFIT,
                path,
                f"a list of {len(value)}, written as so many lines, of which only the last counts",
                "one value",
                f'write "{joined}"' if form.get("type") == "list" else "write the one value that counts",
            )
        return
    if isinstance(value, Mapping):
        return  # a finding of the form
    expected = _expected(form, value)
    if expected:
        yield Misfit(
            MISFIT, path, f"{shown(value, path[-1])} ({kind(value)})", expected, "write a value that the option takes"
        )


def _expected(form: Mapping[str, Any], value: Any) -> str:
    """Say what an option takes, if a value is not that."""
    text = str(value).strip()
    if isinstance(value, str) and ("$" in text or "{{" in text):
        return ""  # the value of another option, or an expression
    if choices := form.get("choices"):
        fold = str.casefold if form.get("any_case") else str
        fits = fold(text) in {fold(str(choice)) for choice in choices}
        return "" if fits else f"one of {', '.join(str(choice) for choice in choices)}"
    wanted = form.get("type", "")
    number = not text or (not isinstance(value, bool) and _in_bounds(form, text))
    parts = [one.strip() for one in text.strip("[]").split(",") if one.strip()]
    rules = {
        "bool": (text.casefold() in BOOLEANS, "true or false"),
        "int": (number, _bounds(form)),
        "float": (number, _bounds(form)),
        "list": (all(_number(one, form.get("item", "")) for one in parts), "numbers with commas between"),
        "ip": (_is_address(text), "an IP address"),
        "dict": (all(":" in one for one in parts), "pairs key:value with commas between"),
    }
    fits, expected = rules.get(wanted, (True, ""))
    return "" if fits else expected


def _in_bounds(form: Mapping[str, Any], text: str) -> bool:
    if form.get("type") not in NUMBERS or not _number(text, form["type"]):
        return False
    return bool(form.get("min", float("-inf")) <= float(text) <= form.get("max", float("inf")))


def _bounds(form: Mapping[str, Any]) -> str:
    what = "a whole number" if form.get("type") == "int" else "a number"
    if "min" in form and "max" in form:
        return f"{what} from {form['min']} to {form['max']}"
    if "min" in form:
        return f"{what}, at least {form['min']}"
    return f"{what}, at most {form['max']}" if "max" in form else what


def _number(text: str, wanted: str) -> bool:
    """Tell whether a text is a number of the kind wanted; any text is, where none is wanted."""
    try:
        if wanted in NUMBERS:
            NUMBERS[wanted](text)
    except ValueError:
        return False
    return True


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _enabled_backends(overrides: Mapping[str, Any]) -> set[str]:
    """Give the sections that the overrides themselves name as backends."""
    own = overrides.get("DEFAULT")
    listed = own.get("enabled_backends") if isinstance(own, Mapping) else None
    text = ",".join(str(one) for one in listed) if isinstance(listed, (list, tuple)) else str(listed or "")
    # Stores of Glance are written name:type.
    return {one.partition(":")[0].strip() for one in text.split(",") if one.strip()}
