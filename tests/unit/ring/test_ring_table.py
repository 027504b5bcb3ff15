"""What moves between two tables of a ring: rows are replicas, columns partitions, values devices."""

from typing import Any

import pytest
from ansible.module_utils.corbel.ring_table import Moves, compare, endangered

BEFORE = [[0, 0, 1, 1], [1, 1, 2, 2], [2, 3, 3, 0]]


@pytest.mark.parametrize(
    ("after", "lost", "moves"),
    [
        (BEFORE, [], Moves()),
        ([[4, 0, 1, 1], [1, 1, 2, 2], [2, 3, 3, 0]], [], Moves(1, 1, 1, 0)),
        ([[4, 0, 1, 1], [5, 1, 2, 2], [2, 3, 3, 0]], [], Moves(1, 2, 2, 0)),
        ([[4, 4, 1, 1], [1, 1, 2, 2], [2, 3, 3, 4]], [], Moves(3, 3, 1, 0)),
        # Two replicas that change places move nothing; one that moves and one that takes its place are one move.
        ([[1, 0, 1, 1], [0, 1, 2, 2], [2, 3, 3, 0]], [], Moves(0, 0, 0, 0)),
        ([[1, 0, 1, 1], [4, 1, 2, 2], [2, 3, 3, 0]], [], Moves(1, 1, 1, 0)),
        ([[4, 4, 1, 1], [1, 1, 2, 2], [2, 3, 3, 4]], [0], Moves(0, 0, 0, 3)),
        ([[4, 4, 1, 1], [5, 1, 2, 2], [2, 3, 3, 4]], [0], Moves(1, 1, 1, 3)),
        ([*BEFORE, [3, 2, 0, 3]], [], Moves(0, 0, 0, 4)),
        (BEFORE[:2], [], Moves(0, 0, 0, 0)),
    ],
)
def test_moves(after: list[list[int]], lost: list[int], moves: Moves) -> None:
    assert compare(BEFORE, after, lost) == moves


def test_a_first_table_moves_nothing() -> None:
    assert compare([], BEFORE) == Moves(0, 0, 0, 12)


@pytest.mark.parametrize(
    ("lost", "needed", "count"),
    [([], 1, 0), ([0], 1, 0), ([0, 1], 1, 0), ([0, 1, 2], 1, 2), ([0], 3, 3), ([0, 1, 2, 3], 1, 4), ([9], 3, 0)],
)
def test_partitions_that_keep_too_few_replicas(lost: list[int], needed: int, count: int) -> None:
    assert endangered(BEFORE, lost, needed) == count


def test_an_empty_ring_has_nothing_to_lose() -> None:
    empty: list[Any] = []
    assert endangered(empty, [1], 1) == 0
