"""Overrides of single options in INI-like files, where an option may stand on several lines."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.corbel.bundle_fields import BundleError

SUFFIXES = (".conf", ".ini", ".cnf")
# Between the values of an option that stands on several lines, while configparser holds them.
BORDER = "\0"


class _Lines(dict[str, Any]):
    """A section that keeps every line of an option that is repeated; configparser alone keeps the last."""

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(value, list) and isinstance(self.get(key), list):
            self[key].extend([BORDER, *value])
        else:
            super().__setitem__(key, value)


Section = dict[str, list[str | None]]


def parse(text: str, where: str) -> dict[str, Section]:
    """Read sections, options and their values, in order."""
    parser = configparser.RawConfigParser(
        dict_type=_Lines,
        strict=False,
        interpolation=None,
        allow_no_value=True,
        empty_lines_in_values=False,
        default_section=BORDER,
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None) or next(iter(getattr(error, "errors", [])), ("?",))[0]
        raise BundleError(
            f"{where}: line {line} of the rendered template is no INI, which overrides need; mend the template"
        ) from None
    return {
        name: {option: _values(value) for option, value in parser.items(name, raw=True)} for name in parser.sections()
    }


def _values(value: str | None) -> list[str | None]:
    return [None] if value is None else list(value.split(f"\n{BORDER}\n"))


def check(where: str, path: str, overrides: Any) -> None:
    """Refuse overrides that cannot be applied."""
    if not isinstance(overrides, Mapping):
        raise BundleError(f"{where}: overrides is no dictionary; section → option → value is expected")
    if overrides and not path.endswith(SUFFIXES):
        raise BundleError(f"{where}: overrides work for files named {', '.join(SUFFIXES)}; change the template instead")
    for section, options in overrides.items():
        if options is not None and not isinstance(options, Mapping):
            raise BundleError(f"{where}: overrides of section {section} is no dictionary; option → value is expected")
        for option, value in (options or {}).items():
            for single in value if isinstance(value, list) else [value]:
                if isinstance(single, Mapping | list) or (isinstance(value, list) and single is None):
                    raise BundleError(
                        f"{where}: override {section}/{option} is no plain value; text, a number, true, false, null "
                        "(to remove it) or a list of them is expected"
                    )


def override(text: str, overrides: Mapping[str, Any], where: str, header: str) -> str:
    """Apply overrides: a list stands for repeated lines, null removes an option or a section."""
    sections = parse(text, where)
    for section, options in overrides.items():
        if options is None:
            sections.pop(str(section), None)
            continue
        present = sections.setdefault(str(section), {})
        for option, value in options.items():
            if value is None:
                present.pop(str(option), None)
            else:
                present[str(option)] = [_plain(single) for single in (value if isinstance(value, list) else [value])]
    return dump(sections, header)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip()


def dump(sections: Mapping[str, Section], header: str) -> str:
    """Write sections down, in their order."""
    lines = [f"# {line}".rstrip() for line in header.splitlines()]
    for name, options in sections.items():
        lines += [""] if lines else []
        lines.append(f"[{name}]")
        for option, values in options.items():
            lines += [option if value is None else f"{option} = {_continued(value)}".rstrip() for value in values]
    return "\n".join(lines) + "\n"


def _continued(value: str) -> str:
    first, *more = value.split("\n")
    return "\n".join([first, *(f"\t{line.strip()}" for line in more if line.strip())])
