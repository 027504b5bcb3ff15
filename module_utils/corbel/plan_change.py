"""One change of a host, in the form in which modules tell it to the plan. Runs on hosts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

# In the order in which a plan lists them.
KINDS = (
    "secret",
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
# The key under which a result holds its changes.
TOLD = "plan"


@dataclass(frozen=True)
class Change:
    """What a task changes, or in check mode would change. Nothing of it is secret."""

    kind: str
    name: str
    action: str
    reason: str = ""


def told(changes: Iterable[Change]) -> dict[str, Any]:
    """Return values that name the changes also where the task hides its result.

    Of a result with `no_log` Ansible keeps `results`, which are those of a loop, and hides each item by a mark of its
    own. What is put there is seen by all, so it must be free of secrets: names and actions, never contents.
    """
    return {"results": [{TOLD: [asdict(change) for change in changes]}]}
