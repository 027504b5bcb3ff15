"""`python -m tests.bench run` measures a cloud, `… compare A B` two such, `… rings` rings, `… scale` and `… preflight`
many hosts."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tests.bench import preflight, rings, scale
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
    many = verbs.add_parser("scale", help="measure an unchanged site of simulated hosts, and the same as plain tasks")
    many.add_argument("--hosts", default=",".join(map(str, scale.SIZES)), help="numbers of hosts, such as 10,100,300")
    many.add_argument("--way", action="append", choices=[scale.CORBEL, scale.PLAIN], help="repeatable; both by default")
    many.add_argument("--deploy", action="store_true", help="bring the hosts there by a whole deployment, not quicker")
    many.add_argument("--folder", type=Path, default=ROOT / ".lab/bench/scale", help="folder for the sites")
    checks = verbs.add_parser("preflight", help="measure the checks of an inventory and of simulated hosts")
    checks.add_argument("--hosts", default=",".join(map(str, preflight.SIZES)), help="numbers of hosts, such as 10,100")
    checks.add_argument("--folder", type=Path, default=ROOT / ".lab/bench/preflight", help="folder for the sites")
    return made


def measure_preflight(arguments: argparse.Namespace) -> int:
    """Measure each number of hosts."""
    found = [row for count in arguments.hosts.split(",") for row in preflight.measure(int(count), arguments.folder)]
    (arguments.folder / "last.json").write_text(json.dumps({"version": 1, "preflight": found}, indent=1) + "\n")
    print("\n".join(preflight.table(found)))
    print(f"written to {arguments.folder / 'last.json'}")
    return max(row["status"] for row in found)


def measure_scale(arguments: argparse.Namespace) -> int:
    """Measure each number of hosts; the file holds what was measured so far."""
    ways = arguments.way or [scale.CORBEL, scale.PLAIN]
    found: list[dict[str, Any]] = []
    for count in arguments.hosts.split(","):
        found += scale.measure(int(count), arguments.folder, arguments.deploy, ways)
        (arguments.folder / "last.json").write_text(json.dumps({"version": 1, "scale": found}, indent=1) + "\n")
    print("\n".join(scale.table(found)))
    print(f"written to {arguments.folder / 'last.json'}")
    return max(row["status"] for row in found)


def main() -> int:
    arguments = parser().parse_args()
    if arguments.verb == "scale":
        return measure_scale(arguments)
    if arguments.verb == "preflight":
        return measure_preflight(arguments)
    if arguments.verb == "compare":
        before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (arguments.before, arguments.after))
        print("\n".join(compare(before, after)))
        return 0
    if arguments.verb == "rings":
        found = rings.measure(arguments.environment, arguments.devices or rings.SIZES, arguments.repeat)
        print("\n".join(rings.table(found)))
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
