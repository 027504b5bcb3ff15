"""Programs the lab runs."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError


def run(command: Sequence[str | Path], *, stdin: str | None = None, cwd: Path | None = None) -> str:
    """Run a program and give its output; an error names the program and shows the end of what it said."""
    argv = [str(part) for part in command]
    result = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, cwd=cwd)
    if result.returncode:
        said = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        raise LabError(f"'{shlex.join(argv)[:300]}' ended with exit code {result.returncode}: {said}")
    return result.stdout


def dying_with_parent(command: Sequence[str | Path]) -> list[str | Path]:
    """The same command in namespaces of its own, gone with its children and mounts however this process ends."""
    return ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "slave", "--pid", "--fork",
            "--kill-child", "--mount-proc", *command]  # fmt: skip
