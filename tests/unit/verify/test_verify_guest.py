"""What is read from a console, and the command that opens a session."""

from pathlib import Path

import pytest
from ansible.module_utils.corbel.verify_guest import Guest, console_tail, host_keys, ssh_command

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ" + "a" * 40


@pytest.mark.parametrize(
    ("console", "keys"),
    [
        ("", []),
        (f"noise\r\nhost key {KEY} root@guest\r\nagain {KEY}\r\n", [KEY]),
        ("-----BEGIN SSH HOST KEY KEYS-----\nssh-rsa AAAA\n", []),
    ],
)
def test_host_keys(console: str, keys: list[str]) -> None:
    assert host_keys(console) == keys


def test_the_end_of_a_console_is_one_clean_line() -> None:
    console = "first\r\n\x1b[32mgreen\x1b[0m\r\n\r\nlast\x07\r\n"
    assert console_tail(console, 2) == "green | last"
    assert console_tail("") == "nothing"


@pytest.mark.parametrize(("pinned", "policy"), [(True, "yes"), (False, "accept-new")])
def test_ssh_command(pinned: bool, policy: str) -> None:
    command = ssh_command("192.0.2.9", "guest", "/k", "/h", pinned)
    assert command[:5] == ["ssh", "-F", "none", "-i", "/k"]
    assert f"StrictHostKeyChecking={policy}" in command
    assert command[-1] == "guest@192.0.2.9"


def test_only_keys_of_the_console_are_accepted(tmp_path: Path) -> None:
    guest = Guest("192.0.2.9", "guest", str(tmp_path))
    guest.pin([KEY])
    assert guest.known_hosts.read_text() == f"192.0.2.9 {KEY}\n"
    assert "StrictHostKeyChecking=yes" in guest.command("true")
