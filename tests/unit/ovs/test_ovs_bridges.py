"""The module as a whole; the two programs that it calls are scripts that answer from files."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ovs_bridges
import pytest
import yaml
from ansible.module_utils.corbel import ovs_state
from ansible.module_utils.corbel.calls import ovs_bridges as calls_ovs_bridges
from ansible.module_utils.testing import patch_module_args
from jinja2.nativetypes import NativeEnvironment

from tests.conftest import ROOT

Run = Callable[..., dict[str, Any]]

LINKS = [
    {"ifname": "lo", "flags": ["LOOPBACK", "UP"], "addr_info": [{"local": "127.0.0.1"}]},
    {"ifname": "eth0", "flags": ["UP"], "addr_info": [{"local": "192.0.2.10"}]},
    {"ifname": "eth1", "flags": [], "addr_info": []},
    {"ifname": "eth2", "flags": ["UP"], "addr_info": []},
]
EMPTY = "\n".join(json.dumps({"headings": columns, "data": []}) for columns in ovs_state.COLUMNS.values())
VSCTL = """#!/bin/sh
echo "ovs-vsctl $*" >> {folder}/calls
case "$*" in
*list*) cat {folder}/tables; exit $(cat {folder}/read_status) ;;
*) cat {folder}/complaint >&2; exit $(cat {folder}/write_status) ;;
esac
"""
APPCTL = """#!/bin/sh
echo "ovs-appctl $*" >> {folder}/calls
cat {folder}/features
exit $(cat {folder}/read_status)
"""
IP = """#!/bin/sh
echo "ip $*" >> {folder}/calls
case "$*" in
*address*) cat {folder}/links ;;
*route*) cat {folder}/route ;;
esac
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name, script in (("ovs-vsctl", VSCTL), ("ovs-appctl", APPCTL), ("ip", IP)):
        program = tmp_path / name
        program.write_text(script.format(folder=tmp_path))
        program.chmod(0o755)
    answers = {"tables": EMPTY, "links": json.dumps(LINKS), "route": "[]", "complaint": "", "features": ""}
    for name, text in {**answers, "read_status": "0", "write_status": "0", "calls": ""}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(calls_ovs_bridges, "ssh_connection", lambda _: "203.0.113.5 50000 192.0.2.10 22")

    def call(check: bool = False, **arguments: Any) -> dict[str, Any]:
        given = {"bridges": [{"name": "br-ex", "ports": [{"name": "eth1"}]}], "_ansible_check_mode": check, **arguments}
        (tmp_path / "calls").write_text("")
        with patch_module_args(given), pytest.raises(SystemExit):
            ovs_bridges.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        lines = (tmp_path / "calls").read_text().splitlines()
        asked = [line for line in lines if line.startswith("ovs-appctl")]
        return {**result, "writes": [line for line in lines if " add-" in line or " set " in line], "asked": asked}

    return call


def test_one_transaction_then_the_interface(run: Run) -> None:
    result = run()
    assert result["changed"]
    assert result["writes"] == [
        "ovs-vsctl --timeout=30 -- add-br br-ex -- add-port br-ex eth1",
        "ip link set eth1 up",
    ]
    assert result["changes"] == ["make the bridge br-ex", "put eth1 into br-ex", "bring up eth1"]
    assert set(result["protected"]) == {"eth0"}


def test_check_mode_writes_nothing(run: Run) -> None:
    result = run(check=True)
    assert result["changed"]
    assert result["writes"] == []
    assert result["command"] == ["ovs-vsctl", "--", "add-br", "br-ex", "--", "add-port", "br-ex", "eth1"]


def test_another_database(run: Run) -> None:
    assert "--db=unix:/run/x.sock" in run(database="unix:/run/x.sock")["writes"][0]


def test_a_switch_that_does_not_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "read_status").write_text("1")
    assert run(check=True)["changed"]
    result = run()
    assert result["failed"]
    assert "the database of Open vSwitch does not answer (status 1)" in result["msg"]


@pytest.mark.parametrize(
    ("status", "complaint", "message"),
    [
        ("142", "", "ovs-vswitchd did not take it up in 30 seconds"),
        (
            "1",
            "ovs-vsctl: cannot create",
            "ovs-vsctl ended with status 1 and nothing was changed: ovs-vsctl: cannot create",
        ),
        ("0", "ovs-vsctl: Error detected while setting up 'eth1'", "the switch cannot use a port"),
    ],
)
def test_a_transaction_that_fails(run: Run, tmp_path: Path, status: str, complaint: str, message: str) -> None:
    (tmp_path / "write_status").write_text(status)
    (tmp_path / "complaint").write_text(complaint)
    result = run()
    assert message in result["msg"]
    assert not any(line.startswith("ip link") for line in result["writes"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bridges": [{"name": "br-ex", "ports": [{"name": "eth0"}]}]}, "(address 192.0.2.10)"),
        ({"protect": ["eth1"]}, "it carries 'eth1', which 'protect' lists"),
        ({"protect": ["management"]}, "neither an address nor an interface of this host"),
        ({"bridges": [{"name": "br-ex", "ports": [{"name": "p", "type": "patch"}]}]}, "peer"),
        ({"bridges": [{"name": "br-ex", "failmode": "secure"}]}, "failmode"),
    ],
)
def test_refusals(run: Run, arguments: dict[str, Any], message: str) -> None:
    result = run(**arguments)
    assert result["failed"]
    assert message in result["msg"]
    assert result["writes"] == []


def test_an_address_that_the_host_does_not_have_protects_nothing(run: Run) -> None:
    assert not run(protect=["198.51.100.1"]).get("failed")


def test_the_parent_of_a_protected_address_is_protected(run: Run, tmp_path: Path) -> None:
    vlan = {"ifname": "eth2.20", "link": "eth2", "flags": ["UP"], "addr_info": [{"local": "198.51.100.20"}]}
    (tmp_path / "links").write_text(json.dumps([*LINKS, vlan]))
    wanted = [{"name": "br-ex", "ports": [{"name": "eth2"}]}]
    result = run(bridges=wanted, protect=["198.51.100.20"])
    assert "linked with 'eth2.20', which carries '198.51.100.20', which 'protect' lists" in result["msg"]
    assert result["writes"] == []
    assert not run(bridges=wanted).get("failed")


def test_the_role_protects_every_address_of_the_host() -> None:
    tasks = yaml.safe_load((ROOT / "roles/openvswitch/tasks/bridges.yml").read_text())
    given = next(task["ovs_bridges"] for task in tasks if "ovs_bridges" in task)
    addresses = {"management": "192.0.2.10", "tunnel": "198.51.100.20"}
    rendered = NativeEnvironment(autoescape=False).from_string(given["protect"]).render(corbel_addresses=addresses)
    assert rendered == ["192.0.2.10", "198.51.100.20"]


ZONES = {"CT zone": "boot another kernel"}
WITHOUT_ZONES = (
    "found 'CT zone: No' in the datapath of the bridge 'br-ex', expected 'CT zone: Yes'; boot another kernel"
)


def table_with_bridge() -> str:
    rows = {
        "Bridge": [["uuid", "b"], "br-ex", ["set", []], ["set", []], "", ["map", []], ["map", []]],
    }
    return "\n".join(
        json.dumps({"headings": columns, "data": [rows[table]] if table in rows else []})
        for table, columns in ovs_state.COLUMNS.items()
    )


def test_a_datapath_with_the_feature_is_taken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "features").write_text("Masked set action: Yes\nCT zone: Yes\n")
    result = run(required_features=ZONES)
    assert not result.get("failed")
    assert result["asked"] == ["ovs-appctl --timeout=30 dpif/show-dp-features br-ex"]


def test_a_datapath_without_the_feature_is_refused_before_anything_changes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "features").write_text("CT zone: No\n")
    (tmp_path / "tables").write_text(table_with_bridge())
    for check in (True, False):
        result = run(check=check, required_features=ZONES)
        assert result["msg"] == f"ovs_bridges: {WITHOUT_ZONES}"
        assert result["writes"] == []


def test_a_fresh_host_without_the_feature_is_refused_once_it_can_be_asked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "features").write_text("CT zone: No\n")
    result = run(check=True, required_features=ZONES)
    assert not result.get("failed")
    assert result["asked"] == []
    assert WITHOUT_ZONES in run(required_features=ZONES)["msg"]


def test_a_switch_that_names_no_such_feature_is_refused(run: Run) -> None:
    assert "found 'CT zone: not named'" in run(required_features=ZONES)["msg"]


def test_nobody_is_asked_without_a_required_feature(run: Run) -> None:
    assert run()["asked"] == []


def test_the_route_back_is_protected(run: Run, tmp_path: Path) -> None:
    (tmp_path / "route").write_text('[{"dev": "eth1"}]')
    assert "(route to 203.0.113.5)" in run()["msg"]


def test_the_connection_is_found_behind_sudo() -> None:
    text = "203.0.113.5 1 192.0.2.10 22"
    script = "env -u SSH_CONNECTION sleep 60 & echo $!; wait"
    with subprocess.Popen(
        ["sh", "-c", script], stdout=subprocess.PIPE, text=True, env={**os.environ, "SSH_CONNECTION": text}
    ) as shell:
        assert shell.stdout
        inner = int(shell.stdout.readline())
        try:
            assert calls_ovs_bridges.ssh_connection(inner) == text
        finally:
            os.kill(inner, signal.SIGTERM)
