"""One change of a host, in the form in which modules tell it to the plan. Runs on hosts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

# In the order in which a plan lists them.
KINDS = (
    "secret",
    "authority",
    "certificate",
    "release",
    "package",
    "account",
    "directory",
    "file",
    "disk",
    "volume",
    "bridge",
    "ring",
    "database",
    "queue",
    "identity",
    "resource",
    "schema",
    "unit",
    "other",
)
# These are made on the controlling machine, whatever host they are for.
HERE_ONLY = ("authority", "secret")
# Of these only counts whether they are there afterwards: a package, or a step that comes first, may have made them.
LOOSE = ("account", "directory", "file", "identity")
GONE = ("remove", "delete")
OFF = ("stop", "disable")
# What may be done to a unit of which something was planned: it may have come up, or died, before its turn.
RUNS = ("start", "restart", "reload")
UNIT = {"start": RUNS, "restart": RUNS, "stop": ("off",), "disable": ("off",)}
# A module that only brings its own books on a host up to date says so in these words.
BOOKS = ("other", "records", "note")
# The key under which a result holds its changes.
TOLD = "plan"


@dataclass(frozen=True)
class Change:
    """What a task changes, or in check mode would change. Nothing of it is secret."""

    kind: str
    name: str
    action: str
    reason: str = ""
    # What moves by itself, such as sizes and times: shown, never compared.
    measured: str = ""


def step_key(kind: str, name: str, action: str) -> tuple[str, str, str]:
    """What a change that is made counts as."""
    if kind in LOOSE:
        return (kind, name, "gone" if action in GONE else "there")
    return (kind, name, "off" if kind == "unit" and action in OFF else action)


def permitted(kind: str, name: str, action: str) -> set[tuple[str, str, str]]:
    """What may be made where a change was planned, as `step_key` has it."""
    if kind == "unit" and action in UNIT:
        return {(kind, name, one) for one in UNIT[action]}
    return {step_key(kind, name, action)}


def told(changes: Iterable[Change]) -> dict[str, Any]:
    """Return values that name the changes also where the task hides its result.

    Of a result with `no_log` Ansible keeps `results`, which are those of a loop, and hides each item by a mark of its
    own. What is put there is seen by all, so it must be free of secrets: names and actions, never contents.
    """
    return {"results": [{TOLD: [{key: text for key, text in asdict(one).items() if text} for one in changes]}]}
