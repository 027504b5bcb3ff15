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
    (tmp_path / "ssh_host_broken_key.pub").write_text("\n", encoding="utf-8")
    (tmp_path / "ssh_host_ed25519_key").write_text("private", encoding="utf-8")
    assert hypervisor.ssh_host_keys(tmp_path) == ["ssh-ed25519 AAAAC3", "ssh-rsa AAAAB3"]
