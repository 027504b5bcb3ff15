"""Finding, ordering and running the Molecule scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import molecule

CONTAINERS = "---\nplatforms:\n  - name: instance1\n"
THREE = CONTAINERS + "  - name: instance2\n  - name: instance3\n"
KERNEL = CONTAINERS + "    topology: molecule_uml\n"


@pytest.fixture
def roles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(molecule, "LAB", tmp_path / ".lab")
    for name, text in {"cache/default": CONTAINERS, "store/cluster": THREE, "switch/default": KERNEL}.items():
        role, scenario = name.split("/")
        folder = tmp_path / "roles" / role / "molecule" / scenario
        folder.mkdir(parents=True)
        (folder / "molecule.yml").write_text(text)
    return tmp_path / "roles"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of Molecule's, which notes its calls and fails for one role."""
    path = tmp_path / "bin" / "molecule"
    path.parent.mkdir()
    path.write_text(
        f'#!/bin/sh\necho "$(basename "$PWD") $*" >>{tmp_path}/calls\necho "said by $PWD"\n'
        '[ "$(basename "$PWD")" != store ]\n'
    )
    path.chmod(0o755)
    monkeypatch.setattr(molecule.sys, "executable", str(path.parent / "python"))
    return tmp_path / "calls"


def test_long_scenarios_come_first(roles: Path) -> None:
    found = [scenario.title for scenario in molecule.scenarios(roles, set())]
    assert found == ["switch/default", "store/cluster", "cache/default"]


def test_only_the_wanted_roles(roles: Path) -> None:
    assert [scenario.title for scenario in molecule.scenarios(roles, {"cache"})] == ["cache/default"]


def test_campaigns_are_run_when_asked_for_and_only_then(roles: Path) -> None:
    campaign = roles / "cache/molecule/campaign"
    campaign.mkdir()
    (campaign / "molecule.yml").symlink_to("../default/molecule.yml")
    assert "cache/campaign" not in [scenario.title for scenario in molecule.scenarios(roles, set())]
    assert [scenario.title for scenario in molecule.scenarios(roles, set(), campaigns=True)] == ["cache/campaign"]


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_failure_shows_its_log_and_does_not_stop_the_others(
    roles: Path, program: Path, capsys: pytest.CaptureFixture[str], jobs: str
) -> None:
    assert molecule.main(["--jobs", jobs], roles) == 1
    calls = sorted(program.read_text().splitlines())
    assert calls == [
        "cache test --scenario-name default",
        "store test --scenario-name cluster",
        "switch test --scenario-name default",
    ]
    said = capsys.readouterr().out
    assert "2 passed, 1 failed" in said
    assert "failed: store/cluster" in said
    assert f"said by {roles / 'store'}" in said
    assert f"said by {roles / 'cache'}" not in said


def test_the_failed_step_is_shown_and_not_the_removal_of_the_hosts() -> None:
    log = [f"line {number}" for number in range(100)] + ["verify: Executed: Failed", "destroy: Executed: Successful"]
    shown = molecule.last_words(log)
    assert shown[-1] == "verify: Executed: Failed"
    assert len(shown) == molecule.LAST_LINES


def test_nothing_of_an_earlier_run_is_left(roles: Path, program: Path) -> None:
    (work := molecule.scenarios(roles, {"cache"})[0].work).mkdir(parents=True)
    (work / "state.yml").write_text("created: true\n")
    assert molecule.main(["cache"], roles) == 0
    assert not (work / "state.yml").exists()


def test_success(roles: Path, program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert molecule.main(["cache", "switch"], roles) == 0
    assert "2 passed, 0 failed" in capsys.readouterr().out


def test_a_role_without_scenarios_is_named(roles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert molecule.main(["cache", "cahce"], roles) == 1
    assert "no scenario of cahce" in capsys.readouterr().out
