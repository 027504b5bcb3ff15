"""INI files that hold secrets, as they may be shown: every option, but of values only those that give nothing away."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible.module_utils.corbel.bundle_units import MASK, secret_words

SUFFIXES = (".conf", ".ini", ".cnf")
_OPTION = re.compile(r"^([\w.\-]+\s*[=:]\s*)(.*)$")
_SECTION = re.compile(r"^\s*(\[.*\]\s*)?([#;].*)?$")
# Names of options whose values are never shown, whatever they look like.
_NAME = re.compile(r"pass|secret|token|key|credential|private|cookie|salt|hash", re.IGNORECASE)
# Words that nobody chose as a secret: plain ones, and names of classes.
_PLAIN = re.compile(r"[a-z_-]+|([A-Z][a-z]+){2,}")
# Where a key is may be told.
_PATH = re.compile(r"/[\w.-]+(/[\w.-]+)+")
_CREDENTIALS = re.compile(r"://[^\s/@]*@")


def masked(path: str, old: str, new: str) -> tuple[str, str] | None:
    """Give both texts without secrets; nothing where the file is no INI file, or where only secrets differ."""
    if not path.endswith(SUFFIXES):
        return None
    words = odd_words(old, new)
    before, after = (_text(text, words) for text in (old, new))
    return None if before == after else (before, after)


def odd_words(*texts: str) -> frozenset[str]:
    """Words of a file with secrets that may be one."""
    return frozenset(word for word in secret_words(texts) if not _PLAIN.fullmatch(word))


def _text(text: str, words: Iterable[str]) -> str:
    return "".join(f"{masked_line(line, words)}\n" for line in text.splitlines())


def masked_line(line: str, words: Iterable[str]) -> str:
    """One line of an INI file, without a value that may be secret."""
    if _SECTION.match(line):
        return MASK if any(word in line for word in words) else line
    option = _OPTION.match(line)
    if option is None:
        # What belongs to the option above it may be as secret as that.
        return MASK
    name, value = option.groups()
    if not value or _PATH.fullmatch(value):
        return line
    secret = _NAME.search(name) or _CREDENTIALS.search(value) or any(word in value for word in words)
    return f"{name}{MASK}" if secret else line
