"""What a host is, read once without changing anything. Standard library only; readers take their root."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import host_link_facts, host_settings_facts, host_storage_facts, host_tls_facts
from ansible.module_utils.corbel.host_files import text
from ansible.module_utils.corbel.host_link_facts import LinkFacts
from ansible.module_utils.corbel.host_run import RunFully, lenient, needed
from ansible.module_utils.corbel.host_settings_facts import SettingsFacts
from ansible.module_utils.corbel.host_storage_facts import StorageFacts
from ansible.module_utils.corbel.host_tls_facts import TlsFacts

LISTENING = "0A"
UNFINISHED = ("half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Listener:
    """A TCP socket that listens, with the unit and program that hold it."""

    port: int
    address: str
    program: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Interface:
    """A network interface with its addresses; link-local ones are left out."""

    name: str
    addresses: tuple[str, ...] = ()
    master: str = ""


@dataclass(frozen=True)
class Filesystem:
    """Size and free room of the file system that holds a path."""

    path: str
    size_mb: int
    free_mb: int
    inodes: int
    free_inodes: int


@dataclass
class Facts:
    """All that the checks of a host look at."""

    system: str = ""
    architecture: str = ""
    python: tuple[int, int] = (0, 0)
    first_process: str = ""
    cgroup2: bool = False
    root: bool = False
    apt: bool = False
    memory_mb: int = 0
    filesystems: list[Filesystem] = field(default_factory=list)
    missing_modules: list[str] = field(default_factory=list)
    kernel: str = ""
    interfaces: list[Interface] = field(default_factory=list)
    ssh_address: str = ""
    listeners: list[Listener] = field(default_factory=list)
    machine_id: str = ""
    hostname: str = ""
    nameservers: list[str] = field(default_factory=list)
    unfinished_packages: list[str] = field(default_factory=list)
    time: float = 0.0
    settings: SettingsFacts = field(default_factory=SettingsFacts)
    links: LinkFacts = field(default_factory=LinkFacts)
    storage: StorageFacts = field(default_factory=StorageFacts)
    tls: TlsFacts = field(default_factory=TlsFacts)


def gather(wanted: Mapping[str, Any], run: RunFully, root: Path) -> Facts:
    """Read everything; `wanted` has the options of the module host_check, `run` says how a command ended."""
    kernel = platform.release()
    output = lenient(run)
    shown = needed(run, ["ip", "-j", "address", "show"])
    dpkg = text(root / "var/lib/dpkg/status")
    return Facts(
        system=system(root),
        architecture=platform.machine(),
        python=(sys.version_info.major, sys.version_info.minor),
        first_process=text(root / "proc/1/comm").strip(),
        cgroup2=(root / "sys/fs/cgroup/cgroup.controllers").exists(),
        root=os.geteuid() == 0,
        apt=find_spec("apt_pkg") is not None,
        memory_mb=memory_mb(root),
        filesystems=[filesystem(root, path) for path in wanted["disks"]],
        missing_modules=missing_modules(root, kernel, wanted["kernel_modules"]),
        kernel=kernel,
        interfaces=interfaces(shown),
        ssh_address=ssh_address(root, os.getpid()),
        listeners=listeners(root, {row["port"] for row in wanted["ports"]}),
        machine_id=text(root / "etc/machine-id").strip(),
        hostname=socket.gethostname(),
        nameservers=nameservers(text(root / "etc/resolv.conf")),
        unfinished_packages=unfinished_packages(dpkg),
        time=time.time(),
        settings=host_settings_facts.gather(root, kernel, dpkg, wanted),
        links=host_link_facts.gather(root, shown, wanted["bridges"], output),
        storage=host_storage_facts.gather(root, wanted["disks"], wanted, run),
        tls=host_tls_facts.gather(root, wanted["key_folders"], output),
    )


def compared(facts: Facts, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Give what hosts are compared by, and what the paths between them are tried with."""
    present = {address for one in facts.interfaces for address in one.addresses}
    links = {network: facts.links.of_address(address) for network, address in wanted["addresses"].items()}
    route = (facts.links.gateway, facts.links.gateway_link, facts.links.gateway_source())
    return {
        "machine_id": facts.machine_id,
        "hostname": facts.hostname,
        "kernel": facts.kernel,
        "memory_mb": facts.memory_mb,
        "time": facts.time,
        "new": facts.settings.new,
        "product_uuid": facts.settings.product_uuid,
        "timezone": facts.settings.timezone,
        "compute_id": facts.settings.compute_id,
        "vips": [address for address in wanted["vips"] if address in present],
        "load_balancer": wanted["load_balancer"],
        "macs": sorted({one.mac for one in facts.links.links if one.mac}),
        "addresses": dict(wanted["addresses"]),
        "links": {network: {"name": link.name, "mtu": link.mtu} for network, link in links.items() if link},
        "network_mtus": {network: row["mtu"] for network, row in wanted["networks"].items() if row.get("mtu")},
        "gateway": list(route) if all(route) else [],
        "authorities": facts.tls.digests,
        "keys": facts.tls.keys,
    }


def system(root: Path) -> str:
    """Give the operating system, such as `debian 13`."""
    rows = dict(line.partition("=")[::2] for line in text(root / "etc/os-release").splitlines() if "=" in line)
    values = [rows.get(key, "").strip('"') for key in ("ID", "VERSION_ID")]
    return " ".join(value for value in values if value)


def memory_mb(root: Path) -> int:
    """Give the memory in MiB: what the machine has, or what a container may use."""
    total = 0
    for line in text(root / "proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            total = int(line.split()[1]) // 1024
    limit = text(root / "sys/fs/cgroup/memory.max").strip()
    return min(total, int(limit) // MEGABYTE) if limit.isdigit() else total


def filesystem(root: Path, path: str) -> Filesystem:
    """Read the file system of a path, or of its nearest parent that exists."""
    place = root / path.lstrip("/")
    while not place.exists():
        place = place.parent
    found = os.statvfs(place)
    block = found.f_frsize
    return Filesystem(
        path, found.f_blocks * block // MEGABYTE, found.f_bavail * block // MEGABYTE, found.f_files, found.f_favail
    )


def missing_modules(root: Path, kernel: str, wanted: Iterable[str]) -> list[str]:
    """Name the kernel modules that are neither loaded, nor built in, nor installed."""
    folder = root / "lib/modules" / kernel
    names = {line.split()[0] for line in text(root / "proc/modules").splitlines() if line.strip()}
    for file, end in (("modules.builtin", None), ("modules.dep", ":")):
        for line in text(folder / file).splitlines():
            path = line.split(end, 1)[0] if end else line
            names.add(path.rsplit("/", 1)[-1].split(".ko")[0])
    known = {_module(name) for name in names}
    return [
        name for name in wanted if _module(name) not in known and not (root / "sys/module" / _module(name)).exists()
    ]


def interfaces(output: str) -> list[Interface]:
    """Read the answer of `ip -j address show`."""
    rows: list[dict[str, Any]] = json.loads(output or "[]")
    return [
        Interface(
            row["ifname"],
            tuple(one["local"] for one in row.get("addr_info", []) if "local" in one and one.get("scope") != "link"),
            row.get("master", ""),
        )
        for row in rows
        if "ifname" in row
    ]


def ssh_address(root: Path, pid: int) -> str:
    """Give this host's address of the SSH connection; sudo removes it from the environment, parents still have it."""
    while pid > 1:
        for entry in text(root / f"proc/{pid}/environ").split("\0"):
            if entry.startswith("SSH_CONNECTION="):
                words = entry.partition("=")[2].split()
                return words[2] if len(words) == 4 else ""
        status = [line for line in text(root / f"proc/{pid}/status").splitlines() if line.startswith("PPid:")]
        pid = int(status[0].split()[1]) if status else 0
    return ""


def listeners(root: Path, ports: set[int]) -> list[Listener]:
    """Name who listens on these TCP ports."""
    sockets: dict[str, tuple[int, str]] = {}
    for file in ("tcp", "tcp6"):
        for line in text(root / "proc/net" / file).splitlines()[1:]:
            words = line.split()
            if len(words) > 9 and words[3] == LISTENING:
                raw, _, port = words[1].partition(":")
                if int(port, 16) in ports:
                    sockets[words[9]] = (int(port, 16), socket_address(raw))
    owners = _owners(root, set(sockets)) if sockets else {}
    return [Listener(port, address, *owners.get(inode, ("", ""))) for inode, (port, address) in sockets.items()]


def socket_address(raw: str) -> str:
    """Turn the kernel's hexadecimal address into text."""
    words = [bytes.fromhex(raw[at : at + 8])[::-1] for at in range(0, len(raw), 8)]
    if sys.byteorder == "big":
        words = [word[::-1] for word in words]
    packed = b"".join(words)
    if len(packed) == 4:
        return socket.inet_ntop(socket.AF_INET, packed)
    if packed[:12] == bytes(10) + b"\xff\xff":
        return socket.inet_ntop(socket.AF_INET, packed[12:])
    return socket.inet_ntop(socket.AF_INET6, packed)


def open_files(process: Path) -> list[str]:
    """Read what the open files of a process are. One that is closed meanwhile hides none of the others."""
    found: list[str] = []
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.append(os.readlink(link))  # noqa: PTH115 - a socket is no path
    return found


def _owners(root: Path, inodes: set[str]) -> dict[str, tuple[str, str]]:
    """Find program and unit of sockets by walking the open files of all processes, until all are found."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[str, tuple[str, str]] = {}
    processes = sorted((root / "proc").glob("[0-9]*"), key=lambda path: -int(path.name))
    for process in processes:  # the first process last: it holds the sockets of its units, too
        if len(found) == len(wanted):
            break
        for inode in {wanted[link] for link in open_files(process) if link in wanted}:
            found.setdefault(inode, (text(process / "comm").strip(), unit_of(text(process / "cgroup"))))
    return found


def unit_of(cgroup: str) -> str:
    """Give the systemd unit of a process from its cgroup file."""
    parts = [part for line in cgroup.splitlines() for part in line.rpartition(":")[2].split("/")]
    units = [part for part in parts if part.endswith((".service", ".socket", ".scope"))]
    return units[-1] if units else ""


def nameservers(content: str) -> list[str]:
    """Give the name servers of a resolv.conf."""
    rows = [line.split() for line in content.splitlines()]
    return [words[1] for words in rows if len(words) > 1 and words[0] == "nameserver"]


def unfinished_packages(status: str) -> list[str]:
    """Name the Debian packages whose installation was interrupted."""
    found: list[str] = []
    name = ""
    for line in status.splitlines():
        if line.startswith("Package: "):
            name = line[9:].strip()
        elif line.startswith("Status: ") and line.endswith(UNFINISHED):
            found.append(name)
    return found


def _module(name: str) -> str:
    return name.replace("-", "_")
