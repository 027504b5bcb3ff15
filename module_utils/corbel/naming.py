"""Names that were probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(value: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """The name closest to `value`, regardless of case, or an empty string when none is close."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    found = difflib.get_close_matches(value.casefold(), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else ""


def hint(value: str, names: Iterable[str]) -> str:
    """A clause such as `; did you mean 'glance'?` to append to a message, or an empty string."""
    found = nearest(value, names)
    return f"; did you mean '{found}'?" if found else ""
