"""Checks of one host against what the cloud expects of it. Pure functions, standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel import host_link_checks, host_settings_checks, host_storage_checks, host_tls_checks
from ansible.module_utils.corbel.host_facts import Facts, Interface, Listener
from ansible.module_utils.corbel.preflight_finding import WARNING, Finding

LEAST_PYTHON = (3, 11)
LEAST_INODES_PERCENT = 5
KERNEL_PERCENT = 5
WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound to
OPEN_VSWITCH = "ovs-system"
# systemd holds the sockets that start a unit.
FIRST_PROCESS = "init.scope"
# What listens for a minute while paths between hosts are tried.
PROBE = "corbel-preflight.service"
MACHINE_ID_LENGTH = 32


def check(facts: Facts, expected: Mapping[str, Any]) -> list[Finding]:
    """Run all checks; `expected` has the options of the module host_check."""
    return [
        *base(facts, expected),
        *room(facts, expected),
        *modules(facts),
        *identity(facts, expected),
        *addresses(facts, expected),
        *provider_interfaces(facts, expected),
        *ports(facts, expected),
        *host_settings_checks.check(facts.settings, facts.kernel, expected),
        *host_link_checks.check(facts.links, expected),
        *host_storage_checks.check(facts.storage, facts.settings.new),
        *host_tls_checks.check(facts.tls, facts.time, expected),
    ]


def base(facts: Facts, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Check system, architecture, privilege and package manager."""
    systems, architectures = expected["systems"], expected["architectures"]
    if facts.system not in systems:
        yield Finding(
            "HOST-001", facts.system or "an unknown system", " or ".join(systems), "install that system on the host"
        )
    if facts.architecture not in architectures:
        yield Finding("HOST-002", facts.architecture, " or ".join(architectures), "use a host of that architecture")
    if facts.first_process != "systemd":
        yield Finding(
            "HOST-003",
            f"{facts.first_process or 'something unknown'} as first process",
            "systemd as first process",
            "boot the host, or its container, with systemd",
        )
    if not facts.cgroup2:
        yield Finding(
            "HOST-004",
            "no unified control group hierarchy",
            "cgroup v2 at /sys/fs/cgroup",
            "boot with systemd.unified_cgroup_hierarchy=1",
        )
    if not facts.root:
        yield Finding(
            "HOST-005",
            "a user without the rights of root",
            "root, by become",
            "let the user of ansible_user run sudo, and give the password with --ask-become-pass if it needs one",
        )
    if facts.python < LEAST_PYTHON:
        yield Finding(
            "HOST-006",
            "Python " + _version(facts.python),
            f"{_version(LEAST_PYTHON)} or newer",
            "set ansible_python_interpreter",
        )
    if not facts.apt:
        yield Finding(
            "HOST-007", "no module apt_pkg in Python", "package python3-apt", "run: apt-get install python3-apt"
        )
    if facts.unfinished_packages:
        yield Finding(
            "HOST-008",
            f"packages whose installation was interrupted: {', '.join(facts.unfinished_packages[:5])}",
            "every package installed or removed completely",
            "run: dpkg --configure -a && apt-get --fix-broken install",
            severity=WARNING,
        )


def room(facts: Facts, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Check memory and disks."""
    # The kernel keeps some of what the machine has.
    if facts.memory_mb * 100 < expected["memory_mb"] * (100 - KERNEL_PERCENT):
        yield Finding(
            "HOST-010",
            f"{facts.memory_mb} MiB of memory",
            f"at least {expected['memory_mb']} MiB for the groups of this host",
            "add memory, or lower preflight_memory_mb if you know better",
        )
    floors = expected["disks"]
    for one in facts.filesystems:
        if one.size_mb < floors.get(one.path, 0):
            yield Finding(
                "HOST-011",
                f"a file system of {one.size_mb} MiB for {one.path}",
                f"at least {floors[one.path]} MiB for the groups of this host",
                "enlarge it, or lower preflight_disk_mb if you know better",
            )
        percent = expected["free_percent"]
        if one.free_mb < expected["free_mb"] and one.free_mb * 100 < one.size_mb * percent:
            yield Finding(
                "HOST-012",
                f"{one.free_mb} MiB free of {one.size_mb} MiB for {one.path}",
                f"at least {percent} % or {expected['free_mb']} MiB free",
                "free some room: apt-get clean, journalctl --vacuum-size=100M, or enlarge the file system",
            )
        if one.inodes and one.free_inodes * 100 < one.inodes * LEAST_INODES_PERCENT:
            yield Finding(
                "HOST-012",
                f"{one.free_inodes} of {one.inodes} inodes free for {one.path}",
                f"at least {LEAST_INODES_PERCENT} % free",
                "remove the many small files that fill it",
            )


def modules(facts: Facts) -> Iterator[Finding]:
    """Check the kernel modules."""
    if facts.missing_modules:
        yield Finding(
            "HOST-013",
            f"kernel {facts.kernel} without {', '.join(facts.missing_modules)}",
            "these modules loaded, built in, or installed",
            f"install them (linux-image-amd64, or the modules of {facts.kernel} in /lib/modules), "
            "or take the host out of the groups that need them",
        )


def identity(facts: Facts, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Check what the host calls itself and whom it asks for names."""
    name = expected["hostname"]
    if name and facts.hostname not in {name, name.split(".")[0]}:
        yield Finding(
            "HOST-014",
            f"host name {facts.hostname}",
            f"{name}, as in the inventory",
            f"run on the host: hostnamectl set-hostname {name}; or rename it in the inventory",
        )
    if len(facts.machine_id) != MACHINE_ID_LENGTH:
        yield Finding(
            "HOST-015",
            f"machine id {facts.machine_id or '(empty)'}",
            "32 hexadecimal digits in /etc/machine-id",
            "run on the host: rm -f /etc/machine-id && systemd-machine-id-setup",
        )
    if not facts.nameservers:
        yield Finding(
            "HOST-016",
            "no name server in /etc/resolv.conf",
            "at least one",
            "write nameserver <address> into /etc/resolv.conf",
        )


def addresses(facts: Facts, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that the declared addresses are on interfaces."""
    present = {address for one in facts.interfaces for address in one.addresses}
    for network, address in expected["addresses"].items():
        if address not in present:
            yield Finding(
                "HOST-020",
                f"no interface with {address} (there are {', '.join(_described(facts.interfaces)) or 'none'})",
                f"{address} on an interface, the {network} address of this host",
                "configure the address on the host, or mend corbel_addresses",
                variable=f"corbel_addresses.{network}",
            )


def provider_interfaces(facts: Facts, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Check the interfaces that go into provider bridges."""
    known = {one.name: one for one in facts.interfaces}
    for name in expected["provider_interfaces"]:
        one = known.get(name)
        found, fix = "", "name another interface in corbel_provider_networks"
        if not one:
            found = f"no interface {name} (there are {', '.join(sorted(known))})"
        elif facts.ssh_address and facts.ssh_address in one.addresses:
            found = f"interface {name} carries this SSH connection ({facts.ssh_address})"
        elif one.addresses:
            found = f"interface {name} has address {', '.join(one.addresses)}"
            fix += ", or remove the address"
        elif one.master and one.master != OPEN_VSWITCH:
            found = f"interface {name} belongs to {one.master}"
            fix += f", or take it out of {one.master}"
        if found:
            yield Finding(
                "HOST-021",
                found,
                "an interface for provider networks alone, without an address",
                fix,
                variable="corbel_provider_networks",
            )


def ports(facts: Facts, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that the ports of the cloud's services are free, or taken by those services."""
    for wanted in expected["ports"]:
        for one in facts.listeners:
            if one.port == wanted["port"] and _collides(one, wanted["addresses"]) and not _own(one, wanted["units"]):
                yield Finding(
                    "HOST-022",
                    f"port {one.port} on {one.address} taken by {one.program or 'an unknown program'} "
                    f"({one.unit or 'no unit'})",
                    f"the port free for {' or '.join(wanted['units'])}",
                    f"stop it: systemctl disable --now {one.unit}" if one.unit else "stop that program",
                )


def unreachable(message: str, target: str) -> Finding:
    """Say that a host did not answer."""
    return Finding(
        "HOST-041",
        f"no connection to {target}: {_last_line(message)}",
        "a host that answers SSH with the known host key and lets the key of this machine in",
        "start the host, or mend ansible_host, ansible_user or the key; try: ssh -v " + target.partition(" ")[0],
    )


def unreadable(message: str) -> Finding:
    """Say that a host answered and could not be read."""
    line = _last_line(message)
    if any(word in line for word in ("sudo", "become", "privilege", "password")):
        return Finding(
            "HOST-005",
            f"no rights of root: {line}",
            "root, by become",
            "let the user of ansible_user run sudo, and give the password with --ask-become-pass if it needs one",
        )
    return Finding(
        "HOST-042",
        f"a host that could not be read: {line}",
        "Python 3.11 or newer and the package iproute2",
        "run on the host: apt-get install python3 python3-apt iproute2",
    )


def clock(host_time: float, before: float, after: float, tolerance: float) -> Iterator[Finding]:
    """Compare a host's clock with the controlling machine's, which read its own before and after."""
    skew = min(host_time - before, 0.0) + max(host_time - after, 0.0)
    if abs(skew) > tolerance:
        yield Finding(
            "HOST-030",
            f"a clock {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} the controlling machine's",
            f"at most {tolerance:g} s apart",
            "set the clock, and let chrony or systemd-timesyncd keep it (timedatectl)",
        )


def _collides(one: Listener, wanted: Iterable[str]) -> bool:
    return one.address in WILDCARDS or one.address in set(wanted)


def _own(one: Listener, units: Iterable[str]) -> bool:
    if one.unit == FIRST_PROCESS:
        return any(unit.endswith(".socket") for unit in units)
    return one.unit in {*units, PROBE}


def _last_line(text: str) -> str:
    """Give the last line that says something: programs print why they stop at the end."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def _described(found: Iterable[Interface]) -> list[str]:
    return [f"{one.name} {'/'.join(one.addresses)}" for one in found if one.addresses and one.name != "lo"]


def _version(pair: tuple[int, int]) -> str:
    return ".".join(str(part) for part in pair)
