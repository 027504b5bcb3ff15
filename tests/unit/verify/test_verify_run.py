"""Steps that depend on each other: what is run, what is skipped, what is said."""

from collections.abc import Callable

import pytest
from ansible.module_utils.corbel.verify_run import (
    NotApplicableError,
    Outcome,
    Poll,
    Runner,
    Step,
    StepError,
    table,
    verdict,
)
from ansible.module_utils.corbel.verify_steps import places, unit_names


def raising(error: Exception) -> Callable[[], str]:
    def run() -> str:
        raise error

    return run


def results(steps: list[Step]) -> dict[str, str]:
    return {outcome.name: outcome.result for outcome in Runner(steps, known_errors=(OSError,)).run()}


@pytest.mark.parametrize(
    ("error", "result", "dependent"),
    [
        (None, "passed", "passed"),
        (StepError("wrong"), "failed", "skipped"),
        (NotApplicableError("alone"), "skipped", "skipped"),
        (OSError("refused"), "failed", "skipped"),
        (ZeroDivisionError("defect"), "failed", "skipped"),
    ],
)
def test_what_a_step_decides_for_the_next(error: Exception | None, result: str, dependent: str) -> None:
    steps = [
        Step("first", "", raising(error) if error else lambda: "fine"),
        Step("second", "", lambda: "fine", needs=("first",)),
        Step("removal", "", lambda: "fine", needs=("second",), always=True),
    ]
    assert results(steps) == {"first": result, "second": dependent, "removal": "passed"}


def test_polling_asks_until_the_time_is_over() -> None:
    now = [0.0]
    asked = []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    poll = Poll(clock=lambda: now[0], sleep=sleep, interval=2)
    with pytest.raises(StepError, match="still building after 10 s"):
        poll.until(lambda: asked.append(now[0]), 10, lambda: "still building")
    assert asked == [0, 2, 4, 6, 8, 10]
    assert poll.until(lambda: "good", 0, lambda: "") == "good"


def test_the_table_and_the_verdict() -> None:
    outcomes = [
        Outcome("a", "One", "passed", 1.04, "fine " * 50),
        Outcome("b", "Second", "failed", 20, "wrong"),
        Outcome("c", "Third", "skipped", 0, "needs b"),
    ]
    assert verdict(outcomes) == "1 of 3 steps passed in 21 s; failed: b; 1 skipped"
    lines = table(outcomes, width=60)
    assert lines[1:] == ["  Second  FAILED     20.0 s  wrong", "  Third   skipped     0.0 s  needs b"]
    assert len(lines[0]) <= 60


def test_where_to_look_names_the_host_of_the_failure_first_and_no_host_twice() -> None:
    catalogue = [
        {"name": "nova", "apis": [{"name": "nova-api"}], "daemons": [{"name": "nova-conductor"}]},
        {"name": "nova_compute", "daemons": [{"name": "nova-compute"}]},
    ]
    units = unit_names(catalogue, {"nova_compute": ["libvirtd"], "message_queue": ["rabbitmq-server"]})
    groups = {"nova": ["c1"], "nova_compute": ["n1", "n2"], "message_queue": ["c1"]}
    outcomes = [
        Outcome("a", "", "failed", 0, "", ("nova_compute", "nova"), "n2"),
        Outcome("b", "", "failed", 0, "", ("nova", "message_queue"), None),
        Outcome("c", "", "passed", 0, "", ("unknown",), None),
    ]
    assert places(outcomes, groups, units) == [
        {"host": "n2", "units": ["nova-compute", "libvirtd"]},
        {"host": "c1", "units": ["nova-api", "nova-conductor", "rabbitmq-server"]},
    ]
