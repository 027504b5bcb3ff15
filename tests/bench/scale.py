"""Measures site.yml and the same template work as plain tasks over simulated hosts (tests/bench/simulated).

What is counted is the run in which nothing is to be done. Before it the hosts are brought there: by a deployment of
each service, or quicker, by hosts that take over what they are compared with.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench import plain
from tests.bench.run import watched
from tests.bench.site import ROOT, Site, playbook

SIZES = (10, 100)
CORBEL, PLAIN = "site.yml", "plain tasks"
MIB = 2.0**20
HERE = "localhost"


class SetupError(Exception):
    """The hosts did not come to the state that is to be measured."""


def measure(count: int, folder: Path, deploy: bool, ways: Sequence[str]) -> list[dict[str, Any]]:
    """Measure a number of hosts in each way."""
    rows = []
    for way in ways:
        site = Site(folder / f"{count}-{way.split('.')[0].replace(' ', '-')}", count).make()
        command = playbook(site, "playbooks/site.yml")
        if way == PLAIN:
            written = plain.write(site.folder)
            command = playbook(site, written, "-e", f"@{site.folder / 'registered.yml'}")
            prepare(site, playbook(site, "playbooks/secrets.yml"))
            prepare(site, command)
        elif deploy:
            prepare(site, command)
        else:
            adopt(site)
        rows.append({"hosts": count, "way": way, **unchanged(site, command, roles_of(site, way))})
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    return rows


def roles_of(site: Site, way: str) -> dict[str, str]:
    """Give the variables that choose the roles."""
    return {"ANSIBLE_ROLES_PATH": str(site.folder / "roles")} if way == PLAIN else {}


def adopt(site: Site) -> None:
    """Make secrets and certificates, then let the hosts take over what a comparison expects of them."""
    prepare(site, playbook(site, "playbooks/secrets.yml"))
    prepare(site, playbook(site, "playbooks/hosts.yml", "--tags", "certificates"))
    prepare(site, playbook(site, "playbooks/site.yml"), adopting=True)


def prepare(site: Site, command: list[str], adopting: bool = False) -> None:
    """Run what is not measured; its output goes to a file beside the site."""
    log = site.folder / "prepare.log"
    environment = site.environment(adopting) | roles_of(site, PLAIN if "plain.yml" in command[-1] else CORBEL)
    with log.open("a", encoding="utf-8") as output:
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False)
    if done.returncode:
        raise SetupError(f"{Path(command[-1]).name} ended with {done.returncode} on simulated hosts; see {log}")


def unchanged(site: Site, command: list[str], extra: Mapping[str, str]) -> dict[str, Any]:
    """Measure one run."""
    report = site.folder / "report.json"
    site.simulation_seconds()
    environment = site.environment(report=report) | dict(extra)
    with (site.folder / "measured.log").open("w", encoding="utf-8") as output:
        used = watched(command, ROOT, environment, stdout=output, stderr=output)
    found = json.loads(report.read_text(encoding="utf-8"))
    tasks = tasks_by_host(found)
    return {
        **used,
        "simulation_seconds": round(site.simulation_seconds(), 2),
        "changed": found["results"]["changed"],
        "tasks_most": max(tasks.values(), default=0),
        "tasks_median": statistics.median(tasks.values()) if tasks else 0,
    }


def tasks_by_host(report: Mapping[str, Any]) -> Counter[str]:
    """Count the tasks that did something on each host, for whatever host; a skipped one did not."""
    found = Counter(
        result.get("where", host)
        for play in report["plays"]
        for task in play["tasks"]
        for host, result in task["hosts"].items()
        if result["outcome"] != "skipped"
    )
    # The controlling machine is none of the cloud.
    del found[HERE]
    return found


def table(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Give the rows for docs/benchmarks.md; the ratio is that of processor seconds to site.yml's."""
    heads = ("hosts", "way", "wall", "processor", "per host", "memory", "tasks on a host", "changed", "ratio")
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    listed = list(rows)
    own = {row["hosts"]: row["cpu_seconds"] for row in listed if row["way"] == CORBEL}
    for row in listed:
        ratio = f"{row['cpu_seconds'] / own[row['hosts']]:.1f}" if own.get(row["hosts"]) else "-"
        cells = (
            f"{row['hosts']}",
            f"{row['way']}",
            f"{row['wall_seconds']:.0f} s",
            f"{row['cpu_seconds']:.0f} s",
            f"{row['cpu_seconds'] / row['hosts']:.2f} s",
            f"{row['peak_memory_bytes'] / MIB:.0f} MiB",
            f"{row['tasks_median']:.0f}, at most {row['tasks_most']}",
            f"{row['changed']}",
            ratio,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines
