"""What a host offers to virtual machines, and the SSH keys by which others know it. Runs on hosts."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

KVM_GET_API_VERSION = 0xAE00
KVM_CREATE_VM = 0xAE01
KVM_API_VERSION = 12


def kvm_obstacle(device: str) -> str:
    """Why KVM cannot be used through this device; empty when it can."""
    try:
        kvm = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        return f"{device}: {error.strerror}"
    try:
        version = fcntl.ioctl(kvm, KVM_GET_API_VERSION, 0)
        if version != KVM_API_VERSION:
            return f"{device}: version {version} of the interface, expected {KVM_API_VERSION}"
        os.close(fcntl.ioctl(kvm, KVM_CREATE_VM, 0))
    except OSError as error:
        return f"{device}: no virtual machine can be made: {error.strerror}"
    finally:
        os.close(kvm)
    return ""


def ssh_host_keys(directory: Path) -> list[str]:
    """Type and key of each public host key of a host, sorted."""
    keys = []
    for path in directory.glob("ssh_host_*_key.pub"):
        words = path.read_text(encoding="utf-8").split()
        if len(words) >= 2:
            keys.append(f"{words[0]} {words[1]}")
    return sorted(keys)
