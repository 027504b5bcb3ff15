"""Which host goes where when a run is split."""

from __future__ import annotations

import pytest

from tools.split_run import plan

GROUPS = {
    "controller": ["controller1", "controller2", "controller3"],
    "network": ["network1"],
    "compute": [f"compute{number}" for number in range(1, 12)] + ["storage1"],
    "storage": ["storage1", "storage2"],
}


def test_what_needs_a_quorum_stays_here_and_the_rest_is_parted() -> None:
    made = plan.make(GROUPS, ["compute"], ["a", "b"])
    assert made.kept == ["controller1", "controller2", "controller3", "network1", "storage1", "storage2"]
    assert made.parts == {
        "a": ["compute1", "compute2", "compute3", "compute4", "compute5", "compute6"],
        "b": ["compute7", "compute8", "compute9", "compute10", "compute11"],
    }


def test_a_host_with_another_duty_is_parted_when_all_its_duties_are() -> None:
    made = plan.make(GROUPS, ["compute", "storage"], ["a"])
    assert "storage1" in made.parts["a"]
    assert "storage1" not in made.kept


def test_workers_beyond_the_number_of_hosts_are_left_out() -> None:
    assert plan.parts(["one", "two"], ["a", "b", "c"]) == {"a": ["one"], "b": ["two"]}


@pytest.mark.parametrize(
    ("split", "workers", "message"),
    [
        (["controller"], ["a"], "--split: found controller, expected some of network, compute, storage; controllers"),
        (["nova"], ["a"], "--split: found nova, expected some of"),
        (["compute"], [], "--worker: found none, expected at least one machine, each once"),
        (["compute"], ["a", "a"], "--worker: found a, a, expected at least one machine, each once"),
        (["network"], ["a"], None),
    ],
)
def test_what_cannot_be_is_refused(split: list[str], workers: list[str], message: str | None) -> None:
    if message is None:
        assert plan.make(GROUPS, split, workers).parts == {"a": ["network1"]}
        return
    with pytest.raises(plan.SplitError, match=message):
        plan.make(GROUPS, split, workers)


def test_a_site_without_hosts_to_part_is_refused() -> None:
    groups = {"controller": ["one"], "compute": ["one"]}
    with pytest.raises(plan.SplitError, match="found no host that is in compute alone, expected some to part; use"):
        plan.make(groups, ["compute"], ["a"])


def test_hosts_are_named_in_short() -> None:
    assert plan.shortened(["a", "b", "c"], most=2) == "a, b and 1 more"
