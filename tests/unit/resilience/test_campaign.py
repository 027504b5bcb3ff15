"""The campaign from its seed to its table, with a cloud that keeps a record instead of hosts."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import run_journal

from tests.resilience import __main__ as campaign
from tests.resilience import plan
from tests.resilience.cloud import CHANGES, ROOT, CampaignError, Cloud
from tests.resilience.kill import Ended


class Pretended:
    """A cloud that takes 100 seconds to deploy and is as `wrong` says."""

    def __init__(self, work: Path) -> None:
        self.work, self.inventory = work, work / "inventory"
        self.did: list[str] = []
        self.wrong: list[str] = []
        self.repeat_code = 0
        work.mkdir(exist_ok=True)

    def fresh_hosts(self) -> None:
        self.did.append("hosts")

    def deploy(self, log: str, change: str = "", **how: Any) -> Ended:
        moment = how.get("kill_after")
        self.did.append(f"{change or 'deploy'} {'killed' if moment is not None else 'whole'}")
        if moment is None:
            return Ended(self.repeat_code if "repeat" in log else 0, 100.0)
        return Ended(None, moment)

    def digest(self, log: str) -> dict[str, Any]:
        return {"a": {}}

    def differences(self, clean: dict[str, Any], log: str, drawn: bool) -> list[str]:
        return list(self.wrong)

    def log(self, name: str) -> Path:
        return self.work / f"{name}.log"


@pytest.fixture
def cloud(tmp_path: Path) -> Pretended:
    return Pretended(tmp_path / "work")


def test_a_seed_draws_the_same_trials() -> None:
    trials = plan.draw(50, 10, 1, 7)
    assert trials == plan.draw(50, 10, 1, 7) != plan.draw(50, 10, 1, 8)
    assert [trial.run == plan.FRESH for trial in trials] == [False] * 40 + [True] * 10
    assert [trial.run for trial in trials[:5]] == [
        *["platform-there", "platform-back", "compute-there", "compute-back", "platform-there"]
    ]
    assert {kill.victims for trial in trials for kill in trial.kills} == {plan.GROUP, plan.TREE}
    assert all(0 < kill.moment < 1 for trial in trials for kill in trial.kills)


def test_a_deployment_is_killed_several_times_in_a_row() -> None:
    fresh = plan.draw(20, 14, 6, 7)[6:]
    assert [len(trial.kills) for trial in fresh] == [6, 6, 2]
    assert [trial.number for trial in fresh] == [6, 7, 8]
    assert all(kill.moment < 1 / 3 for trial in fresh[:2] for kill in trial.kills)


def test_changes_go_there_and_back_and_fresh_ones_get_new_hosts(cloud: Pretended) -> None:
    assert campaign.main(["--kills", "4", "--fresh", "1"], cloud) == 0
    assert cloud.did == [
        *["hosts", "deploy whole", "deploy whole"],
        *["platform whole", "deploy whole", "compute whole", "deploy whole"],
        *["platform killed", "platform whole"],
        *["deploy killed", "deploy whole"],
        *["compute killed", "compute whole"],
        *["hosts", "deploy killed", "deploy whole"],
    ]


def test_a_deployment_that_is_started_again_is_killed_again(
    cloud: Pretended, capsys: pytest.CaptureFixture[str]
) -> None:
    assert campaign.main(["--kills", "3", "--fresh", "3", "--each", "3"], cloud) == 0
    assert cloud.did[3:] == ["hosts", "deploy killed", "deploy killed", "deploy killed", "deploy whole"]
    output = capsys.readouterr().out
    assert "3 killed of 3, 1 of 1 clouds whole after one repeat" in output
    assert [output.count(word) for word in ("killed again", " same ")] == [4, 2]


def test_a_deployment_that_ended_is_not_killed_any_more(cloud: Pretended) -> None:
    whole = cloud.deploy

    def deploy(log: str, change: str = "", **how: Any) -> Ended:
        return Ended(0, 20.0) if log.endswith("killed-1") else whole(log, change, **how)

    cloud.deploy = deploy  # type: ignore[method-assign]
    assert campaign.main(["--kills", "3", "--fresh", "3", "--each", "3"], cloud) == 0
    content = json.loads((cloud.work / "campaign.json").read_text())
    assert [kill["done"] for kill in content["trials"][0]["kills"]] == [True, True, False]
    assert [kill["too_late"] for kill in content["trials"][0]["kills"]] == [False, True, False]
    # Only a run that began on new hosts tells how long such a run takes.
    assert content["seconds"] == {"fresh": 100.0}


def test_a_run_that_died_early_has_no_step() -> None:
    earlier, later = run_journal.Run("a", task="Last of the run before"), run_journal.Run("b", task="Its own")
    assert campaign.last_step(earlier, earlier) == campaign.last_step(None, None) == "before the journal"
    assert campaign.last_step(later, earlier) == later.step()


def test_no_kill_at_all_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        campaign.main(["--each", "0"])
    assert "--each is 0, expected 1 or more" in capsys.readouterr().err


def test_without_changes_only_the_fresh_run_is_measured(cloud: Pretended) -> None:
    assert campaign.main(["--kills", "1", "--fresh", "1"], cloud) == 0
    assert cloud.did == ["hosts", "deploy whole", "deploy whole", "hosts", "deploy killed", "deploy whole"]


def test_a_difference_fails_the_campaign_and_is_shown(cloud: Pretended, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.wrong = ["a file /etc/x: missing"]
    assert campaign.main(["--kills", "1", "--fresh", "0"], cloud) == 1
    output = capsys.readouterr().out
    assert "DIFFERS" in output
    assert "a file /etc/x: missing" in output
    assert "0 of 1 clouds whole after one repeat" in output


def test_a_repeat_that_fails_is_no_success(cloud: Pretended, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.repeat_code = 2
    assert campaign.main(["--kills", "1", "--fresh", "0"], cloud) == 1
    assert "exit code 2" in capsys.readouterr().out


def test_a_campaign_goes_on_where_it_was(cloud: Pretended) -> None:
    arguments = ["--kills", "2", "--fresh", "0"]
    assert campaign.main(arguments, cloud) == 0
    cloud.did.clear()
    assert campaign.main(arguments, cloud) == 0
    assert cloud.did == []
    assert campaign.main([*arguments, "--only", "1"], cloud) == 0
    assert cloud.did == ["deploy killed", "deploy whole"]
    assert campaign.main([*arguments, "--seed", "2"], cloud) == 0
    assert "hosts" in cloud.did


def test_an_undisturbed_run_that_fails_ends_it(
    cloud: Pretended, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cloud, "deploy", lambda *_, **__: Ended(2, 1.0))
    assert campaign.main(["--kills", "1", "--fresh", "0"], cloud) == 1
    assert "the undisturbed run 'fresh' ended with exit code 2" in capsys.readouterr().err


def test_more_fresh_ones_than_kills_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        campaign.main(["--kills", "1", "--fresh", "2"])
    assert "--fresh is 2, expected 0 to 1" in capsys.readouterr().err


def test_secrets_of_the_first_deployment_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud("x", "small", tmp_path / "work")
    inventory = tmp_path / "inventory"
    monkeypatch.setattr(Cloud, "inventory", inventory)
    (tmp_path / "work").mkdir()
    called: list[str] = []

    def lab(_: Cloud, verb: str, *arguments: str) -> None:
        called.append(verb)
        if verb == "down":
            for path in sorted(inventory.rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()

    monkeypatch.setattr(Cloud, "_lab", lab)
    cloud.fresh_hosts()
    (inventory / "group_vars/all").mkdir(parents=True)
    (inventory / "group_vars/all/secrets.yml").write_text("first")
    (inventory / "certificates").mkdir()
    (inventory / "certificates/ca.pem").write_text("authority")
    cloud.fresh_hosts()
    assert called == ["down", "up"] * 2
    assert (inventory / "group_vars/all/secrets.yml").read_text() == "first"
    assert (inventory / "certificates/ca.pem").read_text() == "authority"


def test_differences_are_asked_for_until_agents_have_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud("x", "small", tmp_path)
    answers = [{"a": {"row": {}}}, {"a": {"row": {"hypervisor c1": "1"}}}]
    monkeypatch.setattr(Cloud, "digest", lambda *_: answers.pop(0))
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert cloud.differences({"a": {"row": {"hypervisor c1": "1"}}}, "log", drawn=False) == []
    assert answers == []


def test_a_host_that_cannot_be_read_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cloud, "_playbook", lambda *_, **__: Ended(4, 1.0))
    with pytest.raises(CampaignError, match="the hosts could not be read"):
        Cloud("x", "small", tmp_path).digest("log")


def test_the_campaign_file_is_whole(cloud: Pretended) -> None:
    campaign.main(["--kills", "1", "--fresh", "0", "--topology", "small"], cloud)
    content = json.loads((cloud.work / "campaign.json").read_text())
    assert content["arguments"] == {"kills": 1, "fresh": 0, "each": 3, "seed": 1, "topology": "small"}
    assert content["trials"][0]["done"] is True
    assert content["seconds"] == {"fresh": 100.0, "platform-there": 100.0, "platform-back": 100.0}


def test_the_program_starts_by_itself_as_make_calls_it() -> None:
    command = [sys.executable, "-m", "tests.resilience", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--kills" in done.stdout


def test_a_run_that_was_faster_than_its_moment_tells_the_time_of_the_next(cloud: Pretended) -> None:
    cloud.deploy = lambda log, change="", **how: Ended(0, 10.0)  # type: ignore[method-assign]
    assert campaign.main(["--kills", "1", "--fresh", "1"], cloud) == 0
    content = json.loads((cloud.work / "campaign.json").read_text())
    assert content["trials"][0]["kills"][0]["too_late"] is True
    assert content["seconds"] == {"fresh": 10.0}


def test_each_change_is_a_file() -> None:
    assert {path.stem for path in CHANGES.glob("*.yml")} == set(plan.CHANGES)
