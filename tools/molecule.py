"""Runs the Molecule scenarios of all roles (`make molecule`); arguments name roles to run only these."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".lab" / "log"


def scenarios(roles: Path, wanted: set[str]) -> list[tuple[Path, str]]:
    """Role folders and scenario names, in alphabetical order; all of them if `wanted` is empty."""
    found = [(path.parent.parent.parent, path.parent.name) for path in sorted(roles.glob("*/molecule/*/molecule.yml"))]
    return [(role, scenario) for role, scenario in found if not wanted or role.name in wanted]


def run(role: Path, scenario: str, log: Path) -> int:
    """One scenario, output to a log."""
    program = Path(sys.executable).parent / "molecule"
    environment = {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }
    with log.open("w") as output:
        command = [str(program), "test", "--scenario-name", scenario]
        return subprocess.run(
            command, cwd=role, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode


def main() -> int:
    """Run them all; a failure shows the end of its log and does not stop the others."""
    LOGS.mkdir(parents=True, exist_ok=True)
    found = scenarios(ROOT / "roles", set(sys.argv[1:]))
    if not found:
        print("no scenario found under roles/*/molecule; expected at least one. Check the role names given.")
        return 1
    failed = []
    for role, scenario in found:
        started = time.monotonic()
        log = LOGS / f"molecule-{role.name}-{scenario}.log"
        code = run(role, scenario, log)
        print(
            f"{'ok    ' if code == 0 else 'FAILED'} {role.name}/{scenario} {time.monotonic() - started:.0f} s",
            flush=True,
        )
        if code:
            failed.append(f"{role.name}/{scenario}")
            print("\n".join(log.read_text(errors="replace").splitlines()[-60:]))
            print(f"whole output: {log}", flush=True)
    print(f"{len(found) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
