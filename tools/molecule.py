"""Runs the Molecule scenarios of all roles (`make molecule`) or of those that are named, several at a time."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT / ".lab"
# Hosts need memory too: more at a time than this would want more of it than processors do.
MOST_AT_A_TIME = 4
# Scenarios of this name take too long for every change: `--campaigns` runs these and no others.
CAMPAIGN = "campaign"
LAST_LINES = 60
# What Molecule writes when a step failed; what follows is the removal of the hosts.
FAILURE = "Executed: Failed"


@dataclass(frozen=True)
class Scenario:
    """A scenario of a role."""

    folder: Path

    @property
    def role(self) -> Path:
        """Folder of the role."""
        return self.folder.parent.parent

    @property
    def title(self) -> str:
        """How people call it."""
        return f"{self.role.name}/{self.folder.name}"

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return LAB / "log" / f"molecule-{self.role.name}-{self.folder.name}.log"

    @property
    def work(self) -> Path:
        """Where Molecule keeps its files: by default in a place that all checkouts of a user share."""
        return LAB / ".molecule" / f"{self.role.name}-{self.folder.name}"

    def weight(self) -> tuple[bool, int]:
        """What makes a scenario long: hosts with a kernel of their own, then the number of hosts."""
        platforms = yaml.safe_load((self.folder / "molecule.yml").read_text())["platforms"]
        return "topology" in platforms[0], len(platforms)


@dataclass(frozen=True)
class Outcome:
    """How a scenario went."""

    scenario: Scenario
    code: int
    seconds: float


def scenarios(roles: Path, wanted: set[str], campaigns: bool = False) -> list[Scenario]:
    """All scenarios, or all campaigns, of the wanted roles; long ones first, so that none is left alone at the end."""
    found = [Scenario(path.parent) for path in sorted(roles.glob("*/molecule/*/molecule.yml"))]
    kind = [scenario for scenario in found if (scenario.folder.name == CAMPAIGN) == campaigns]
    chosen = [scenario for scenario in kind if not wanted or scenario.role.name in wanted]
    return sorted(chosen, key=Scenario.weight, reverse=True)


def run(scenario: Scenario) -> Outcome:
    """One scenario, output to its log."""
    program = Path(sys.executable).parent / "molecule"
    environment = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "MOLECULE_EPHEMERAL_DIRECTORY": str(scenario.work),
        "NO_COLOR": "1",
        "ANSIBLE_NOCOLOR": "1",
    }
    shutil.rmtree(scenario.work, ignore_errors=True)
    started = time.monotonic()
    with scenario.log.open("w") as output:
        done = subprocess.run(
            [str(program), "test", "--scenario-name", scenario.folder.name],
            cwd=scenario.role,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return Outcome(scenario, done.returncode, time.monotonic() - started)


def last_words(lines: list[str]) -> list[str]:
    """The end of what the failed step said."""
    end = next((number for number, line in enumerate(lines, 1) if FAILURE in line), len(lines))
    return lines[max(0, end - LAST_LINES) : end]


def report(outcome: Outcome) -> None:
    """One line, and the end of the log of what failed."""
    print(f"{'FAILED' if outcome.code else 'ok    '} {outcome.scenario.title} {outcome.seconds:.0f} s", flush=True)
    if outcome.code:
        print("\n".join(last_words(outcome.scenario.log.read_text(errors="replace").splitlines())))
        print(f"whole output: {outcome.scenario.log}", flush=True)


def run_all(found: Sequence[Scenario], jobs: int) -> list[Outcome]:
    """Run them, `jobs` at a time; a failure does not stop the others, an interruption starts no more."""
    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(run, scenario) for scenario in found]
        try:
            for future in as_completed(futures):
                outcomes.append(future.result())
                report(outcomes[-1])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return outcomes


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.molecule", description=__doc__)
    parser.add_argument("roles", nargs="*", metavar="ROLE", help="only the scenarios of these roles")
    parser.add_argument("--campaigns", action="store_true", help="the scenarios that take too long for every change")
    default = min(os.cpu_count() or 1, MOST_AT_A_TIME)
    parser.add_argument("--jobs", type=int, default=default, help=f"scenarios at a time (default here: {default})")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None, roles: Path = ROOT / "roles") -> int:
    """Run what is asked for; exit code 1 if anything of it failed or does not exist."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    started = time.monotonic()
    found = scenarios(roles, set(options.roles), options.campaigns)
    missing = sorted(set(options.roles) - {scenario.role.name for scenario in found})
    if missing or not found:
        print(
            f"found no scenario of {', '.join(missing) or 'any role'}; expected roles/<role>/molecule/*/molecule.yml. "
            "Check the role names given; tests/molecule/README.md says which roles have none."
        )
        return 1
    (LAB / "log").mkdir(parents=True, exist_ok=True)
    outcomes = run_all(found, max(1, options.jobs))
    failed = [outcome.scenario.title for outcome in outcomes if outcome.code]
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed, {time.monotonic() - started:.0f} s")
    if failed:
        print(f"failed: {', '.join(sorted(failed))}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
