"""What hypervisor_info reads."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest
from ansible.module_utils.corbel import hypervisor


@pytest.fixture
def device(tmp_path: Path) -> str:
    path = tmp_path / "kvm"
    path.touch()
    return str(path)


def answer(monkeypatch: pytest.MonkeyPatch, replies: dict[int, int | OSError]) -> None:
    """Let the kernel's interface answer as told."""

    def ioctl(_fd: int, request: int, _argument: int) -> int:
        reply = replies[request]
        if isinstance(reply, OSError):
            raise reply
        return reply

    monkeypatch.setattr(fcntl, "ioctl", ioctl)


def test_kvm_that_makes_a_machine_is_usable(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    machine = os.open(device, os.O_RDONLY)
    answer(monkeypatch, {hypervisor.KVM_GET_API_VERSION: 12, hypervisor.KVM_CREATE_VM: machine})
    assert hypervisor.kvm_obstacle(device) == ""
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(machine)


@pytest.mark.parametrize(
    ("replies", "obstacle"),
    [
        ({hypervisor.KVM_GET_API_VERSION: OSError(errno.ENOTTY, "Inappropriate ioctl for device")}, "Inappropriate"),
        ({hypervisor.KVM_GET_API_VERSION: 11}, "version 11 of the interface, expected 12"),
        (
            {hypervisor.KVM_GET_API_VERSION: 12, hypervisor.KVM_CREATE_VM: OSError(errno.ENODEV, "No such device")},
            "no virtual machine can be made: No such device",
        ),
    ],
)
def test_obstacles_are_named(
    monkeypatch: pytest.MonkeyPatch, device: str, replies: dict[int, int | OSError], obstacle: str
) -> None:
    answer(monkeypatch, replies)
    assert obstacle in hypervisor.kvm_obstacle(device)


def test_a_missing_device_is_an_obstacle(tmp_path: Path) -> None:
    assert hypervisor.kvm_obstacle(str(tmp_path / "kvm")).endswith("kvm: No such file or directory")


def test_host_keys_lose_their_comment_and_are_sorted(tmp_path: Path) -> None:
    (tmp_path / "ssh_host_rsa_key.pub").write_text("ssh-rsa AAAAB3 root@compute1\n", encoding="utf-8")
    (tmp_path / "ssh_host_ed25519_key.pub").write_text("ssh-ed25519 AAAAC3\n", encoding="utf-8")
    (tmp_path / "ssh_host_ed25519_key").write_text("private", encoding="utf-8")
    (tmp_path / "ssh_host_ed25519_key.old").write_text("copy", encoding="utf-8")
    assert hypervisor.ssh_host_keys(tmp_path) == ["ssh-ed25519 AAAAC3", "ssh-rsa AAAAB3"]


@pytest.fixture
def keygen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of ssh-keygen that answers with what the private key's file holds."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "ssh-keygen"
    program.write_text(
        '#!/bin/sh\n[ "$1 $2 $3 $4" = "-y -P  -f" ] || exit 2\n'
        'grep "^ssh-" "$5" || { echo "Load key: invalid format" >&2; exit 255; }\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    return program


@pytest.mark.usefixtures("keygen")
@pytest.mark.parametrize("public", [None, "\n"], ids=["missing", "empty"])
def test_a_public_key_that_is_not_there_is_derived(tmp_path: Path, public: str | None) -> None:
    (tmp_path / "ssh_host_ed25519_key").write_text("ssh-ed25519 AAAAC3 root@compute1\n", encoding="utf-8")
    if public is not None:
        (tmp_path / "ssh_host_ed25519_key.pub").write_text(public, encoding="utf-8")
    assert hypervisor.ssh_host_keys(tmp_path) == ["ssh-ed25519 AAAAC3"]


@pytest.mark.usefixtures("keygen")
def test_a_key_that_no_client_can_see_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "ssh_host_rsa_key").write_text("damaged", encoding="utf-8")
    (tmp_path / "ssh_host_ed25519_key").write_text("ssh-ed25519 AAAAC3\n", encoding="utf-8")
    assert hypervisor.ssh_host_keys(tmp_path) == ["ssh-ed25519 AAAAC3"]


@pytest.mark.usefixtures("keygen")
def test_a_host_with_nothing_but_a_damaged_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ssh_host_rsa_key").write_text("damaged", encoding="utf-8")
    with pytest.raises(hypervisor.HypervisorError, match=r"ssh_host_rsa_key: .* ssh-keygen says: Load key: invalid"):
        hypervisor.ssh_host_keys(tmp_path)


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ssh_host_rsa_key").write_text("private", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(hypervisor.HypervisorError, match="no ssh-keygen to make it with"):
        hypervisor.ssh_host_keys(tmp_path)


@pytest.mark.parametrize("directory", [".", "missing"])
def test_a_host_without_any_key_is_refused(tmp_path: Path, directory: str) -> None:
    with pytest.raises(
        hypervisor.HypervisorError, match=r"found no SSH host key in .* \(no file .*\), expected .*ssh-keygen -A"
    ):
        hypervisor.ssh_host_keys(tmp_path / directory)
