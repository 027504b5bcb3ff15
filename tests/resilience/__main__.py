"""Kills runs at random moments and asks whether one repeat makes the cloud whole."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ansible.module_utils.corbel import run_journal

from tests.resilience import plan
from tests.resilience.cloud import ROOT, CampaignError, Cloud
from tests.resilience.kill import Ended


class Deployable(Protocol):
    """What the campaign needs of a cloud."""

    work: Path

    @property
    def inventory(self) -> Path: ...
    def fresh_hosts(self) -> None: ...
    def deploy(self, log: str, change: str = "", **how: Any) -> Ended: ...
    def digest(self, log: str) -> dict[str, Any]: ...
    def differences(self, clean: dict[str, Any], log: str, drawn: bool) -> list[str]: ...
    def log(self, name: str) -> Path: ...


def clean_path(cloud: Deployable, name: str) -> Path:
    """Where the digest of a clean run is."""
    return cloud.work / f"clean-{name}.json"


def undisturbed(cloud: Deployable, campaign: plan.Campaign, name: str, change: str) -> None:
    """Run without a disturbance: how long it takes, and what there is then."""
    log = f"clean-{name}"
    if name == plan.FRESH:
        cloud.fresh_hosts()
    ended = cloud.deploy(log, change)
    if ended.code:
        raise CampaignError(f"the undisturbed run '{name}' ended with exit code {ended.code}; see {cloud.log(log)}")
    # A second run lets what depends on the order of hosts come to rest, as the repeat of a killed one does.
    if name == plan.FRESH and cloud.deploy(f"{log}-again").code:
        raise CampaignError(f"the second undisturbed run failed; see {cloud.log(f'{log}-again')}")
    campaign.seconds[name] = round(ended.seconds, 1)
    clean_path(cloud, name).write_text(json.dumps(cloud.digest(f"{log}-digest"), indent=1) + "\n")
    campaign.save()


def baselines(cloud: Deployable, campaign: plan.Campaign) -> None:
    """Have the clean run of each trial; what an earlier call has is kept. Each change is taken back after it."""
    wanted = {plan.FRESH: ""}
    for change in dict.fromkeys(trial.change for trial in campaign.trials if trial.change):
        wanted |= {plan.run(change, there=True): change, plan.run(change, there=False): ""}
    for name, change in wanted.items():
        if name not in campaign.seconds:
            print(f"undisturbed run: {name}", flush=True)
            undisturbed(cloud, campaign, name, change)


def attempt(cloud: Deployable, campaign: plan.Campaign, trial: plan.Trial) -> None:
    """Kill a run as often as the trial says, repeat it once, compare."""
    log = f"trial-{trial.number:03d}"
    trial.forget()
    if not trial.change:
        cloud.fresh_hosts()
    for number, kill in enumerate(trial.kills):
        moment = kill.moment * campaign.seconds[trial.run]
        earlier = latest(cloud)
        ended = cloud.deploy(f"{log}-killed-{number}", trial.changed, kill_after=moment, victims=kill.victims)
        kill.done, kill.after, kill.too_late = True, round(ended.seconds, 1), ended.code is not None
        kill.step = last_step(latest(cloud), earlier)
        if kill.too_late:
            # The machine is faster than it was; later moments are parts of the new time. Only a first start tells it.
            if number == 0:
                campaign.seconds[trial.run] = kill.after
            break
    repeat = cloud.deploy(f"{log}-repeat", trial.changed)
    trial.repeat_seconds, trial.repeat_code = round(repeat.seconds, 1), repeat.code or 0
    clean = json.loads(clean_path(cloud, trial.run).read_text())
    trial.differences = cloud.differences(clean, f"{log}-digest", drawn=not trial.change)
    trial.done = True
    campaign.save()


def latest(cloud: Deployable) -> run_journal.Run | None:
    """The latest run that the journal knows."""
    environment = {run_journal.STATE_VARIABLE: str(cloud.work / "state")}
    return run_journal.last_run(run_journal.state_folder([str(cloud.inventory)], environment))


def last_step(run: run_journal.Run | None, earlier: run_journal.Run | None) -> str:
    """Where a run was; one that died early has no journal, and the latest is that of the run before it."""
    return run.step() if run and (earlier is None or run.run != earlier.run) else "before the journal"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.resilience", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="kills in all (default 50)")
    parser.add_argument("--fresh", type=int, default=30, help="of these, in deployments on new hosts (default 30)")
    parser.add_argument(
        "--each",
        type=int,
        default=3,
        help="how often each such deployment is started and killed before it is let be (default 3)",
    )
    parser.add_argument("--seed", type=int, default=1, help="draws the moments; the same seed draws the same ones")
    parser.add_argument("--topology", default="small", help="file name in lab/topologies, without .yml")
    parser.add_argument("--name", default="resilience", help="name of the lab")
    parser.add_argument("--only", type=int, help="just this trial, once the undisturbed runs are there")
    options = parser.parse_args(arguments)
    if not 0 <= options.fresh <= options.kills:
        parser.error(f"--fresh is {options.fresh}, expected 0 to {options.kills}, the number of --kills")
    if options.each < 1:
        parser.error(f"--each is {options.each}, expected 1 or more")
    return options


def main(arguments: Sequence[str] | None = None, cloud: Deployable | None = None) -> int:
    """Run what is left of the campaign; exit code 1 if a cloud was not whole after one repeat."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    work = ROOT / ".lab" / f"{options.name}-campaign"
    subject: Deployable = cloud or Cloud(options.name, options.topology, work)
    path = subject.work / "campaign.json"
    drawn = {"kills": options.kills, "fresh": options.fresh, "each": options.each, "seed": options.seed}
    campaign = plan.resume(path, options.topology, **drawn)
    try:
        baselines(subject, campaign)
        for trial in campaign.trials:
            if options.only not in (None, trial.number) or (trial.done and options.only is None):
                continue
            moments = ", ".join(f"{kill.moment:.0%} ({kill.victims})" for kill in trial.kills)
            print(f"trial {trial.number}: {trial.run}, killed after {moments} of its time", flush=True)
            attempt(subject, campaign, trial)
            print("\n".join(plan.table([trial])[1:-1]), flush=True)
    except CampaignError as error:
        print(f"{error}\nRun the same command again to go on; {path} remembers what was done.", file=sys.stderr)
        return 1
    print("\n".join(plan.table(campaign.trials)))
    return 0 if all(trial.good for trial in campaign.trials if trial.done) else 1


if __name__ == "__main__":
    sys.exit(main())
