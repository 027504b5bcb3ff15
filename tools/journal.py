"""Lists the runs of a cloud that this machine remembers: `python -m tools.journal -i INVENTORY`."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ansible.module_utils.corbel import run_journal, run_lock


def at_work(folder: Path) -> str:
    """The run that has the lock now; empty if nobody has it."""
    try:
        handle = os.open(folder / run_lock.FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = run_lock.read(handle)
        return holder.run if holder else "unknown"
    finally:
        os.close(handle)
    return ""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.journal", description=__doc__)
    parser.add_argument("-i", "--inventory", action="append", required=True, help="as ansible-playbook has it")
    parser.add_argument("--last", type=int, default=20, help="how many runs (default 20)")
    parser.add_argument("--json", action="store_true", help="everything that is known, for programs")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the runs, the newest last."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    folder = run_journal.state_folder(options.inventory, os.environ)
    found, alive = run_journal.runs(folder)[-options.last :], at_work(folder)
    if options.json:
        print(json.dumps({"folder": str(folder), "at_work": alive, "runs": [asdict(run) for run in found]}, indent=1))
        return 0
    if not found:
        print(f"This machine has run nothing on this cloud (looked in {folder}).")
        return 0
    print("\n".join(run_journal.table(found, alive)))
    if alive:
        print(f"\nAt work now: {alive}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
