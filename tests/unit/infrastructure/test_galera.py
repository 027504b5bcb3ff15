"""Which node makes a cluster, what a node's files say, and when it takes work."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.corbel import galera_node, galera_plan

ROOT = Path(__file__).resolve().parents[3]
FRESH = {
    "running": False,
    "replicates": False,
    "primary": False,
    "cluster": "",
    "position": -1,
    "safe": False,
    "data": False,
}
STOPPED = {**FRESH, "cluster": "u1", "position": 10, "data": True}
WORKING = {**FRESH, "running": True, "replicates": True, "primary": True, "cluster": "u1", "data": True}
STUCK = {**WORKING, "primary": False, "position": 5}
SINGLE = {**FRESH, "running": True, "data": True}


@pytest.mark.parametrize(
    ("states", "first"),
    [
        ({"a": FRESH, "b": FRESH, "c": FRESH}, "a"),
        ({"a": WORKING, "b": FRESH, "c": FRESH}, ""),
        ({"a": FRESH, "b": WORKING, "c": {}}, ""),
        ({"a": FRESH, "b": SINGLE, "c": FRESH}, "b"),
        ({"a": FRESH, "b": {**FRESH, "data": True}, "c": FRESH}, "b"),
        ({"a": STOPPED, "b": {**STOPPED, "position": 12}, "c": STOPPED}, "b"),
        ({"a": STOPPED, "b": {**STOPPED, "safe": True}, "c": STOPPED}, "b"),
        ({"a": {**STOPPED, "position": 12}, "b": {**STOPPED, "safe": True}, "c": STOPPED}, "a"),
        ({"a": FRESH, "b": STOPPED, "c": FRESH}, "b"),
        ({"a": STUCK, "b": WORKING, "c": FRESH}, ""),
    ],
)
def test_first_node(states: dict[str, Any], first: str) -> None:
    assert galera_plan.first_node(states) == first


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ({"a": FRESH, "b": {}, "c": FRESH}, "make it reachable"),
        ({"a": STOPPED, "b": {**STOPPED, "cluster": "u2"}}, "different clusters"),
        ({"a": WORKING, "b": {**WORKING, "cluster": "u2"}}, "different clusters"),
        ({"a": SINGLE, "b": SINGLE}, "never were a cluster"),
        ({"a": STUCK, "b": {**STUCK, "position": 9}, "c": STOPPED}, "run on b: mariadb"),
    ],
)
def test_no_node_is_chosen_where_data_could_be_lost(states: dict[str, Any], message: str) -> None:
    with pytest.raises(galera_plan.GaleraPlanError, match=message):
        galera_plan.first_node(states)


STATE = "# GALERA saved state\nversion: 2.1\nuuid:    {uuid}\nseqno:   {seqno}\nsafe_to_bootstrap: {safe}\n"


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> galera_node.Node:
    monkeypatch.setattr(galera_node, "_run", lambda command, text="": None)
    for name in ("data", "run"):
        (tmp_path / name).mkdir()
    return galera_node.Node(tmp_path / "data", tmp_path / "run", tmp_path / "mariadb.service")


def test_a_host_without_a_server_knows_nothing(tmp_path: Path, node: galera_node.Node) -> None:
    assert galera_node.read(galera_node.Node(tmp_path / "none", tmp_path / "none")) == FRESH
    assert galera_node.read(node) == FRESH


def test_state_of_a_node_that_stopped_in_order(node: galera_node.Node) -> None:
    node.state_file.write_text(STATE.format(uuid="u1", seqno=7, safe=1))
    (node.data / "glance").mkdir()
    assert galera_node.read(node) == {**STOPPED, "position": 7, "safe": True}


def test_position_of_a_node_that_died_is_in_its_data(node: galera_node.Node, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = "fd5ab093-e5af-11f1-b6d2-67f974783d2d"
    node.state_file.write_text(STATE.format(uuid=cluster, seqno=-1, safe=0))
    answers = {"galera_recovery": f"--wsrep_start_position={cluster}:42\n"}
    monkeypatch.setattr(galera_node, "_run", lambda command, text="": answers.get(command[0]))
    assert galera_node.read(node)["position"] == 42
    answers.clear()
    with pytest.raises(galera_node.GaleraError, match="position cannot be read"):
        galera_node.read(node)


def test_state_of_a_node_that_runs(node: galera_node.Node, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "wsrep_on\t1\nwsrep_cluster_status\tPrimary\nwsrep_cluster_state_uuid\tu1\nwsrep_last_committed\t3\n"
    monkeypatch.setattr(galera_node, "_run", lambda command, text="": rows)
    assert galera_node.read(node) == {**WORKING, "position": 3, "data": False}


@pytest.mark.parametrize(("name", "counts"), [("glance", True), ("mysql", False), ("#rocksdb", False), (".sst", False)])
def test_data_are_databases_of_users(node: galera_node.Node, name: str, counts: bool) -> None:
    (node.data / name).mkdir()
    (node.data / "ibdata1").write_text("x")
    assert galera_node.has_data(node) is counts


def test_bootstrap_writes_what_is_missing_and_no_more(node: galera_node.Node) -> None:
    node.state_file.write_text(STATE.format(uuid="u1", seqno=7, safe=0))
    assert galera_node.bootstrap_needs(node) == [str(node.state_file), str(node.environment_file)]
    galera_node.bootstrap(node)
    assert galera_node.bootstrap_needs(node) == []
    assert galera_node.parse_state(node.state_file.read_text())["safe_to_bootstrap"] == "1"
    assert "--wsrep-new-cluster" in node.environment_file.read_text()


def test_the_unit_says_where_it_looks_for_the_permission(node: galera_node.Node, tmp_path: Path) -> None:
    assert node.environment_file == node.run / "wsrep-new-cluster"
    named = tmp_path / "mariadb-wsrep-new-cluster"
    node.unit.write_text(f"[Service]\nEnvironmentFile=-/etc/default/other\nEnvironmentFile=-{named}\n")
    galera_node.bootstrap(node)
    assert named.read_text() == galera_node.NEW_CLUSTER
    assert not (node.run / "wsrep-new-cluster").exists()


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program of the role, which no test imports by a name."""
    monkeypatch.setitem(sys.modules, "pymysql", SimpleNamespace(MySQLError=RuntimeError))  # type: ignore[arg-type]
    spec = spec_from_file_location("database_check", ROOT / "roles/galera/files/database_check.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SYNCED = {
    "wsrep_on": "1",
    "wsrep_cluster_status": "Primary",
    "wsrep_cluster_size": "3",
    "wsrep_local_state": "4",
    "wsrep_ready": "ON",
}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({}, ""),
        ({"wsrep_on": "0", "wsrep_cluster_status": "Disconnected"}, ""),
        (SYNCED, ""),
        ({**SYNCED, "wsrep_cluster_status": "non-Primary"}, "no majority"),
        ({**SYNCED, "wsrep_ready": "OFF"}, "not ready"),
        ({**SYNCED, "wsrep_local_state": "1"}, "state 1"),
        ({**SYNCED, "wsrep_local_state": "2"}, "state 2"),
        ({**SYNCED, "wsrep_local_state": "2", "wsrep_cluster_size": "2"}, ""),
    ],
)
def test_when_a_database_takes_work(check: ModuleType, status: dict[str, str], reason: str) -> None:
    found = check.why_not(status)
    assert reason in found
    assert bool(found) == bool(reason)
