"""Command line of tools.cloud: `up` and `test`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tools.cloud.phases import PhaseError, Runner
from tools.cloud.summary import render

ROOT = Path(__file__).resolve().parent.parent.parent
LAB = ROOT / ".lab"
NAME = "cloud"
INVENTORY = LAB / NAME / "inventory"
PYTHON = sys.executable
INTEGRATION = "tests/integration"
# What guards every change has half an hour for a cloud: these steps copy gigabytes or start servers once more, on
# emulated processors. `make cloud` and `make test-storage` take all steps.
LONG_STEPS = ["volume_backup", "volume_boot", "volume_retype", "resize"]


def _playbook(name: str, **variables: Any) -> list[str]:
    program = Path(PYTHON).parent / "ansible-playbook"
    extra = ["--extra-vars", json.dumps(variables)] if variables else []
    return [str(program), "-i", str(INVENTORY), f"playbooks/{name}.yml", *extra]


def deploy(runner: Runner, planned: bool) -> None:
    """Deploy as a newcomer does, or by a saved plan, which fails if the run makes more or less than the plan says."""
    if not planned:
        runner.stream("Deploy", _playbook("site"))
        return
    folder = LAB / "log" / "plan"
    runner.stream("Plan", ["env", f"CORBEL_PLAN={folder}", *_playbook("plan")])
    runner.stream("Deploy", _playbook("apply", plan=str(folder / "plan.json")))


def up(runner: Runner, topology: str, series: str, skip: list[str], planned: bool) -> None:
    """Hosts, release and guest image side by side, then deploy, first resources, verify."""
    runner.together(
        "Hosts and release",
        {
            "hosts": [PYTHON, "-m", "lab", "up", "--topology", topology, "--name", NAME],
            "release": [PYTHON, "-m", "tools.release", "build", series],
            "guest-image": [PYTHON, "-m", "lab", "guest-image"],
        },
    )
    deploy(runner, planned)
    runner.stream("First resources", _playbook("resources"))
    runner.stream("Verify", _playbook("verify", cloud_verify_skip=skip))


def main() -> int:
    """Run and say how it went; exit code 1 with one message if a phase failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.cloud")
    parser.add_argument("verb", choices=["up", "test"])
    parser.add_argument("--topology", default="default", help="file name in lab/topologies, without .yml")
    parser.add_argument("--tests", default=INTEGRATION, help="folder of the tests that `test` runs")
    parser.add_argument("--series", default="2026.1", help="series of the release")
    options = parser.parse_args()
    runner = Runner(LAB / "log", {"ANSIBLE_FORCE_COLOR": "1"} if sys.stdout.isatty() else {})
    # Every playbook ends with its critical path and leaves its report here, unless a benchmark wants it elsewhere.
    if "CORBEL_REPORT" not in os.environ:
        reports = LAB / "log" / "reports"
        reports.mkdir(parents=True, exist_ok=True)
        runner.environment["CORBEL_REPORT"] = str(reports)
    # A time limit or a closed terminal ends the run like Ctrl-C: in order, and with what to do next.
    for number in (signal.SIGTERM, signal.SIGHUP):
        # nohup has reasons to ignore one.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    was_running = (INVENTORY / "hosts.yml").exists()
    try:
        quick = options.verb == "test" and options.tests == INTEGRATION
        # On fresh hosts a plan has most to tell, and most to get wrong.
        planned = options.verb == "test" and not was_running
        up(runner, options.topology, options.series, LONG_STEPS if quick else [], planned)
        if options.verb == "test":
            runner.stream(
                "Test the cloud",
                [PYTHON, "-m", "pytest", options.tests, f"--ansible-inventory={INVENTORY}"],
            )
        print(render(INVENTORY, runner.phases, Path(".lab")))
        if options.verb == "test" and not was_running:
            runner.together("Remove the lab", {"remove": [PYTHON, "-m", "lab", "down", "--name", NAME]})
    except PhaseError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\nInterrupted. `make cloud` goes on from here; `make clean-cloud` removes what there is.", file=sys.stderr
        )
        return 130
    finally:
        if runner.log_directory.exists():
            phases = json.dumps([asdict(phase) for phase in runner.phases], indent=1)
            (runner.log_directory / "phases.json").write_text(phases + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
