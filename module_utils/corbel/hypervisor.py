"""What a host offers to virtual machines, and the SSH keys by which others know it. Runs on hosts."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

KVM_GET_API_VERSION = 0xAE00
KVM_CREATE_VM = 0xAE01
KVM_API_VERSION = 12


class HypervisorError(Exception):
    """A host cannot be read; the message says what was found, what was expected and what mends it."""


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
    """Type and key of each host key, sorted. A host needs only the private ones, so a public one may be missing."""
    names = {path.name.removesuffix(".pub") for path in directory.glob("ssh_host_*_key*") if _is_key(path.name)}
    keys, unusable = [], []
    for name in sorted(names):
        try:
            keys.append(_read_public(directory / f"{name}.pub") or _derive_public(directory / name))
        except HypervisorError as error:
            # The host's SSH server does without a key that it cannot load, and so do its clients.
            unusable.append(str(error))
    if not keys:
        raise HypervisorError(
            f"found no SSH host key in {directory} ({'; '.join(unusable) or 'no file ssh_host_*_key'}), expected at "
            "least one, by which the other hypervisors know this one; make it with 'ssh-keygen -A' on this host, or "
            "name its folder with the option 'ssh_directory'"
        )
    return sorted(keys)


def _is_key(name: str) -> bool:
    """Whether a file is a private or a public key, and not the copy that an editor or a backup left."""
    return name.removesuffix(".pub").endswith("_key")


def _read_public(path: Path) -> str:
    """Type and key from a public key's file; empty when there is none in it."""
    try:
        words = path.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return ""
    return f"{words[0]} {words[1]}" if len(words) >= 2 else ""


def _derive_public(path: Path) -> str:
    """Type and key of a private key. An empty passphrase is given, so that nobody is asked for one."""
    command = ["ssh-keygen", "-y", "-P", "", "-f", str(path)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise HypervisorError(f"{path}: no public key beside it, and no ssh-keygen to make it with") from None
    words = done.stdout.split()
    if done.returncode or len(words) < 2:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise HypervisorError(f"{path}: no public key beside it, and ssh-keygen says: {said}")
    return f"{words[0]} {words[1]}"
