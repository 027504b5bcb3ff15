# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Runs named steps that depend on each other and says what came of each. Knows nothing of a cloud."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


class StepError(Exception):
    """A step found something wrong; `host` is where to look first."""

    def __init__(self, message: str, host: str | None = None) -> None:
        super().__init__(message)
        self.host = host


class NotApplicableError(Exception):
    """A step has nothing to prove in this cloud; the message says why."""


@dataclass(frozen=True)
class Step:
    """One thing to prove. `suspects` are catalogue entries to look at when it fails."""

    name: str
    title: str
    run: Callable[[], str]
    needs: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    always: bool = False


@dataclass
class Outcome:
    """What came of a step."""

    name: str
    title: str
    result: str
    seconds: float
    detail: str
    suspects: tuple[str, ...] = ()
    host: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "result": self.result,
            "seconds": round(self.seconds, 1),
            "detail": self.detail,
            **({"suspects": list(self.suspects), "host": self.host} if self.result == FAILED else {}),
        }


@dataclass
class Runner:
    """Runs the steps in order, but those in `skip` and those whose needs did not pass unless they are `always`."""

    steps: list[Step]
    known_errors: tuple[type[Exception], ...]
    started: Callable[[Step], None] = lambda step: None
    finished: Callable[[Outcome], None] = lambda outcome: None
    clock: Callable[[], float] = time.monotonic
    skip: frozenset[str] = frozenset()
    outcomes: list[Outcome] = field(default_factory=list)

    def run(self) -> list[Outcome]:
        for step in self.steps:
            outcome = self.outcome(step)
            self.outcomes.append(outcome)
            self.finished(outcome)
        return self.outcomes

    def outcome(self, step: Step) -> Outcome:
        if step.name in self.skip:
            return Outcome(step.name, step.title, SKIPPED, 0.0, "left out by cloud_verify_skip")
        passed = {outcome.name for outcome in self.outcomes if outcome.result == PASSED}
        missing = [name for name in step.needs if name not in passed]
        if missing and not step.always:
            return Outcome(step.name, step.title, SKIPPED, 0.0, f"needs {' and '.join(missing)}")
        self.started(step)
        begun = self.clock()
        try:
            result, detail, host = PASSED, step.run(), None
        except NotApplicableError as error:
            result, detail, host = SKIPPED, str(error), None
        except StepError as error:
            result, detail, host = FAILED, str(error), error.host
        except self.known_errors as error:
            result, detail, host = FAILED, str(error), None
        except Exception as error:
            # A defect of the verification itself must not keep it from cleaning up.
            result, detail, host = FAILED, f"unexpected {type(error).__name__}: {error}", None
        return Outcome(step.name, step.title, result, self.clock() - begun, detail, step.suspects, host)


@dataclass
class Poll:
    """Asks again until an answer is good or the time is over."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    interval: float = 2.0

    def until(self, ask: Callable[[], Any], timeout: float, complaint: Callable[[], str]) -> Any:
        """Return the first answer that is not None; fail with what `complaint` says after `timeout` seconds."""
        end = self.clock() + timeout
        while True:
            answer = ask()
            if answer is not None:
                return answer
            if self.clock() >= end:
                raise StepError(f"{complaint()} after {timeout:.0f} s")
            self.sleep(self.interval)


def table(outcomes: list[Outcome], width: int = 110, title_width: int = 0) -> list[str]:
    """Return the outcomes as lines of a table for a terminal."""
    marks = {PASSED: "ok", FAILED: "FAILED", SKIPPED: "skipped"}
    longest = max((title_width, *(len(outcome.title) for outcome in outcomes)))
    lines = []
    for outcome in outcomes:
        start = f"  {outcome.title:<{longest}}  {marks[outcome.result]:<7} {outcome.seconds:>7.1f} s  "
        detail = outcome.detail if outcome.result == FAILED else outcome.detail[: max(20, width - len(start))]
        lines.append((start + detail).rstrip())
    return lines


def verdict(outcomes: list[Outcome]) -> str:
    """Return one sentence for all the outcomes."""
    counts = {result: sum(outcome.result == result for outcome in outcomes) for result in (PASSED, FAILED, SKIPPED)}
    seconds = sum(outcome.seconds for outcome in outcomes)
    text = f"{counts[PASSED]} of {len(outcomes)} steps passed in {seconds:.0f} s"
    if counts[FAILED]:
        names = ", ".join(outcome.name for outcome in outcomes if outcome.result == FAILED)
        text += f"; failed: {names}"
    if counts[SKIPPED]:
        text += f"; {counts[SKIPPED]} skipped"
    return text
