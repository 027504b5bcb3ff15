"""INI files that hold secrets, as they may be shown: every option, but of values only those that give nothing away."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible.module_utils.corbel.bundle_units import MASK, secret_words

SUFFIXES = (".conf", ".ini", ".cnf")
_OPTION = re.compile(r"^(\s*[\w.\-]+\s*[=:]\s*)(\S.*)$")
_SECTION = re.compile(r"^\s*(\[.*\]\s*)?([#;].*)?$")
# Names of options whose values are never shown, whatever they look like.
_NAME = re.compile(
    r"pass|secret|token|key|credential|auth(?!_(url|type|strategy|version))|private|cookie|salt|hash", re.IGNORECASE
)
_CREDENTIALS = re.compile(r"://[^\s/@]*@")


def masked(path: str, old: str, new: str) -> tuple[str, str] | None:
    """Give both texts without secrets; nothing where the file is no INI file, or where only secrets differ."""
    if not path.endswith(SUFFIXES):
        return None
    words = secret_words([old, new])
    before, after = (_text(text, words) for text in (old, new))
    return None if before == after else (before, after)


def _text(text: str, words: Iterable[str]) -> str:
    return "".join(f"{_line(line, words)}\n" for line in text.splitlines())


def _line(line: str, words: Iterable[str]) -> str:
    if _SECTION.match(line):
        return MASK if any(word in line for word in words) else line
    option = _OPTION.match(line)
    if option is None:
        # What belongs to the option above it may be as secret as that.
        return MASK
    name, value = option.groups()
    secret = _NAME.search(name) or _CREDENTIALS.search(value) or any(word in value for word in words)
    return f"{name}{MASK}" if secret else line
