"""Workers: two at once over simulated hosts, one that is lost, one that never answers."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from tests.bench.site import Site
from tools.split_run import project, worker
from tools.split_run.__main__ import HOSTS_FAILED, READ, WORKER_LOST, on_workers, read_of, status_of
from tools.split_run.plan import Plan, SplitError

# Takes the options and the machine off, and runs the command here.
HERE = """#!/bin/sh
while [ "$#" -gt 1 ]; do machine="$1"; shift; done
echo "$machine" >> "$0.machines"
[ "$machine" = operator@gone ] && { echo "ssh: connect to host gone port 22: No route to host" >&2; exit 255; }
[ "$machine" = operator@dying ] && { head -c 100 > /dev/null; exit 255; }
exec sh -c "$1"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path / "site", 4).make()
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def job(tmp_path: Path, site: Site) -> worker.Job:
    program = tmp_path / "ssh"
    program.write_text(HERE)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    sent = tmp_path / "sent"
    project.write(sent, site.inventory, project.vault_password())
    return worker.Job(sent, READ, [], project.environment(), str(program), str(Path(sys.executable).parent))


def test_two_workers_read_their_hosts_and_all_is_handed_on(job: worker.Job) -> None:
    plan = Plan([], {"operator@one": ["compute1", "compute2"], "operator@two": ["compute3"]})
    outcomes = on_workers(job, plan)
    assert status_of(outcomes) == 0, [outcome.reason for outcome in outcomes]
    assert [outcome.state for outcome in outcomes] == [worker.DONE, worker.DONE]
    read = read_of(outcomes)
    assert set(read) == {"compute1", "compute2", "compute3"}
    # Nothing is written to what all workers are sent at once.
    assert not (job.folder / "env").exists()
    assert read["compute3"]["__nova_compute_host"]["virt_type"] == "kvm"
    assert all(outcome.usage["cpu_seconds"] > 0 for outcome in outcomes)
    project.write_facts(job.folder, read)
    handed = yaml.safe_load((job.folder / "inventory" / project.FACTS).read_text())["all"]["hosts"]
    assert handed["compute1"]["__nova_compute_host"]["ssh_host_keys"]
    assert "_ansible_no_log" not in handed["compute1"]["__nova_compute_host"]


def test_a_lost_worker_is_named_with_its_hosts_and_does_not_hide_the_other(
    job: worker.Job, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = [f"compute{number}" for number in range(4, 10)]
    plan = Plan([], {"operator@one": ["compute1"], "operator@gone": hosts})
    outcomes = on_workers(job, plan)
    assert status_of(outcomes) == WORKER_LOST
    assert [outcome.state for outcome in outcomes] == [worker.DONE, worker.LOST]
    assert (
        "[lost] operator@gone: worker operator@gone was lost: ssh: connect to host gone port 22: No route to host; its "
        "hosts compute4, compute5, compute6, compute7 and 2 more may be half done. Mend the worker, or leave it"
    ) in capsys.readouterr().out


def test_a_worker_that_dies_in_the_middle_is_lost(job: worker.Job) -> None:
    outcome = worker.run(job, "operator@dying", ["compute1"], lambda line: None)
    assert outcome.state == worker.LOST
    assert "worker operator@dying was lost: " in outcome.reason


def test_a_worker_that_cannot_be_sent_its_work_is_not_waited_for(job: worker.Job) -> None:
    outcome = worker.run(replace(job, folder=job.folder / "none"), "operator@one", ["compute1"], lambda line: None)
    assert outcome.state == worker.LOST
    assert "worker operator@one was lost: it could not be sent its work (private_data_dir path is" in outcome.reason


def test_a_playbook_that_cannot_begin_is_a_failure_with_its_reason(job: worker.Job) -> None:
    (job.folder / "inventory/hosts.yml").write_text("{ no inventory")
    outcomes = on_workers(job, Plan([], {"operator@one": ["compute1"]}))
    assert status_of(outcomes) == HOSTS_FAILED
    assert "hosts.yml" in outcomes[0].reason or "inventory" in outcomes[0].reason


def test_what_is_sent_is_for_nobody_else_and_has_no_tests(job: worker.Job) -> None:
    assert stat.S_IMODE(job.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((job.folder / project.KEY).stat().st_mode) == 0o600
    assert not list(job.folder.rglob("molecule"))
    assert (job.folder / "project/playbooks/site.yml").is_file()


def test_an_inventory_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SplitError, match=r"-i: found .*hosts.yml, expected a folder with hosts.yml, as in inventory/ha"
    ):
        project.write(tmp_path / "sent", tmp_path / "hosts.yml", "")


def test_a_password_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(tmp_path / "none"))
    with pytest.raises(SplitError, match=r"none: found no password .*name its file with ANSIBLE_VAULT_PASSWORD_FILE"):
        project.vault_password()


def test_a_program_may_print_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "password"
    program.write_text("#!/bin/sh\necho opens\n")
    program.chmod(0o700)
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(program))
    assert project.vault_password() == "opens\n"
    assert os.access(program, os.X_OK)


def test_the_command_names_machine_and_programs(job: worker.Job) -> None:
    usual = worker.Job(job.folder, READ, [], {})
    argv = worker.command(usual, "operator@one")
    assert argv[:3] == ["ssh", "-o", "BatchMode=yes"]
    assert argv[-2:] == [
        "operator@one",
        "PATH=corbel/.venv/bin:$PATH; export PATH; exec ansible-runner worker",
    ]
