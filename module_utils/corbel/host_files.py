"""Small reads that never fail: what is not there, or cannot be read, is empty. Standard library only."""

from __future__ import annotations

from pathlib import Path


def text(path: Path) -> str:
    """Give a file's content; what cannot be read is empty."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def number(path: Path) -> int | None:
    """Give the number that a file begins with; None where there is none."""
    words = text(path).split()
    return int(words[0]) if words and words[0].isdigit() else None


def names(folder: Path) -> list[str]:
    """List a folder; one that cannot be read is empty."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
