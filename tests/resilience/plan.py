"""What the campaign does, drawn from a seed, and what it remembers of it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FRESH, CHANGE = "fresh", "change"
# Changes of options, each a file below changes/: what the services stand on, and what runs servers.
CHANGES = ("platform", "compute")
# Who is killed: the process group, which leaves Ansible's workers to end their tasks, or these and their connections
# as well, which leaves what they began on hosts.
GROUP, TREE = "group", "tree"


def run(change: str, there: bool) -> str:
    """Name the run that brings a change or takes it back."""
    return f"{change}-{'there' if there else 'back'}"


@dataclass
class Trial:
    """A run that is killed at a part of its time, and how the repeat went."""

    number: int
    kind: str
    moment: float
    victims: str
    # Of a change: which, and whether to the changed options or back to the clean ones.
    change: str = ""
    there: bool = True
    done: bool = False
    killed_after: float = 0.0
    # The run was faster than the moment; nothing was killed.
    too_late: bool = False
    step: str = ""
    repeat_seconds: float = 0.0
    repeat_code: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def run(self) -> str:
        """The run that is killed, as a word: trials of the same word have the same clean cloud."""
        return run(self.change, self.there) if self.kind == CHANGE else FRESH

    @property
    def changed(self) -> str:
        """The change that the run brings, if it does not take one back."""
        return self.change if self.there else ""

    @property
    def good(self) -> bool:
        """Whether one repeat made the cloud whole."""
        return self.done and self.repeat_code == 0 and not self.differences


def draw(kills: int, fresh: int, seed: int) -> list[Trial]:
    """Trials: first changes, on a cloud that is there, then deployments from nothing, which take longest."""
    chance = random.Random(seed)  # noqa: S311  no secret comes of it
    trials = []
    for number in range(kills):
        kind = CHANGE if number < kills - fresh else FRESH
        trials.append(Trial(number, kind, round(chance.uniform(0.01, 0.99), 4), chance.choice([GROUP, TREE])))
    for number, trial in enumerate(trial for trial in trials if trial.kind == CHANGE):
        trial.there, trial.change = number % 2 == 0, CHANGES[number // 2 % len(CHANGES)]
    return trials


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


def resume(path: Path, kills: int, fresh: int, seed: int, topology: str) -> Campaign:
    """Go on with a campaign of the same arguments, or begin one."""
    arguments = {"kills": kills, "fresh": fresh, "seed": seed, "topology": topology}
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["arguments"] == arguments:
            return Campaign(path, arguments, [Trial(**one) for one in content["trials"]], content["seconds"])
    return Campaign(path, arguments, draw(kills, fresh, seed))


def table(trials: Sequence[Trial]) -> list[str]:
    """What was done, for a terminal, with the differences below."""
    lines = [f"  {'NO':>3} {'RUN':<14} {'KILLED AFTER':>13} {'REPEAT':>8}  {'VICTIMS':<7} {'RESULT':<14} STEP"]
    for trial in (trial for trial in trials if trial.done):
        result = "same" if trial.good else f"exit code {trial.repeat_code}" if trial.repeat_code else "DIFFERS"
        step = "ended before it could be killed" if trial.too_late else trial.step
        lines.append(
            f"  {trial.number:>3} {trial.run:<14} {trial.killed_after:>11.0f} s {trial.repeat_seconds:>6.0f} s  "
            f"{trial.victims:<7} {result:<14} {step}"
        )
        lines += [f"      {difference}" for difference in trial.differences[:20]]
    done = [trial for trial in trials if trial.done]
    killed = [trial for trial in done if not trial.too_late]
    good = sum(trial.good for trial in done)
    return [*lines, f"  {len(killed)} killed of {len(trials)}, {good} of {len(done)} whole after one repeat"]
