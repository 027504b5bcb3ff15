"""`python -m tools.split_run -i inventory/mycloud --worker operator@machine1 --worker operator@machine2`.

Runs playbooks/site.yml: here for all hosts but those that are parted, then on the workers for a part of these each.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.run_report import summary, write

from tools.split_run import project, report, worker
from tools.split_run.plan import GROUPS, SPLIT, Plan, SplitError, make, shortened

ROOT = Path(__file__).resolve().parents[2]
SITE, READ = "playbooks/site.yml", "playbooks/read_hypervisors.yml"
READS = {"hypervisor_info": "__nova_compute_host"}
HOSTS_FAILED, WORKER_LOST = 2, 3


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tools.split_run", description=__doc__)
    made.add_argument("-i", "--inventory", type=Path, required=True, help="folder of the inventory")
    made.add_argument("--worker", action="append", default=[], help="user@machine, reached by SSH; repeatable")
    made.add_argument(
        "--split", action="append", help=f"group whose hosts are parted; repeatable; {SPLIT[0]} by default"
    )
    made.add_argument("--programs", default=worker.PROGRAMS, help="folder of ansible-runner and Ansible on the workers")
    made.add_argument("--ssh", default=worker.SSH, help="command that reaches a worker")
    made.add_argument("--report", type=Path, help="file for the report of the whole run")
    made.add_argument("arguments", nargs="*", help="after --: further arguments of ansible-playbook, such as --check")
    return made


def groups_of(inventory: Path) -> dict[str, list[str]]:
    """Read the hosts of the four groups."""
    program = str(Path(sys.executable).with_name("ansible"))
    found = {}
    for name in GROUPS:
        argv = [program, "-i", str(inventory), name, "--list-hosts"]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SplitError(f"{inventory}: found no inventory that Ansible reads, expected one: {done.stderr.strip()}")
        found[name] = [line.strip() for line in done.stdout.splitlines()[1:]]
    return found


def here(inventory: Path, plan: Plan, arguments: list[str], folder: Path) -> tuple[int, dict[str, Any] | None]:
    """Run site.yml for the hosts that stay with this machine."""
    left = folder / "here.json"
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    argv = [program, "-i", str(inventory), "--limit", ",".join(plan.kept), *arguments, SITE]
    done = subprocess.run(argv, cwd=ROOT, env={**os.environ, "CORBEL_REPORT": str(left)}, check=False)
    return done.returncode, json.loads(left.read_text(encoding="utf-8")) if left.exists() else None


def on_workers(job: worker.Job, plan: Plan) -> list[worker.Outcome]:
    """Run a playbook on all workers at once."""
    with concurrent.futures.ThreadPoolExecutor(len(plan.parts)) as pool:
        running = [pool.submit(worker.run, job, name, hosts, told) for name, hosts in plan.parts.items()]
        return [one.result() for one in running]


def told(line: str) -> None:
    print(line, flush=True)


def status_of(outcomes: list[worker.Outcome]) -> int:
    """Say what did not end well, and give the exit status."""
    for one in outcomes:
        if one.state != worker.DONE:
            told(f"[{one.state}] {one.worker}: {one.reason}")
    states = {one.state for one in outcomes}
    return WORKER_LOST if worker.LOST in states else HOSTS_FAILED if worker.FAILED in states else 0


def read_of(outcomes: list[worker.Outcome]) -> dict[str, dict[str, Any]]:
    """Give what was read of each host, by the name under which roles look for it."""
    return {
        host: {READS[action]: {key: value for key, value in found.items() if not key.startswith("_ansible")}}
        for one in outcomes
        for host, results in one.events.results.items()
        for action, found in results.items()
        if action in READS
    }


def run(options: argparse.Namespace, folder: Path) -> int:
    """Do the steps of a split run; each only if the one before it ended well."""
    inventory = options.inventory.resolve()
    plan = make(groups_of(inventory), options.split or SPLIT, options.worker)
    for name, hosts in plan.parts.items():
        told(f"{name}: {len(hosts)} hosts, {shortened(hosts)}")
    status, first = here(inventory, plan, options.arguments, folder)
    if status:
        told(f"[failed] here: site.yml ended with {status} for the hosts that are not parted; no worker was started")
        return status
    sent = folder / "sent"
    # Secrets and authorities are made by the first step, so the inventory is copied after it.
    project.write(sent, inventory, project.vault_password())
    usual = {"environment": project.environment(), "ssh": options.ssh, "programs": options.programs}
    read = on_workers(worker.Job(sent, READ, [], **usual), plan)
    if status := status_of(read):
        told("Nothing was changed on the hosts that are parted: some could not be read.")
        return status
    project.write_facts(sent, read_of(read))
    outcomes = on_workers(worker.Job(sent, SITE, options.arguments, **usual), plan)
    parted = report.side_by_side([one.events.report(one.usage) for one in outcomes])
    whole = report.one_after_the_other([*([first] if first else []), parted])
    if options.report:
        write(options.report, whole)
    told("\n".join(summary(whole, 10)))
    return status_of(outcomes)


def main() -> int:
    options = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="corbel-split-") as folder:
        try:
            return run(options, Path(folder))
        except SplitError as error:
            print(error, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
