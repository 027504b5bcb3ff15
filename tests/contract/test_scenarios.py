"""Every role is tested on hosts: by a Molecule scenario, or by what tests/molecule/README.md names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROW = re.compile(r"^\| `(?P<roles>[a-z0-9_`, ]+)` \| (?P<reason>[^|]+) \| (?P<place>[^|]+) \|$", re.MULTILINE)
PATH = re.compile(r"`([a-z]+/[\w./*-]+)`")


@pytest.fixture(scope="module")
def elsewhere(root: Path) -> dict[str, str]:
    """Roles without a scenario, and where they are tested."""
    section = (root / "tests/molecule/README.md").read_text().partition("## Roles without a scenario")[2]
    rows = [(row["roles"].split("`, `"), row["place"]) for row in ROW.finditer(section)]
    found = {name: place for names, place in rows for name in names}
    assert found
    assert len(found) == sum(len(names) for names, _ in rows)
    return found


def scenarios(root: Path) -> list[Path]:
    """Folders of all scenarios."""
    return [path.parent for path in sorted((root / "roles").glob("*/molecule/*/molecule.yml"))]


def test_role_has_a_scenario_or_a_reason(role: Path, elsewhere: dict[str, str]) -> None:
    has_one = any((role / "molecule").glob("*/molecule.yml"))
    assert has_one != (role.name in elsewhere), "expected a scenario, or a row in tests/molecule/README.md, not both"


def test_the_list_names_roles_and_tests_that_exist(root: Path, elsewhere: dict[str, str]) -> None:
    assert [name for name in elsewhere if not (root / "roles" / name).is_dir()] == []
    for name, place in elsewhere.items():
        paths = PATH.findall(place)
        assert paths, f"{name}: found {place!r}, expected the path of a test"
        assert [path for path in paths if not list(root.glob(path))] == []


def test_scenarios_converge_and_verify(root: Path) -> None:
    found = scenarios(root)
    assert len(found) >= 10
    for folder in found:
        assert (folder / "converge.yml").is_file()
        assert list((folder / "tests").glob("test_*.py"))


def test_scenarios_compare_check_mode_with_converge(root: Path) -> None:
    """Molecule passes over a further test that is not there, and over steps that are not in the sequence."""
    shared = yaml.safe_load((root / ".config/molecule/config.yml").read_text())
    steps = [step for step in shared["scenario"]["test_sequence"] if step in ("prepare", "check", "converge", "verify")]
    assert steps == ["prepare", "check", "converge", "verify"]
    assert "CORBEL_PLAN" in shared["ansible"]["env"]
    further = [Path(path).parts[-3:] for path in shared["verifier"]["additional_files_or_dirs"]]
    assert further == [("tests", "molecule", "test_the_plan.py")]
    assert root.joinpath(*further[0]).is_file()
    for folder in scenarios(root):
        own = yaml.safe_load((folder / "molecule.yml").read_text())
        assert "scenario" not in own
        assert "additional_files_or_dirs" not in own.get("verifier", {})
        assert "CORBEL_PLAN" not in own.get("ansible", {}).get("env", {})


def test_scenarios_name_hosts_of_their_topology(root: Path) -> None:
    for folder in scenarios(root):
        platforms = yaml.safe_load((folder / "molecule.yml").read_text())["platforms"]
        topology = platforms[0].get("topology", "molecule_container")
        hosts = yaml.safe_load((root / f"lab/topologies/{topology}.yml").read_text())["hosts"]
        assert {one["name"] for one in platforms} <= set(hosts), folder


def test_scenarios_have_the_groups_of_an_inventory(root: Path) -> None:
    assert (root / "tests/molecule/groups.yml").read_text() == (root / "inventory/lab/groups.yml").read_text()
