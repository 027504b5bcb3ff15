"""Measures: `python -m tests.bench run --phase noop`, `… compare A B`, `… rings`, `… comparison`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.bench import comparison, rings
from tests.bench.compare import compare
from tests.bench.phases import PHASES
from tests.bench.run import measure

DEFAULT = ("noop", "check")
ROOT = Path(__file__).resolve().parents[2]


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    verbs = made.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="measure phases and write one JSON file")
    chosen = f"repeatable; {' and '.join(DEFAULT)} when not given"
    run.add_argument("--phase", action="append", choices=sorted(PHASES), help=chosen)
    run.add_argument("--inventory", default=".lab/cloud/inventory", help="inventory of the cloud")
    run.add_argument("--output", type=Path, default=ROOT / ".lab/bench/last.json", help="file for the measurement")
    run.add_argument("--repeat", type=int, default=1, help="runs per phase; the file holds each")
    both = verbs.add_parser("compare", help="print what changed between two measurements")
    both.add_argument("before", type=Path)
    both.add_argument("after", type=Path)
    ring = verbs.add_parser("rings", help="measure the module swift_ring against swift-ring-builder")
    ring.add_argument("--environment", required=True, help="environment with Swift, such as one of a release")
    ring.add_argument("--devices", type=int, action="append", help=f"repeatable; {rings.SIZES} when not given")
    ring.add_argument("--repeat", type=int, default=3, help="runs of each; medians are printed")
    hosts = verbs.add_parser("comparison", help="measure a comparison of hosts that are not there")
    hosts.add_argument("--hosts", type=int, action="append", help=f"repeatable; {comparison.SIZES} when not given")
    return made


def main() -> int:
    arguments = parser().parse_args()
    if arguments.verb == "compare":
        before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (arguments.before, arguments.after))
        print("\n".join(compare(before, after)))
        return 0
    if arguments.verb == "rings":
        found = rings.measure(arguments.environment, arguments.devices or rings.SIZES, arguments.repeat)
        print("\n".join(rings.table(found)))
        return 0
    if arguments.verb == "comparison":
        measured = [comparison.measure(count) for count in arguments.hosts or comparison.SIZES]
        print("\n".join(comparison.table(measured)))
        return 0
    measured = [
        measure(PHASES[name], arguments.inventory, ROOT)
        for name in arguments.phase or DEFAULT
        for _ in range(arguments.repeat)
    ]
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps({"version": 1, "phases": measured}, indent=1) + "\n", encoding="utf-8")
    print("\n".join(compare({"phases": []}, {"phases": measured})))
    print(f"written to {arguments.output}")
    return max((entry["status"] for entry in measured), default=0)


if __name__ == "__main__":
    sys.exit(main())
