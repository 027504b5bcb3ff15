"""Compares the tables of a ring: which replicas of which partitions change their device. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

Table = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Moves:
    """What lies between two tables."""

    partitions: int = 0  # of which a replica moves
    replicas: int = 0  # that move
    most: int = 0  # replicas of one partition that move at once
    placed: int = 0  # replicas that had no device, or a lost one


def compare(before: Table, after: Table, lost: Collection[int] = ()) -> Moves:
    """The moves between two tables. What a lost device held is placed anew, it does not move."""
    changed: Counter[int] = Counter()
    placed: Counter[int] = Counter()
    gone = set(lost)
    for old, new in zip(before, after, strict=False):
        if old == new:
            continue
        for part, (was, now) in enumerate(zip(old, new, strict=False)):
            if was == now:
                continue
            if was in gone:
                placed[part] += 1
            else:
                changed[part] += 1
    # Two replicas of a partition that change places in the table move nothing.
    for part in [part for part, count in changed.items() if count > 1]:
        had = Counter(row[part] for row in before if part < len(row) and row[part] not in gone)
        has = Counter(row[part] for row in after if part < len(row))
        changed[part] = (had - has).total()
    new_slots = sum(len(row) for row in after) - sum(len(row) for row in before)
    return Moves(
        sum(1 for count in changed.values() if count),
        changed.total(),
        max(changed.values(), default=0),
        placed.total() + max(0, new_slots),
    )


def endangered(table: Table, lost: Collection[int], needed: int) -> int:
    """Partitions that keep fewer replicas than are needed to read their objects."""
    gone = set(lost)
    if not gone or not table:
        return 0
    left = [0] * len(table[0])
    for row in table:
        for part, device in enumerate(row):
            if device not in gone:
                left[part] += 1
    return sum(1 for count in left if count < needed)
