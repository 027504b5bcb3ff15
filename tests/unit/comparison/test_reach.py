"""Which tasks lead to one that reads something for other hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.corbel.comparison_host import COMPARABLE
from ansible.module_utils.corbel.comparison_reach import Reach, Step, of_yaml

from tests.conftest import ROOT

READS = {"host_info": {}, "register": "found"}


def load(path: str) -> Any:
    return yaml.safe_load(Path(path).read_text())


def role(root: Path, name: str, needs: tuple[str, ...] = (), **files: list[dict[str, Any]]) -> None:
    """Write a role."""
    for folder in ("tasks", "meta"):
        (root / name / folder).mkdir(parents=True)
    (root / name / "meta/main.yml").write_text(yaml.safe_dump({"dependencies": [{"role": one} for one in needs]}))
    for stem, tasks in files.items():
        (root / name / "tasks" / f"{stem}.yml").write_text(yaml.safe_dump(tasks))


@pytest.fixture
def reach(tmp_path: Path) -> Reach:
    return Reach(load, [tmp_path], frozenset({"asked"}))


def leads(reach: Reach, task: dict[str, Any], folder: Path = Path()) -> bool:
    return any(reach.leads(step) for step in of_yaml([task], folder))


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (READS, True),
        ({"corbel.own.host_info": {}, "register": "found"}, True),
        ({"host_info": {}}, False),
        (READS | {"delegate_to": "other"}, False),
        (READS | {"run_once": True}, False),
        ({"asked": {}, "register": "found", "run_once": True, "delegate_to": "other"}, True),
        ({"asked": {}, "register": "found"}, False),
        ({"asked": {}, "run_once": True}, False),
        ({"ansible.builtin.command": "true", "register": "found", "run_once": True}, False),
        ({"block": [{"name": "x", "block": [READS]}]}, True),
        ({"block": [{"debug": {}}], "always": [READS]}, True),
        ({"block": [{"debug": {}}]}, False),
    ],
)
def test_what_reads_for_others(reach: Reach, task: dict[str, Any], expected: bool) -> None:
    assert leads(reach, task) is expected


def test_through_files_and_roles(reach: Reach, tmp_path: Path) -> None:
    role(tmp_path, "reads", main=[{"include_tasks": "deep.yml"}], deep=[READS], other=[{"debug": {}}])
    role(tmp_path, "needs", needs=("reads",), main=[{"debug": {}}])
    role(tmp_path, "quiet", main=[{"debug": {}}])
    assert leads(reach, {"include_role": {"name": "reads"}})
    assert leads(reach, {"ansible.builtin.import_role": {"name": "reads", "tasks_from": "deep"}})
    assert not leads(reach, {"include_role": {"name": "reads", "tasks_from": "other.yml"}})
    assert leads(reach, {"include_role": {"name": "needs"}})
    assert not leads(reach, {"include_role": {"name": "quiet"}})
    assert leads(reach, {"include_tasks": {"file": "deep.yml", "apply": {}}}, tmp_path / "reads/tasks")


def test_what_is_not_known_before_it_runs_is_not_followed(reach: Reach, tmp_path: Path) -> None:
    assert not leads(reach, {"include_role": {"name": "{{ service }}"}})
    assert not leads(reach, {"include_tasks": "{{ item }}.yml"}, tmp_path)
    assert not leads(reach, {"include_role": {"name": "nowhere"}})


def test_a_file_that_includes_itself_is_looked_at_once(reach: Reach, tmp_path: Path) -> None:
    role(tmp_path, "round", main=[{"include_tasks": "main.yml"}], found=[{"include_tasks": "found.yml"}, READS])
    assert not leads(reach, {"include_role": {"name": "round"}})
    assert leads(reach, {"include_role": {"name": "round", "tasks_from": "found"}})


def steps(path: Path) -> Iterator[Step]:
    yield from of_yaml(load(str(path)), path.parent)


def test_each_task_of_the_product_that_reads_is_reached_from_its_role() -> None:
    """A role whose reading was behind an expression would be slower, and nobody would see it."""
    reach = Reach(load, [ROOT / "roles"], COMPARABLE)
    # Their tasks are no part of what is compared.
    others = {"preflight", "drift", "run_lock", "secrets"}
    reading = {
        path.parents[1].name
        for path in (ROOT / "roles").glob("*/tasks/**/*.yml")
        if any(reach.leads(step) and step.action not in ("include_role", "include_tasks") for step in steps(path))
    } - others
    assert reading == {"nova_compute", "swift_rings"}
    assert {name for name in reading if not reach.role(name)} == set()


def test_most_roles_read_nothing() -> None:
    reach = Reach(load, [ROOT / "roles"], COMPARABLE)
    assert not reach.role("openstack_service")
    assert not reach.role("host_base")
    assert not reach.role("neutron_openvswitch")
