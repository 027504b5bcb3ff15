"""What the campaign does, drawn from a seed, and what it remembers of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FRESH = "fresh"
# Changes of options, each a file below changes/: what the services stand on, and what runs servers.
CHANGES = ("platform", "compute")
# Who is killed: the process group, which leaves Ansible's workers to end their tasks, or these and their connections
# as well, which leaves what they began on hosts.
GROUP, TREE = "group", "tree"
FIRST, LAST = 0.01, 0.99


def run(change: str, there: bool) -> str:
    """Name the run that brings a change or takes it back."""
    return f"{change}-{'there' if there else 'back'}"


@dataclass
class Kill:
    """The end of one start of a run."""

    # The part of the undisturbed run's time after which it comes.
    moment: float
    victims: str
    done: bool = False
    after: float = 0.0
    # The run was faster than the moment; nothing was killed.
    too_late: bool = False
    step: str = ""


@dataclass
class Trial:
    """A run that is started and killed, once or several times, and how the repeat went that was let be."""

    number: int
    kills: list[Kill]
    # Which change the run brings or takes back; none for a deployment on new hosts.
    change: str = ""
    there: bool = True
    done: bool = False
    repeat_seconds: float = 0.0
    repeat_code: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def run(self) -> str:
        """The run that is killed, as a word: trials of the same word have the same clean cloud."""
        return run(self.change, self.there) if self.change else FRESH

    @property
    def changed(self) -> str:
        """The change that the run brings, if it does not take one back."""
        return self.change if self.there else ""

    @property
    def good(self) -> bool:
        """Whether one repeat made the cloud whole."""
        return self.done and self.repeat_code == 0 and not self.differences

    @property
    def killed(self) -> list[Kill]:
        """The kills that met a run."""
        return [one for one in self.kills if one.done and not one.too_late]

    def forget(self) -> None:
        """Begin anew."""
        self.kills = [Kill(one.moment, one.victims) for one in self.kills]
        self.done = False


def draw(kills: int, fresh: int, each: int, seed: int) -> list[Trial]:
    """Trials: first changes, on a cloud that is there, then deployments from nothing, which take longest."""
    chance = random.Random(seed)  # noqa: S311  no secret comes of it
    trials = [Trial(number, [_drawn(chance, 1)]) for number in range(kills - fresh)]
    for trial in trials:
        trial.there, trial.change = trial.number % 2 == 0, CHANGES[trial.number // 2 % len(CHANGES)]
    for first in range(0, fresh, each):
        count = min(each, fresh - first)
        trials.append(Trial(len(trials), [_drawn(chance, count) for _ in range(count)]))
    return trials


def _drawn(chance: random.Random, count: int) -> Kill:
    """Draw one of several kills in a row, which on average reach the end of the run together."""
    last = LAST if count == 1 else 2 * LAST / count
    return Kill(round(chance.uniform(FIRST, last), 4), chance.choice([GROUP, TREE]))


@dataclass
class Campaign:
    """All that is kept between two calls, so that hours of work survive an interruption."""

    path: Path
    arguments: dict[str, Any]
    trials: list[Trial]
    # Seconds of each undisturbed run.
    seconds: dict[str, float] = field(default_factory=dict)

    def save(self) -> None:
        """Write everything in one step."""
        content = {"arguments": self.arguments, "seconds": self.seconds, "trials": [asdict(one) for one in self.trials]}
        draft = self.path.with_suffix(".tmp")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        draft.replace(self.path)


def resume(path: Path, topology: str, **drawn: int) -> Campaign:
    """Go on with a campaign of the same arguments, or begin one."""
    arguments = {**drawn, "topology": topology}
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["arguments"] == arguments:
            return Campaign(path, arguments, [loaded(one) for one in content["trials"]], content["seconds"])
    return Campaign(path, arguments, draw(**drawn))


def loaded(kept: dict[str, Any]) -> Trial:
    """A trial as it was kept."""
    return Trial(**{**kept, "kills": [Kill(**one) for one in kept["kills"]]})


def table(trials: Sequence[Trial]) -> list[str]:
    """What was done, for a terminal, with the differences below."""
    lines = [f"  {'NO':>3} {'RUN':<14} {'KILLED AFTER':>13} {'REPEAT':>8}  {'VICTIMS':<7} {'RESULT':<14} STEP"]
    done = [trial for trial in trials if trial.done]
    for trial in done:
        lines += rows(trial)
        lines += [f"      {difference}" for difference in trial.differences[:20]]
    killed = sum(len(trial.killed) for trial in done)
    wanted = sum(len(trial.kills) for trial in trials)
    good = sum(trial.good for trial in done)
    return [*lines, f"  {killed} killed of {wanted}, {good} of {len(done)} clouds whole after one repeat"]


def rows(trial: Trial) -> Iterator[str]:
    """A line for each kill; the last one has the result."""
    shown = [one for one in trial.kills if one.done]
    for kill in shown:
        repeat, result = "", "killed again"
        if kill is shown[-1]:
            repeat = f"{trial.repeat_seconds:.0f} s"
            result = "same" if trial.good else f"exit code {trial.repeat_code}" if trial.repeat_code else "DIFFERS"
        step = "ended before it could be killed" if kill.too_late else kill.step
        yield (
            f"  {trial.number:>3} {trial.run:<14} {kill.after:>11.0f} s {repeat:>8}  "
            f"{kill.victims:<7} {result:<14} {step}"
        )
