"""What docs/runs.md promises of runs: which take a lock, and how long a lost host is waited for."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest
from ansible.module_utils.corbel import run_lock

# Seconds that the documentation allows before a lost host is reported.
IN_A_TASK, BEFORE_A_TASK = 115, 125


@pytest.fixture(scope="module")
def settings(root: Path) -> dict[str, int]:
    """What Ansible and its SSH client are told."""
    config = configparser.ConfigParser()
    config.read(root / "ansible.cfg")
    ssh = config["ssh_connection"]
    words = dict(re.findall(r"-o (\w+)=(\S+)", ssh["ssh_args"]))
    return {
        "timeout": int(config["defaults"]["timeout"]),
        "retries": int(ssh["retries"]),
        "interval": int(words["ServerAliveInterval"]),
        "count": int(words["ServerAliveCountMax"]),
    }


def pauses(retries: int) -> int:
    """Seconds between the attempts of Ansible's ssh plugin."""
    return sum(min(2**attempt - 1, 30) for attempt in range(retries))


def test_a_host_lost_in_a_task_is_noticed_in_time(settings: dict[str, int]) -> None:
    noticed = settings["interval"] * (settings["count"] + 1)
    again = settings["retries"] * settings["timeout"]
    assert noticed <= 20
    assert noticed + again + pauses(settings["retries"]) <= IN_A_TASK


def test_a_host_that_cannot_be_reached_is_given_up_in_time(settings: dict[str, int]) -> None:
    attempts = (settings["retries"] + 1) * settings["timeout"]
    assert attempts + pauses(settings["retries"]) <= BEFORE_A_TASK


def test_the_documentation_has_these_figures(root: Path) -> None:
    text = (root / "docs/runs.md").read_text()
    assert f"| {IN_A_TASK} s |" in text
    assert f"| {BEFORE_A_TASK} s, " in text


def test_playbooks_that_take_no_lock_are_listed(root: Path) -> None:
    section = (root / "docs/runs.md").read_text().partition("Check mode takes no lock")[2].partition("\n\n")[0]
    assert {name for name in run_lock.READ_ONLY if f"`{name}.yml`" not in section} == set()


def test_a_deployment_has_the_lock_from_its_preflight_to_its_end(root: Path) -> None:
    imports = re.findall(r"import_playbook: (\w+)\.yml", (root / "playbooks/site.yml").read_text())
    changing = [name for name in imports if name not in run_lock.READ_ONLY]
    assert (changing[0], changing[-1]) == ("begin_run", "end_run")
