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
from ansible.module_utils.corbel import ovs_state
from ansible.module_utils.testing import patch_module_args

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
IP = """#!/bin/sh
echo "ip $*" >> {folder}/calls
case "$*" in
*address*) cat {folder}/links ;;
*route*) cat {folder}/route ;;
esac
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name, script in (("ovs-vsctl", VSCTL), ("ip", IP)):
        program = tmp_path / name
        program.write_text(script.format(folder=tmp_path))
        program.chmod(0o755)
    answers = {"tables": EMPTY, "links": json.dumps(LINKS), "route": "[]", "complaint": ""}
    for name, text in {**answers, "read_status": "0", "write_status": "0", "calls": ""}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(ovs_bridges, "ssh_connection", lambda _: "203.0.113.5 50000 192.0.2.10 22")

    def call(check: bool = False, **arguments: Any) -> dict[str, Any]:
        given = {"bridges": [{"name": "br-ex", "ports": [{"name": "eth1"}]}], "_ansible_check_mode": check, **arguments}
        (tmp_path / "calls").write_text("")
        with patch_module_args(given), pytest.raises(SystemExit):
            ovs_bridges.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        lines = (tmp_path / "calls").read_text().splitlines()
        return {**result, "writes": [line for line in lines if " add-" in line or " set " in line]}

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
            assert ovs_bridges.ssh_connection(inner) == text
        finally:
            os.kill(inner, signal.SIGTERM)
