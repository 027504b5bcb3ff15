"""How a host is set up: time, programs, packages, kernel settings, accounts. Standard library only."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.host_files import names, text
from ansible.module_utils.corbel.host_package_facts import PackageFacts
from ansible.module_utils.corbel.host_package_facts import gather as packages

CAP_SYS_TIME = 25
CLOCK_UNSYNCHRONISED = 0x40
SIZE_OF_TIMEX = 208
OURS_SYSCTL = "60-corbel.conf"
SYSCTL_FOLDERS = ("usr/lib/sysctl.d", "run/sysctl.d", "etc/sysctl.d")
FIREWALLS = ("ferm.service", "firewalld.service", "shorewall.service")
INSTANCE = re.compile(r"instance-[0-9a-f]{8}")
FIRST_PERSON = 1000
LAST_PERSON = 60000


@dataclass(frozen=True)
class Account:
    """An account that a service needs and that is there already."""

    name: str
    uid: int
    # Other accounts with the same number.
    others: tuple[str, ...] = ()


@dataclass
class SettingsFacts:
    """What the checks of a host's settings look at; None or empty is not known."""

    # Nothing of ours was ever put on the host.
    new: bool = False
    container: bool = False
    processors: int = 0
    kvm: bool = False
    swap_mb: int = 0
    swap_used_mb: int = 0
    synchronised: bool | None = None
    timezone: str = ""
    product_uuid: str = ""
    compute_id: str = ""
    units: frozenset[str] = frozenset()
    firewalls: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    selinux: bool = False
    restart: str = ""
    sysctl: list[str] = field(default_factory=list)
    files_open: int = 0
    files_most: int = 0
    accounts: list[Account] = field(default_factory=list)
    hosts_lines: list[str] = field(default_factory=list)
    requiretty: list[str] = field(default_factory=list)
    ssh_sessions: int | None = None
    ssh_startups: int | None = None
    packages: PackageFacts = field(default_factory=PackageFacts)


def gather(root: Path, kernel: str, dpkg: str, wanted: Mapping[str, Any]) -> SettingsFacts:
    """Read everything; `wanted` has `accounts`, `dpkg` is the text of dpkg's status."""
    container = is_container(root)
    swap, used = swap_mb(root, container)
    opened, most = open_files(root)
    sshd = ssh_settings(root)
    units = frozenset(name for name in names(root / "sys/fs/cgroup/system.slice") if name.endswith(".service"))
    return SettingsFacts(
        new=not names(root / "etc/corbel/bundles"),
        container=container,
        processors=len(os.sched_getaffinity(0)),
        kvm=(root / "dev/kvm").exists(),
        swap_mb=swap,
        swap_used_mb=used,
        synchronised=synchronised() if may_set_clock(root) else None,
        timezone=timezone(root),
        product_uuid="" if container else text(root / "sys/class/dmi/id/product_uuid").strip().lower(),
        compute_id=text(root / "var/lib/nova/compute_id").strip(),
        units=units,
        firewalls=firewalls(root, units),
        domains=foreign_domains(root),
        selinux=text(root / "sys/fs/selinux/enforce").strip() == "1",
        restart=reason_to_restart(root, kernel, container),
        sysctl=overridden_sysctl(root),
        files_open=opened,
        files_most=most,
        accounts=accounts(text(root / "etc/passwd"), wanted["accounts"]),
        hosts_lines=own_hosts_lines(text(root / "etc/hosts")),
        requiretty=requiretty(root),
        ssh_sessions=first_number(sshd.get("maxsessions", "")),
        ssh_startups=first_number(sshd.get("maxstartups", "").replace(":", " ")),
        packages=packages(root, dpkg),
    )


def is_container(root: Path) -> bool:
    """Whether the kernel belongs to another machine, as systemd wrote it down at its start."""
    return (root / "run/systemd/container").exists()


def swap_mb(root: Path, container: bool) -> tuple[int, int]:
    """Give size and use of the swap; that of the outer machine is none of a container's."""
    if container:
        return 0, 0
    rows = {line.partition(":")[0]: line.split()[1] for line in text(root / "proc/meminfo").splitlines() if ":" in line}
    total, free = (int(rows.get(key, 0)) // 1024 for key in ("SwapTotal", "SwapFree"))
    return total, total - free


def may_set_clock(root: Path) -> bool:
    """Whether the first process may set the clock; where it may not, another machine keeps it."""
    for line in text(root / "proc/1/status").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_SYS_TIME & 1)
    return False


def synchronised() -> bool | None:
    """Ask the kernel whether somebody keeps its clock; None when it does not say."""
    buffer = ctypes.create_string_buffer(SIZE_OF_TIMEX)
    try:
        answer = ctypes.CDLL(None).adjtimex(buffer)
    except (OSError, AttributeError):
        return None
    # `status` follows four numbers of the size of a long, the first of which is padded.
    at = 4 * ctypes.sizeof(ctypes.c_long) + ctypes.sizeof(ctypes.c_long)
    status = ctypes.c_int.from_buffer(buffer, at).value
    return None if answer < 0 else not status & CLOCK_UNSYNCHRONISED


def timezone(root: Path) -> str:
    """Give the name of the time zone; a host without one has UTC."""
    link = root / "etc/localtime"
    target = os.readlink(link) if link.is_symlink() else ""  # noqa: PTH115 - it may lead nowhere
    name = target.partition("zoneinfo/")[2] or text(root / "etc/timezone").strip() or "UTC"
    return "UTC" if name in {"Etc/UTC", "Etc/UCT", "UCT", "Universal", "Zulu"} else name


def firewalls(root: Path, units: frozenset[str]) -> list[str]:
    """Name the packet filters that are on: those that run, and those that only set rules when the host starts."""
    found = set(FIREWALLS) & units
    if re.search(r"^ENABLED=[\"']?yes", text(root / "etc/ufw/ufw.conf"), re.MULTILINE | re.IGNORECASE):
        found.add("ufw.service")
    if (root / "etc/systemd/system/sysinit.target.wants/nftables.service").is_symlink():
        found.add("nftables.service")
    return sorted(found)


def foreign_domains(root: Path) -> list[str]:
    """Name the virtual machines of libvirt that are not Nova's."""
    files = [*names(root / "etc/libvirt/qemu"), *names(root / "run/libvirt/qemu")]
    found = {name.removesuffix(".xml") for name in files if name.endswith(".xml")}
    return sorted(name for name in found if not INSTANCE.fullmatch(name))


def reason_to_restart(root: Path, kernel: str, container: bool) -> str:
    """Say why the host should be restarted; empty when it need not."""
    if (root / "run/reboot-required").exists():
        asked = ", ".join(sorted(set(text(root / "run/reboot-required.pkgs").split())))
        return f"/run/reboot-required{f' (from {asked})' if asked else ''}"
    modules = names(root / "lib/modules")
    if modules and not container and kernel not in modules:
        return f"running kernel {kernel}, whose modules are gone (there are {', '.join(modules)})"
    return ""


def overridden_sysctl(root: Path) -> list[str]:
    """List settings of ours that a file read later gives another value."""
    files: dict[str, Path] = {}
    for folder in SYSCTL_FOLDERS:
        files |= {name: root / folder / name for name in names(root / folder) if name.endswith(".conf")}
    if OURS_SYSCTL not in files:
        return []
    ours = _settings(text(files[OURS_SYSCTL]))
    found = []
    for name in sorted(name for name in files if name > OURS_SYSCTL):
        for key, value in _settings(text(files[name])).items():
            if key in ours and value != ours[key]:
                where = "/" + str(files[name].relative_to(root))
                found.append(f"{key} = {value} in {where}, where {OURS_SYSCTL} has {ours[key]}")
    return found


def open_files(root: Path) -> tuple[int, int]:
    """Give how many files are open on the machine, and how many may be."""
    words = text(root / "proc/sys/fs/file-nr").split()
    return (int(words[0]), int(words[2])) if len(words) == 3 else (0, 0)


def accounts(passwd: str, wanted: Iterable[str]) -> list[Account]:
    """Give those of the services' accounts that are a person's, or share their number with another account."""
    rows = [line.split(":") for line in passwd.splitlines()]
    uids = {fields[0]: int(fields[2]) for fields in rows if len(fields) == 7 and fields[2].isdigit()}
    found = []
    for name in sorted(set(wanted) & set(uids)):
        uid = uids[name]
        others = tuple(sorted(other for other in uids if uids[other] == uid and other != name))
        if others or FIRST_PERSON <= uid <= LAST_PERSON:
            found.append(Account(name, uid, others))
    return found


def own_hosts_lines(content: str) -> list[str]:
    """Give the lines of a hosts file not written by Ansible that say more than any fresh system's does."""
    lines = [line.partition("#")[0].split() for line in content.splitlines()]
    if content.startswith("# Ansible managed"):
        return []
    usual = ("127.", "::1", "fe00:", "ff00:", "ff02:")
    return [" ".join(words) for words in lines if len(words) > 1 and not words[0].startswith(usual)]


def requiretty(root: Path) -> list[str]:
    """Name the files of sudo that ask for a terminal."""
    folder = root / "etc/sudoers.d"
    files = [root / "etc/sudoers", *(folder / name for name in names(folder) if "." not in name)]
    asks = re.compile(r"^\s*Defaults\S*\s+(?:.*,\s*)?requiretty\b", re.MULTILINE)
    return ["/" + str(path.relative_to(root)) for path in files if asks.search(text(path))]


def ssh_settings(root: Path) -> dict[str, str]:
    """Give the settings of the SSH server, by their name in small letters; the first one counts."""
    folder = root / "etc/ssh/sshd_config.d"
    files = [*(folder / name for name in names(folder) if name.endswith(".conf")), root / "etc/ssh/sshd_config"]
    found: dict[str, str] = {}
    for line in "\n".join(text(path) for path in files).splitlines():
        words = line.partition("#")[0].replace("=", " ", 1).split(maxsplit=1)
        if words and words[0].lower() == "match":
            break
        if len(words) == 2:
            found.setdefault(words[0].lower(), words[1].strip())
    return found


def first_number(value: str) -> int | None:
    """Give the number a setting begins with."""
    words = value.split()
    return int(words[0]) if words and words[0].isdigit() else None


def _settings(content: str) -> dict[str, str]:
    rows = [line.partition("=") for line in content.splitlines() if "=" in line and line.strip()[:1] not in "#;"]
    return {key.strip().lstrip("-").replace("/", "."): " ".join(value.split()) for key, _, value in rows}
