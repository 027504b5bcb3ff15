"""Strands: walks through plays that take turns, so that their questions to a host travel together."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Question:
    """A call of a module that a walk wants answered by the host."""

    module: str
    arguments: dict[str, Any]
    check: bool
    answered: Callable[[dict[str, Any]], None]


@dataclass
class Strand:
    """Work in a thread of its own that runs only while it is given the turn: no two strands ever run at once."""

    work: Callable[[Strand], None]
    questions: list[Question] = field(default_factory=list)
    waiting: bool = False
    _turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _thread: threading.Thread | None = None

    def ask(self, module: str, arguments: dict[str, Any], check: bool) -> dict[str, Any]:
        """Wait for the answer; the other strands go on meanwhile."""
        answers: list[dict[str, Any]] = []
        self.questions.append(Question(module, arguments, check, answers.append))
        self.waiting = True
        self._back.release()
        self._turn.acquire()
        return answers[0]

    def leave(self, question: Question) -> None:
        """Ask without waiting."""
        self.questions.append(question)

    def advance(self) -> None:
        """Give the strand the turn until it waits or ends."""
        self.waiting = False
        if self._thread is None:
            context = contextvars.copy_context()
            self._thread = threading.Thread(target=context.run, args=(self._run,), daemon=True)
            self._thread.start()
        else:
            self._turn.release()
        self._back.acquire()

    def _run(self) -> None:
        try:
            self.work(self)
        finally:
            self._back.release()


Answers = Callable[[list[Question]], list[dict[str, Any]]]


def together(strands: list[Strand], send: Answers) -> int:
    """Let all strands run to their end; give how often the host was asked."""
    asked = 0
    for strand in strands:
        strand.advance()
    while True:
        questions = [question for strand in strands for question in strand.questions]
        for strand in strands:
            strand.questions = []
        if questions:
            asked += 1
            for question, answer in zip(questions, send(questions), strict=True):
                question.answered(answer)
        waiting = [strand for strand in strands if strand.waiting]
        if not waiting and not questions:
            return asked
        for strand in waiting:
            strand.advance()
