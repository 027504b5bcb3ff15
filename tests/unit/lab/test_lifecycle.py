"""What `up` keeps, adds and refuses."""

from __future__ import annotations

import copy
import ipaddress
import json
from pathlib import Path
from typing import Any

import pytest

from lab import cgroup, lifecycle, network, paths
from lab.errors import LabError
from lab.paths import LabPaths
from lab.plan import Plan, make
from lab.topology import Topology, parse
from tests.unit.lab.conftest import DECLARED


def declared(**hosts: Any) -> Topology:
    """The topology of the fixture with hosts added, changed or (none) removed."""
    data: dict[str, Any] = copy.deepcopy(DECLARED)
    data["hosts"] = {name: host for name, host in {**data["hosts"], **hosts}.items() if host is not None}
    return parse(data, "x")


def test_a_lab_is_restored_from_its_file(lab_plan: Plan, lab_paths: LabPaths) -> None:
    lifecycle.save(lab_paths, lab_plan)
    assert lifecycle.restore("test", json.loads(lab_paths.state.read_text())) == lab_plan


def test_hosts_may_be_added(lab_plan: Plan) -> None:
    lifecycle.compatible(lab_plan, declared(compute2={"kind": "uml", "number": 41}))


@pytest.mark.parametrize(
    "hosts",
    [{"compute1": None}, {"compute1": {"kind": "uml", "number": 40, "memory": "1G"}}],
)
def test_hosts_that_exist_must_stay(lab_plan: Plan, hosts: dict[str, Any]) -> None:
    with pytest.raises(LabError, match=r"no host compute1 like the one it has; .*lab down --name test"):
        lifecycle.compatible(lab_plan, declared(**hosts))


def test_only_some_hosts() -> None:
    assert [host.name for host in lifecycle.limited(declared(), ["compute1"]).hosts] == ["compute1"]
    with pytest.raises(LabError, match="names 'compute7', which the topology has not; expected some of controller1"):
        lifecycle.limited(declared(), ["compute7"])


@pytest.mark.parametrize("name", ["", "../x", "Lab", "-x", "a" * 61])
def test_names_that_are_no_names(name: str) -> None:
    with pytest.raises(LabError, match="the lab is named"):
        lifecycle.paths_of(name)


def test_names_on_the_machine_do_not_clash() -> None:
    first, second = LabPaths("molecule-a_b"), LabPaths("molecule-a-b")
    assert first.uplink != second.uplink
    assert first.table != second.table
    assert len(first.uplink) <= 15


def test_another_checkouts_lab_is_left_alone(
    lab_paths: LabPaths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        lifecycle, "registered", lambda: {"test": {"labs": "/elsewhere/.lab", "range": "198.18.0.0/20"}}
    )
    with pytest.raises(LabError, match=r"a lab test of /elsewhere/.lab is on this machine"):
        lifecycle.plan_for(lab_paths, declared())
    monkeypatch.setattr(lifecycle, "paths_of", lambda name: lab_paths)
    with pytest.raises(LabError, match=r"lab test belongs to /elsewhere/.lab"):
        lifecycle.down("test")


def test_rules_of_the_machine(lab_plan: Plan, lab_paths: LabPaths) -> None:
    rules = network.ruleset(lab_paths, lab_plan)
    assert "ip saddr { 198.18.0.0/24, 198.18.2.0/24, 198.18.15.254 }" in rules, "networks that masquerade, and the lab"
    assert f'oifname != "{lab_paths.uplink}" masquerade' in rules
    assert "198.18.1.0/24" not in rules


def test_unified_hierarchy_is_found() -> None:
    hybrid = "cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    assert cgroup.mount_point(hybrid) == Path("/sys/fs/cgroup/unified")
    with pytest.raises(LabError, match="no cgroup2 file system is mounted"):
        cgroup.mount_point("proc /proc proc rw 0 0\n")


def test_a_range_of_another_lab_is_not_used(lab_paths: LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    labs = {"other": {"labs": "/x", "range": "198.18.0.0/20"}, "third": {"labs": "/x", "range": "198.18.16.0/20"}}
    monkeypatch.setattr(lifecycle, "registered", lambda: labs)
    monkeypatch.setattr(network, "used_ranges", lambda ignore: [])
    with pytest.raises(LabError, match=r"overlaps 198.18.0.0/20"):
        lifecycle.plan_for(lab_paths, declared())
    data = {**copy.deepcopy(DECLARED), "range": "auto"}
    assert lifecycle.plan_for(lab_paths, parse(data, "x")).range == ipaddress.IPv4Network("198.18.32.0/20")


def test_added_hosts_keep_the_range(lab_plan: Plan, lab_paths: LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "registered", dict)
    lifecycle.save(lab_paths, make("test", lab_plan.topology, lab_plan.range))
    plan = lifecycle.plan_for(lab_paths, declared(compute2={"kind": "uml", "number": 41}))
    assert plan.range == lab_plan.range
    assert plan.address(plan.host("compute2")) == "198.18.0.41"


@pytest.fixture
def machine_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that forwards nothing and whose namespaces, if it has any, are in `netns`."""
    monkeypatch.setattr(network, "FORWARDING", tmp_path / "ip_forward")
    monkeypatch.setattr(network, "NAMESPACES", tmp_path / "netns")
    monkeypatch.setattr(network, "run", lambda command: "")
    (tmp_path / "ip_forward").write_text("0\n")
    return tmp_path


@pytest.mark.parametrize(("existed", "left"), [(False, []), (True, []), (False, ["another"]), (True, ["another"])])
def test_the_machine_is_left_as_it_was(machine_files: Path, existed: bool, left: list[str]) -> None:
    if existed:
        network.NAMESPACES.mkdir()
    before = network.machine_state()
    network.NAMESPACES.mkdir(exist_ok=True)
    for name in left:
        (network.NAMESPACES / name).touch()
    network.FORWARDING.write_text("1")
    network.restore_machine(before)
    assert network.FORWARDING.read_text() == "0"
    assert network.NAMESPACES.exists() == (existed or bool(left))


def test_the_next_lab_passes_on_what_the_first_found(
    lab_paths: LabPaths, lab_plan: Plan, machine_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = {"labs": "elsewhere", "range": "198.18.0.0/20", "forwarding": "0", "namespaces": False}
    monkeypatch.setattr(paths, "REGISTRY", machine_files / "labs")
    monkeypatch.setattr(lifecycle, "registered", lambda: {"other": first})
    network.FORWARDING.write_text("1")
    network.NAMESPACES.mkdir()
    lifecycle.register(lab_paths, lab_plan)
    entry = json.loads(lab_paths.registry.read_text())
    assert (entry["forwarding"], entry["namespaces"]) == ("0", False)
