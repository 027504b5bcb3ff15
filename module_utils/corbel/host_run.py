"""Commands that a reading may use: one that is missing or fails leaves its facts unknown."""

from __future__ import annotations

from collections.abc import Callable

# Gives the output of a command; empty when it is not there or ends badly.
Run = Callable[[list[str]], str]
# Gives return code, output and error output; 127 when it is not there.
RunFully = Callable[[list[str]], tuple[int, str, str]]


class ReadError(Exception):
    """What no check can do without could not be read; the message says what was found and what was expected."""


def needed(run: RunFully, command: list[str]) -> str:
    """Give the output of a command that no reading can do without."""
    code, out, error = run(command)
    if code:
        raise ReadError(f"found exit code {code} of {' '.join(command)} ({error.strip()}), expected its output")
    return out


def lenient(run: RunFully) -> Run:
    """Make of a command that says how it ended one that gives its output or nothing."""

    def output(command: list[str]) -> str:
        code, out, _ = run(command)
        return out if code == 0 else ""

    return output
