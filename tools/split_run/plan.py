"""Which hosts stay with this machine and which worker takes which of the others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What an operator fills; everything finer follows from these.
GROUPS = ("controller", "network", "compute", "storage")
SPLIT = ("compute",)


class SplitError(Exception):
    """A run cannot be split as asked; the message says what was found, what was expected and what mends it."""


@dataclass(frozen=True)
class Plan:
    """Hosts that are done here, first; then the parts of the workers, side by side."""

    kept: list[str]
    parts: dict[str, list[str]]


def make(groups: Mapping[str, Sequence[str]], split: Sequence[str], workers: Sequence[str]) -> Plan:
    """Part the hosts that are in groups to split and in no other: what needs a quorum is never parted."""
    unknown = [name for name in split if name not in GROUPS or name == "controller"]
    if unknown:
        raise SplitError(
            f"--split: found {', '.join(unknown)}, expected some of {', '.join(GROUPS[1:])}; "
            "controllers have services that need a quorum and stay with this machine"
        )
    if len(set(workers)) != len(workers) or not workers:
        raise SplitError(
            f"--worker: found {', '.join(workers) or 'none'}, expected at least one machine, each once; "
            "without workers use ansible-playbook"
        )
    elsewhere = {host for name in GROUPS if name not in split for host in groups.get(name, ())}
    parted = sorted({host for name in split for host in groups.get(name, ())} - elsewhere, key=natural)
    if not parted:
        raise SplitError(
            f"the inventory: found no host that is in {' or '.join(split)} alone, expected some to part; "
            "use ansible-playbook, or name another group with --split"
        )
    return Plan(sorted(elsewhere, key=natural), parts(parted, workers))


def parts(hosts: Sequence[str], workers: Sequence[str]) -> dict[str, list[str]]:
    """Give each worker hosts that follow each other; parts differ by one host at most."""
    size, rest = divmod(len(hosts), len(workers))
    found: dict[str, list[str]] = {}
    begin = 0
    for number, worker in enumerate(workers):
        end = begin + size + (number < rest)
        if end > begin:
            found[worker] = list(hosts[begin:end])
        begin = end
    return found


def natural(name: str) -> list[tuple[int, str]]:
    """Order names as people count: compute2 before compute10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def shortened(hosts: Sequence[str], most: int = 4) -> str:
    """Name some hosts and say how many more there are."""
    more = f" and {len(hosts) - most} more" if len(hosts) > most else ""
    return f"{', '.join(hosts[:most])}{more}"
