"""Whether what a run changed is what was planned: nothing beyond it, and nothing of it left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ansible.module_utils.corbel.plan_change import BOOKS, permitted, step_key
from ansible.module_utils.corbel.plan_collect import Item

# What packages bring: others that they need, and things that the run then finds as they should be. They may enable
# their units, and start none of them.
BROUGHT = ("account", "directory", "file", "package")
# Commands are planned as soon as their conditions hold, and an earlier step may be what meets these: a unit loads the
# module of the kernel, the scheduler finds the hypervisor. Whose a file system is, is seen when it is mounted.
SEEN_LATE = ("disk", "other")
# `keystone-manage bootstrap` is a step of Keystone's schema, and check mode cannot ask it what it makes.
BOOTSTRAP = "keystone in "
BOOTSTRAPPED = re.compile(
    r"region '[^']*'|role '(admin|manager|member|reader|service)'"
    r"|((admin|internal|public) endpoint of )?service 'keystone' .*"
)


@dataclass(frozen=True)
class Verdict:
    """How what was done differs from what was planned; of the last nothing is wrong."""

    unplanned: list[Item]
    missing: list[Item]
    needless: list[Item]


def judge(planned: Iterable[Item], done: Iterable[Item]) -> Verdict:
    """Compare both ways, and excuse what was needless when its turn came."""
    done = list(done)
    unplanned, absent = compare(planned, done)
    spared = needless(done, absent)
    return Verdict(unplanned, [item for item in absent if item not in spared], spared)


def compare(planned: Iterable[Item], done: Iterable[Item]) -> tuple[list[Item], list[Item]]:
    """What was done and not planned, and what was planned and not done."""
    planned, done = _told(planned), _told(done)
    allowed = {(item.host, *key) for item in planned for key in _permitted(item)}
    made = {_made(item) for item in done}
    beyond = [item for item in done if _made(item) not in allowed]
    return beyond, [item for item in planned if made.isdisjoint((item.host, *key) for key in _permitted(item))]


def needless(done: Iterable[Item], missing: Iterable[Item]) -> list[Item]:
    """Of what was planned and not done, give what an earlier step of the same run may have made needless."""
    done = list(done)
    installed = {item.host for item in done if item.kind == "package"}
    bootstrapped = any(item.kind == "schema" and item.name.startswith(BOOTSTRAP) for item in done)
    return [
        item
        for item in missing
        if item.kind in SEEN_LATE
        or ((item.kind in BROUGHT or (item.kind, item.action) == ("unit", "enable")) and item.host in installed)
        # A unit brings up the interfaces of bridges, so that they come back with the host.
        or (item.kind == "bridge" and item.name.startswith("bring up "))
        or (item.kind == "identity" and bootstrapped and BOOTSTRAPPED.fullmatch(item.name))
    ]


def _told(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if (item.kind, item.name, item.action) != BOOKS]


def _permitted(item: Item) -> set[tuple[str, str, str]]:
    return permitted(item.kind, item.name, item.action)


def _made(item: Item) -> tuple[str, ...]:
    return (item.host, *step_key(item.kind, item.name, item.action))
