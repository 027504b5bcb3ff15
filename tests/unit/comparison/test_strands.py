"""Strands take turns; what they ask travels together."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel.comparison_strand import Question, Strand, together


def test_questions_of_all_strands_travel_together() -> None:
    sent: list[list[str]] = []
    heard: list[Any] = []

    def send(questions: list[Question]) -> list[dict[str, Any]]:
        sent.append([question.module for question in questions])
        return [{"said": question.module} for question in questions]

    def first(strand: Strand) -> None:
        strand.leave(Question("left", {}, True, heard.append))
        heard.append(strand.ask("one", {}, True))
        heard.append(strand.ask("two", {}, True))

    def second(strand: Strand) -> None:
        heard.append(strand.ask("three", {}, True))
        strand.leave(Question("last", {}, True, heard.append))

    assert together([Strand(first), Strand(second)], send) == 2
    assert sent == [["left", "one", "three"], ["two", "last"]]
    assert [one["said"] for one in heard] == ["left", "one", "three", "last", "two"]


def test_no_two_strands_run_at_once() -> None:
    running: list[str] = []

    def work(name: str) -> Any:
        def run(strand: Strand) -> None:
            for _ in range(50):
                running.append(name)
                assert running == [name]
                running.remove(name)
                strand.ask("any", {}, True)

        return run

    assert together([Strand(work(name)) for name in "abc"], lambda questions: [{} for _ in questions]) == 50


def test_nothing_to_ask_asks_nothing() -> None:
    assert together([Strand(lambda strand: None)], lambda questions: pytest.fail("nothing was asked")) == 0


def test_a_failing_host_is_reported_to_who_asked() -> None:
    def send(_: list[Question]) -> list[dict[str, Any]]:
        raise OSError("no route to host")

    with pytest.raises(OSError, match="no route"):
        together([Strand(lambda strand: strand.ask("one", {}, True) and None)], send)
