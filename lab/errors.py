"""The one error of the lab."""

from __future__ import annotations


class LabError(RuntimeError):
    """One sentence: what was found, what was expected, what mends it."""
