"""The next step of a ring, as tables of what is declared and what the builder file holds."""

from typing import Any

import pytest
from ansible.module_utils.corbel import ring_plan
from ansible.module_utils.corbel.ring_model import Ring, RingError, Spec

from tests.unit.ring.stand_in import device, held, ring, spec

FOUR = tuple(map(device, range(1, 5)))


def words(plan: ring_plan.Plan) -> list[str]:
    return [step.words for step in plan.steps]


def test_a_new_ring_gets_all_at_once() -> None:
    plan = ring_plan.compute(spec(weight_step=10.0), None)
    assert words(plan)[0] == "make the builder: 2^7 partitions, 3 replicas"
    assert [step.values.get("weight") for step in plan.steps[1:]] == [100.0] * 4
    assert plan.rebalance
    assert not plan.optional


def test_nothing_to_do() -> None:
    assert ring_plan.compute(spec(), ring()) == ring_plan.Plan()


@pytest.mark.parametrize(
    ("wanted", "there", "expected", "rebalance"),
    [
        (spec(min_part_hours=2), ring(), ["min_part_hours 1 becomes 2"], False),
        (spec(overload=0.2), ring(), ["overload 0.1 becomes 0.2"], True),
        (spec(replicas=2.0), ring(), ["replicas 3 becomes 2"], True),
        (
            spec(device(1, port=6300), *FOUR[1:]),
            ring(),
            ["192.0.2.1/d1: port 6200 becomes 6300"],
            False,
        ),
        (
            spec(device(1, replication_ip="198.51.100.1", meta="rack 1"), *FOUR[1:]),
            ring(),
            ["192.0.2.1/d1: replication_ip '192.0.2.1' becomes '198.51.100.1', meta '' becomes 'rack 1'"],
            False,
        ),
        (spec(device(1, zone=7), *FOUR[1:]), ring(), ["192.0.2.1/d1: zone 1 becomes 7"], True),
        (spec(device(1, weight=50.0), *FOUR[1:]), ring(), ["192.0.2.1/d1: weight 100 becomes 50"], True),
        (
            spec(*FOUR, device(5)),
            ring(),
            ["192.0.2.5/d1: added to region 1, zone 5 with weight 100"],
            True,
        ),
        (spec(*FOUR[:3]), ring(), ["192.0.2.4/d1: drained, weight 100 becomes 0"], True),
        (spec(*FOUR[:3]), ring(*map(held, (1, 2, 3)), held(4, weight=0.0, parts=3)), [], True),
        (
            spec(*FOUR[:3]),
            ring(*map(held, (1, 2, 3)), held(4, weight=0.0, parts=0)),
            ["192.0.2.4/d1: drained and empty, removed"],
            True,
        ),
        (
            spec(*FOUR[:3], lost=frozenset({"192.0.2.4/d1"})),
            ring(),
            ["192.0.2.4/d1: lost, its 96 partitions get other devices"],
            True,
        ),
        (
            spec(*FOUR[:3], lost=frozenset({"192.0.2.4/*", "192.0.2.77/d1"})),
            ring(),
            ["192.0.2.4/d1: lost, its 96 partitions get other devices"],
            True,
        ),
    ],
)
def test_steps(wanted: Spec, there: Ring, expected: list[str], rebalance: bool) -> None:
    plan = ring_plan.compute(wanted, there)
    assert words(plan) == expected
    assert plan.rebalance is rebalance
    assert plan.waiting == []


@pytest.mark.parametrize(
    ("now", "target", "step", "value", "remaining"),
    [
        (100.0, 200.0, 0.0, 200.0, 0),
        (100.0, 200.0, 30.0, 130.0, 1),
        (190.0, 200.0, 30.0, 200.0, 0),
        (100.0, 10.0, 30.0, 70.0, 1),
        (100.0, 0.0, 30.0, 70.0, 1),
    ],
)
def test_weights_go_in_steps(now: float, target: float, step: float, value: float, remaining: int) -> None:
    plan = ring_plan.compute(
        spec(device(1, weight=target), *FOUR[1:], weight_step=step), ring(held(1, weight=now), *map(held, (2, 3, 4)))
    )
    assert [one.values["value"] for one in plan.steps] == [value]
    assert plan.remaining == remaining


def test_a_new_device_begins_with_one_step() -> None:
    plan = ring_plan.compute(spec(*FOUR, device(5), weight_step=25.0), ring())
    assert words(plan) == ["192.0.2.5/d1: added to region 1, zone 5 with weight 25 of 100"]
    assert plan.remaining == 1


def test_drains_go_in_steps_too() -> None:
    plan = ring_plan.compute(spec(*FOUR[:3], weight_step=40.0), ring())
    assert words(plan) == ["192.0.2.4/d1: drained, weight 100 becomes 60"]
    assert plan.remaining == 1


def test_replicas_change_by_one() -> None:
    plan = ring_plan.compute(spec(replicas=4.0), ring(replicas=2.0))
    assert words(plan) == ["replicas 2 becomes 3"]
    assert plan.remaining == 1


@pytest.mark.parametrize(
    ("there", "behind", "reason"),
    [
        (ring(seconds_left=2040), None, "partitions moved less than min_part_hours (1 h) ago, 34 min are left"),
        (
            ring(),
            ["192.0.2.3:6200 does not answer: timed out"],
            "replication has not caught up (192.0.2.3:6200 does not",
        ),
        (ring(), list("abcd"), "replication has not caught up (a, b, c and 1 more)"),
    ],
)
def test_moves_wait_and_say_for_what(there: Ring, behind: list[str] | None, reason: str) -> None:
    plan = ring_plan.compute(spec(*FOUR, device(5), min_part_hours=1), there, behind)
    assert plan.steps == []
    assert not plan.rebalance
    assert reason in plan.waiting[0]
    assert plan.waiting[0].startswith("1 change of ring object must wait: ")
    assert plan.remaining == 1


def test_information_does_not_wait() -> None:
    plan = ring_plan.compute(spec(device(1, port=6300), *FOUR[1:], device(5)), ring(seconds_left=60))
    assert words(plan) == ["192.0.2.1/d1: port 6200 becomes 6300"]
    assert len(plan.waiting) == 1
    assert not plan.rebalance


@pytest.mark.parametrize(("seconds", "behind"), [(60, None), (0, ["one"])])
def test_lost_devices_do_not_wait_and_everything_else_stays(seconds: int, behind: list[str] | None) -> None:
    wanted = spec(*FOUR[:3], device(5), lost=frozenset({"192.0.2.4/d1"}))
    plan = ring_plan.compute(wanted, ring(seconds_left=seconds), behind)
    assert [step.action for step in plan.steps] == ["lose"]
    assert plan.lost == [4]
    assert plan.rebalance
    assert plan.hold


def test_an_empty_device_is_not_removed_before_replication_caught_up() -> None:
    there = ring(*map(held, (1, 2, 3)), held(4, weight=0.0, parts=0))
    assert ring_plan.compute(spec(*FOUR[:3]), there, ["one"]).steps == []


@pytest.mark.parametrize(
    ("there", "optional", "waits"),
    [
        (ring(held(1, parts_wanted=3), *map(held, (2, 3, 4))), True, False),
        (ring(dispersion=0.5), True, False),
        (ring(dispersion=0.5, seconds_left=9), False, True),
        (ring(), False, False),
    ],
)
def test_a_ring_that_could_be_better_is_tried_again(there: Ring, optional: bool, waits: bool) -> None:
    plan = ring_plan.compute(spec(), there)
    assert (plan.optional, plan.rebalance, bool(plan.waiting)) == (optional, optional, waits)


@pytest.mark.parametrize(
    ("wanted", "there", "message"),
    [
        (spec(part_power=8), ring(), "part_power is 8, the builder file has 7; it cannot change"),
        (spec(), ring(growing=True), "an increase of the part power has begun"),
        (spec(fixed_replicas=True), ring(replicas=4.0), "the policy has 3 fragments, the builder file 4"),
        (spec(replicas=9.0), ring(), "expected at least 9"),
    ],
)
def test_refusals(wanted: Spec, there: Ring, message: str) -> None:
    with pytest.raises(RingError, match=message):
        ring_plan.compute(wanted, there)


@pytest.mark.parametrize(
    ("wanted", "there", "asked"),
    [
        (spec(), None, False),
        (spec(), ring(), False),
        (spec(*FOUR, device(5)), ring(), True),
        (spec(*FOUR, device(5)), ring(seconds_left=5), False),
        (spec(*FOUR[:3], lost=frozenset({"192.0.2.4/*"})), ring(), True),
        (spec(), ring(dispersion=1.0), True),
        (spec(device(1, meta="x"), *FOUR[1:]), ring(), False),
    ],
)
def test_servers_are_asked_only_when_data_would_move(wanted: Spec, there: Any, asked: bool) -> None:
    assert ring_plan.needs_replication(wanted, there) is asked
