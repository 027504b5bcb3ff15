"""Checks of how a host is set up: processors, time, programs, packages, kernel settings, accounts. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.host_package_facts import PackageFacts, strangers
from ansible.module_utils.corbel.host_settings_facts import SettingsFacts
from ansible.module_utils.corbel.preflight_finding import WARNING, Finding

LEAST_KERNEL = (6, 1)
LEAST_SESSIONS = 4
FULL_PERCENT = 80
# Units that do what a unit of the cloud does, or change what it made, and why that is a fault.
FOREIGN_UNITS = {
    "connman.service": "changes interfaces and addresses by itself",
    "docker.service": "changes the rules of the packet filter, and drops what is forwarded",
    "NetworkManager.service": "may take over interfaces, bridges and ports of servers",
    "nscd.service": "goes on giving names and accounts that have changed",
    "ntpsec.service": "keeps the clock, as chrony does",
    "openntpd.service": "keeps the clock, as chrony does",
}


def check(facts: SettingsFacts, kernel: str, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Run all checks of this file."""
    yield from machine(facts, kernel, expected)
    yield from clock(facts)
    yield from programs(facts)
    yield from kernel_settings(facts)
    yield from accounts(facts)
    yield from ssh(facts)
    yield from packages(facts.packages)


def machine(facts: SettingsFacts, kernel: str, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Check kernel, processors, virtualization and swap."""
    words = kernel.partition("-")[0].split(".")
    if len(words) > 1 and all(word.isdigit() for word in words[:2]):
        version = (int(words[0]), int(words[1]))
        if version < LEAST_KERNEL:
            yield Finding(
                "HOST-009",
                f"kernel {kernel}",
                f"{LEAST_KERNEL[0]}.{LEAST_KERNEL[1]} or newer, with which services are tested",
                "install linux-image-amd64 of this release and restart the host (a container: its machine)",
                severity=WARNING,
            )
    if 0 < facts.processors < expected["processors"]:
        yield Finding(
            "HOST-017",
            f"{facts.processors} processors",
            f"at least {expected['processors']} for the groups of this host",
            "add processors, or lower preflight_processors if you know better",
        )
    if expected["kvm"] and not facts.kvm:
        yield Finding(
            "HOST-018",
            "no /dev/kvm",
            "hardware virtualization, since nova_compute_virt_type is kvm",
            "enable VT-x or AMD-V in the firmware (in a virtual machine: nested virtualization) and load kvm_intel or "
            "kvm_amd, or set nova_compute_virt_type to auto",
            variable="nova_compute_virt_type",
        )
    if facts.swap_used_mb * 2 > facts.swap_mb > 0:
        yield Finding(
            "HOST-019",
            f"{facts.swap_used_mb} of {facts.swap_mb} MiB of swap in use",
            "at most half; a database or queue that waits for the disk misses its time-outs",
            "add memory, or stop what takes it (systemd-cgtop --order=memory)",
            severity=WARNING,
        )


def clock(facts: SettingsFacts) -> Iterator[Finding]:
    """Check that somebody keeps the clock, once the host has the program for it."""
    if facts.synchronised is False and not facts.new:
        yield Finding(
            "HOST-032",
            "a clock that the kernel calls unsynchronised",
            "chrony with a source of time that answers",
            "look at 'chronyc sources' on the host, and mend host_base_time_servers or host_base_time_pool",
            variable="host_base_time_servers",
            severity=WARNING,
        )


def programs(facts: SettingsFacts) -> Iterator[Finding]:
    """Check for programs that the cloud would have to share the host with."""
    for unit in sorted(set(FOREIGN_UNITS) & facts.units):
        yield Finding(
            "HOST-060",
            f"{unit} runs",
            f"a host without it: it {FOREIGN_UNITS[unit]}",
            f"run on the host: systemctl disable --now {unit}",
            severity=WARNING,
        )
    if facts.domains:
        yield Finding(
            "HOST-061",
            f"virtual machines of libvirt that Nova does not know: {_some(facts.domains)}",
            "only those that Nova made",
            "move them to another host (virsh list --all), or raise nova_compute_reserved_memory_mb",
            severity=WARNING,
        )
    if facts.selinux:
        yield Finding(
            "HOST-062",
            "SELinux enforcing a policy",
            "AppArmor, or SELinux permissive: there is no policy for the services of the cloud",
            "set SELINUX=permissive in /etc/selinux/config and restart the host",
            severity=WARNING,
        )
    if facts.restart:
        yield Finding(
            "HOST-063",
            f"a host that waits for its restart: {facts.restart}",
            "a host that runs what is installed; the kernel cannot load modules it no longer has",
            "restart the host, a hypervisor after its servers have moved",
            severity=WARNING,
        )
    if facts.firewalls:
        yield Finding(
            "HOST-068",
            f"a packet filter of its own: {', '.join(facts.firewalls)}",
            "the ports of the cloud open between its hosts (HOST-050 tries them while a host is new)",
            "open them, or disable it; run preflight.yml with -e preflight_paths=always to try every path",
            severity=WARNING,
        )


def kernel_settings(facts: SettingsFacts) -> Iterator[Finding]:
    """Check settings that others override, and how many files are open."""
    if facts.sysctl:
        yield Finding(
            "HOST-066",
            f"kernel settings overridden: {'; '.join(facts.sysctl[:3])}",
            "what the cloud sets, to stay after a restart",
            "remove the line there, or set the value with host_base_sysctl",
            variable="host_base_sysctl",
            severity=WARNING,
        )
    if facts.files_most and facts.files_open * 100 > facts.files_most * FULL_PERCENT:
        yield Finding(
            "HOST-067",
            f"{facts.files_open} files open of at most {facts.files_most}",
            f"less than {FULL_PERCENT} %",
            "raise fs.file-max with host_base_sysctl, or stop the program that leaks",
            severity=WARNING,
        )


def accounts(facts: SettingsFacts) -> Iterator[Finding]:
    """Check the accounts that services need, and what is written into /etc/hosts."""
    for one in facts.accounts:
        if one.others:
            found = f"account {one.name} with the number {one.uid}, which {', '.join(one.others)} has too"
        else:
            found = f"account {one.name} with the number {one.uid} of a person"
        yield Finding(
            "HOST-069",
            found,
            f"a system account {one.name} of its own for the service, or none: it is made then",
            f"rename the other one, or give it another number: usermod --login <name> {one.name}",
        )
    if facts.new and facts.hosts_lines:
        yield Finding(
            "HOST-045",
            f"lines in /etc/hosts that a run will take away: {_some(facts.hosts_lines)}",
            "what host_base writes there, and no more",
            "declare them in host_base_hosts_extra if they are needed",
            variable="host_base_hosts_extra",
            severity=WARNING,
        )


def ssh(facts: SettingsFacts) -> Iterator[Finding]:
    """Check what sudo and the SSH server let Ansible do."""
    if facts.requiretty:
        yield Finding(
            "HOST-044",
            f"requiretty in {', '.join(facts.requiretty)}",
            "no requiretty for the account of Ansible, which has no terminal (pipelining)",
            "remove it: visudo -f " + facts.requiretty[0],
            severity=WARNING,
        )
    limits = {"MaxSessions": facts.ssh_sessions, "MaxStartups": facts.ssh_startups}
    low = [f"{name} {value}" for name, value in limits.items() if value is not None and value < LEAST_SESSIONS]
    if low:
        yield Finding(
            "HOST-043",
            f"an SSH server with {' and '.join(low)}",
            f"at least {LEAST_SESSIONS}: tasks of several hosts may run on one, each in a session of its own",
            "raise it in /etc/ssh/sshd_config, then: systemctl reload ssh",
            severity=WARNING,
        )


def packages(facts: PackageFacts) -> Iterator[Finding]:
    """Check what apt was told to leave alone, and where packages come from."""
    if facts.held:
        yield Finding(
            "HOST-064",
            f"packages on hold: {_some(facts.held)}",
            "packages that apt may install in the version it needs",
            f"run on the host: apt-mark unhold {' '.join(facts.held)}",
            severity=WARNING,
        )
    if facts.sources == []:
        yield Finding(
            "HOST-065",
            "no source of packages in /etc/apt",
            "at least that of the distribution",
            "write it into /etc/apt/sources.list.d/debian.sources",
            severity=WARNING,
        )
    for one in [source for source in facts.sources or [] if source.uri.startswith("cdrom:")][:1]:
        yield Finding(
            "HOST-065",
            f"{one.uri} in {one.file}",
            "sources that are there: apt asks for the disc",
            f"remove the line from {one.file}",
            severity=WARNING,
        )
    other = strangers(facts) if facts.codename else []
    if other:
        suites, files = (sorted({str(getattr(one, name)) for one in other}) for name in ("suite", "file"))
        yield Finding(
            "HOST-065",
            f"packages of {_some(suites)} in {_some(files)}",
            f"packages of {facts.codename} only",
            "remove the source, or services run with libraries that they were not tested with",
            severity=WARNING,
        )


def _some(values: list[str], most: int = 5) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(values[:most]) + more
