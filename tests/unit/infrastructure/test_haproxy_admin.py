"""Servers that a run took out of HAProxy and did not put back."""

import json
import socket
import threading
from pathlib import Path
from typing import Any

import haproxy_servers
import pytest
from ansible.module_utils.corbel import haproxy_admin
from ansible.module_utils.testing import patch_module_args

# What HAProxy 3.0 answers, with the columns after the ones that count left out.
STATE = """1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight
3 glance_api 1 controller1 192.0.2.21 2 0 1
3 glance_api 2 controller2 192.0.2.22 0 1 1
5 nova_api 1 controller1 192.0.2.21 2 8 1
5 nova_api 2 controller2 192.0.2.22 0 5 1
5 nova_api 3 controller3 192.0.2.23 0 32 1
"""


def test_what_a_command_took_out() -> None:
    assert haproxy_admin.taken_out(STATE) == ["glance_api/controller2", "nova_api/controller1"]


@pytest.mark.parametrize("state", ["", "Permission denied", "1\n# be_id be_name\n"])
def test_another_answer_is_refused(state: str) -> None:
    with pytest.raises(haproxy_admin.AdminError, match="in answer to 'show servers state', expected a table"):
        haproxy_admin.taken_out(state)


def test_an_objection_is_said() -> None:
    with pytest.raises(haproxy_admin.AdminError, match=r"answered 'No such server\.' to 'set server a/b state ready'"):
        haproxy_admin.put_back(["a/b"], lambda _: "No such server.")


class HAProxy:
    """A socket that answers like HAProxy's."""

    def __init__(self, path: Path) -> None:
        self.asked: list[str] = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            link, _ = self.listener.accept()
            self.asked.append(link.recv(4096).decode().strip())
            link.sendall((STATE if self.asked[-1] == "show servers state" else "\n").encode())
            link.close()


def run(capsys: pytest.CaptureFixture[str], path: Path, check: bool = False) -> dict[str, Any]:
    with patch_module_args({"socket": str(path), "_ansible_check_mode": check}), pytest.raises(SystemExit):
        haproxy_servers.main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_the_module_puts_them_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    haproxy = HAProxy(tmp_path / "admin.sock")
    result = run(capsys, tmp_path / "admin.sock", check=True)
    assert result["changed"]
    assert haproxy.asked == ["show servers state"]
    result = run(capsys, tmp_path / "admin.sock")
    assert result["changes"] == ["server glance_api/controller2 put back", "server nova_api/controller1 put back"]
    assert haproxy.asked[2:] == [
        "set server glance_api/controller2 state ready",
        "set server nova_api/controller1 state ready",
    ]


def test_a_load_balancer_that_is_not_there_has_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, tmp_path / "none.sock") == {
        "changed": False,
        "changes": [],
        "invocation": {"module_args": {"socket": str(tmp_path / "none.sock")}},
    }
