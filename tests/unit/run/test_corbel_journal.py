"""The callback plugin with ansible-playbook itself: the lock, the journal, and what modules are told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.module_utils.corbel import run_holder, run_journal, run_lock

ROOT = Path(__file__).resolve().parents[3]
# What a module sees of the run; also from a task that is included, and from a play with an environment of its own.
TOLD = """
- name: Tell
  hosts: all
  gather_facts: false
  environment: {OTHER: kept}
  tasks:
    - name: See the environment
      ansible.builtin.command: sh -c 'printenv CORBEL_RUN > told; printenv OTHER > other'
      args: {chdir: "{{ folder }}"}
    - name: Fail if told to
      ansible.builtin.command: test {{ fail | default('no') }} = no
"""


class Checkout:
    """A checkout with the plugins of this one and playbooks of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("callback_plugins", "module_utils"):
            (folder / name).mkdir()
        for name in ("callback_plugins/corbel_journal.py", "module_utils/corbel"):
            # A link would lead the plugin back to the playbooks of this checkout.
            subprocess.run(["cp", "-r", str(ROOT / name), str(folder / name)], check=True)
        (folder / "playbooks").mkdir()
        for name in ("site", "preflight", "apply"):
            (folder / "playbooks" / f"{name}.yml").write_text(TOLD)
        (folder / "outside.yml").write_text("- ansible.builtin.import_playbook: playbooks/site.yml\n")
        (folder / "elsewhere.yml").write_text(TOLD)
        (folder / "hosts.yml").write_text("all: {hosts: {one: {ansible_connection: local}}}\n")
        (folder / "ansible.cfg").write_text("[defaults]\n")
        self.state = folder / "state"

    @property
    def cloud(self) -> Path:
        return run_journal.state_folder([str(self.folder / "hosts.yml")], {"CORBEL_STATE": str(self.state)})

    def run(self, playbook: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "hosts.yml"]
        settings = {
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_CALLBACK_PLUGINS": str(self.folder / "callback_plugins"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_NOCOLOR": "1",
            "CORBEL_STATE": str(self.state),
        }
        return subprocess.run(
            [*command, "-e", f"folder={self.folder}", playbook, *arguments],
            cwd=self.folder,
            env={**os.environ, **settings, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def told(self) -> str:
        return (self.folder / "told").read_text().strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def holder(run: str = "r0") -> run_holder.Holder:
    pid = os.getpid()
    ticks, boot = run_holder.start_ticks(pid), run_holder.boot_id()
    return run_holder.Holder(run, "alice@mgmt", "site.yml", 0.0, pid, ticks, boot)


def test_a_run_is_in_the_journal_and_modules_know_it(checkout: Checkout) -> None:
    done = checkout.run("playbooks/site.yml", "--limit", "one", "-e", "plan=p7", CORBEL_PLAN="/written/to")
    assert done.returncode == 0, done.stdout + done.stderr
    run = run_journal.last_run(checkout.cloud)
    assert run is not None
    assert (run.playbook, run.plan, run.result, run.changed) == ("site.yml", "", "ok", {"one": 2})
    assert run.step() == "Tell [all] / Fail if told to"
    told = run_holder.load(checkout.told())
    assert told is not None
    assert (told.run, told.who, told.playbook) == (run.run, run.who, "site.yml")
    assert (checkout.folder / "other").read_text() == "kept\n"
    lines = (checkout.cloud / "runs" / f"{run.run}.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["arguments"]["subset"] == "one"
    events = [(entry["event"], entry.get("host")) for entry in map(json.loads, lines)]
    # Right after its task: steps of modules that leave no note on the host are known from here.
    assert events.count(("changed", "one")) == 2
    assert events[events.index(("task", None)) + 1] == ("changed", "one")


def test_the_journal_names_the_plan_that_is_applied(checkout: Checkout) -> None:
    done = checkout.run("playbooks/apply.yml", "-e", "plan=plans/plan.json")
    assert done.returncode == 0, done.stdout + done.stderr
    run, told = run_journal.last_run(checkout.cloud), run_holder.load(checkout.told())
    assert run is not None
    assert told is not None
    assert {run.plan, told.plan} == {str(checkout.folder / "plans/plan.json")}


def test_a_second_run_is_refused_before_its_first_task(checkout: Checkout) -> None:
    lock = run_lock.take(checkout.cloud, holder(), print)
    done = checkout.run("playbooks/site.yml")
    os.close(lock.handle)
    assert done.returncode == run_lock.REFUSED
    assert f"this cloud is being changed by alice@mgmt (site.yml, process {os.getpid()}" in done.stderr
    assert "PLAY" not in done.stdout
    assert "Traceback" not in done.stderr
    assert not (checkout.folder / "told").exists()


@pytest.mark.parametrize(
    ("playbook", "arguments"),
    [("playbooks/site.yml", ["--check"]), ("playbooks/preflight.yml", []), ("elsewhere.yml", [])],
)
def test_what_changes_no_cloud_takes_no_lock(checkout: Checkout, playbook: str, arguments: list[str]) -> None:
    lock = run_lock.take(checkout.cloud, holder(), print)
    done = checkout.run(playbook, *arguments)
    os.close(lock.handle)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run_journal.last_run(checkout.cloud) is None


def test_a_playbook_that_imports_one_of_ours_takes_the_lock(checkout: Checkout) -> None:
    lock = run_lock.take(checkout.cloud, holder(), print)
    done = checkout.run("outside.yml")
    os.close(lock.handle)
    assert done.returncode == run_lock.REFUSED


def test_a_part_of_another_run_takes_no_lock(checkout: Checkout) -> None:
    lock = run_lock.take(checkout.cloud, holder(), print)
    done = checkout.run("playbooks/site.yml", CORBEL_RUN=run_holder.dump(holder("whole")))
    os.close(lock.handle)
    assert done.returncode == 0, done.stdout + done.stderr
    told = run_holder.load(checkout.told())
    assert told is not None
    assert told.run == "whole"


def test_the_next_run_says_what_the_last_one_left(checkout: Checkout) -> None:
    assert checkout.run("playbooks/site.yml", "-e", "fail=yes").returncode == 2
    done = checkout.run("playbooks/site.yml")
    assert done.returncode == 0
    assert "failed. one: failed in Tell [all] / Fail if told to" in done.stdout
    assert "The last run" not in checkout.run("playbooks/site.yml").stdout


def test_a_run_that_was_killed_is_named_with_its_step(checkout: Checkout) -> None:
    journal = run_journal.journal_of(checkout.cloud, holder("20200101T000000Z-0000"))
    journal.begin(holder("20200101T000000Z-0000"), {})
    journal.note("play", 1, name="Prepare")
    journal.note("task", 2, name="Install")
    journal.close()
    done = checkout.run("playbooks/site.yml")
    assert done.returncode == 0
    said = "The last run (alice@mgmt, site.yml, 1970-01-01 00:00:00 UTC, 20200101T000000Z-0000) was interrupted in "
    assert said + "Prepare / Install." in " ".join(done.stdout.split())


def test_two_playbooks_of_one_command_are_two_runs(checkout: Checkout) -> None:
    done = checkout.run("playbooks/site.yml", "playbooks/site.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [run.result for run in run_journal.runs(checkout.cloud)] == ["ok", "ok"]


def test_a_folder_that_cannot_be_written_stops_the_run(checkout: Checkout) -> None:
    checkout.state.write_text("a file in the way")
    done = checkout.run("playbooks/site.yml")
    assert done.returncode == 1
    assert "name another in CORBEL_STATE" in done.stderr
    assert "PLAY" not in done.stdout
