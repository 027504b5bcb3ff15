"""One host against what the cloud expects: facts that differ in one thing, and the finding that must name it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.corbel import host_checks
from ansible.module_utils.corbel.host_facts import Facts, Filesystem, Interface, Listener
from ansible.module_utils.corbel.preflight_finding import WARNING

ANYWHERE = "0.0.0.0"  # noqa: S104 - compared with, not bound to
GOOD = Facts(
    system="debian 13",
    architecture="x86_64",
    python=(3, 13),
    first_process="systemd",
    cgroup2=True,
    root=True,
    apt=True,
    memory_mb=8192,
    filesystems=[Filesystem("/", 40000, 20000, 1000, 900), Filesystem("/var", 40000, 20000, 1000, 900)],
    kernel="6.12.1",
    interfaces=[Interface("lo", ("127.0.0.1",)), Interface("eth0", ("192.0.2.21",)), Interface("eth3")],
    ssh_address="192.0.2.21",
    machine_id="0" * 32,
    hostname="controller1",
    nameservers=["192.0.2.1"],
    time=1000.0,
)
EXPECTED: dict[str, Any] = {
    "hostname": "controller1",
    "systems": ["debian 13"],
    "architectures": ["x86_64"],
    "memory_mb": 6144,
    "disks": {"/": 0, "/var": 20480},
    "free_percent": 20,
    "free_mb": 5120,
    "addresses": {"management": "192.0.2.21"},
    "provider_interfaces": ["eth3"],
    "ports": [
        {"port": 9292, "addresses": ["192.0.2.21", "192.0.2.10"], "units": ["glance-api.service", "haproxy.service"]},
        {"port": 4369, "addresses": ["192.0.2.21"], "units": ["epmd.service", "epmd.socket"]},
    ],
    "processors": 0,
    "kvm": False,
    "networks": {"management": {"cidr": "192.0.2.0/24"}},
    "bridges": {"br-ex": {"interface": "eth3", "mtu": 0}},
}


def listener(port: int, address: str, program: str, unit: str) -> dict[str, Any]:
    return {"listeners": [Listener(port, address, program, unit)]}


def interface(**changes: Any) -> dict[str, Any]:
    return {"interfaces": [*GOOD.interfaces[:2], replace(GOOD.interfaces[2], **changes)]}


def disk(**changes: Any) -> dict[str, Any]:
    return {"filesystems": [GOOD.filesystems[0], replace(GOOD.filesystems[1], **changes)]}


def test_good_host_has_no_findings() -> None:
    assert host_checks.check(GOOD, EXPECTED) == []


@pytest.mark.parametrize(
    ("changes", "check", "parts"),
    [
        ({"system": "debian 12"}, "HOST-001", ["debian 12", "debian 13"]),
        ({"system": ""}, "HOST-001", ["unknown"]),
        ({"architecture": "aarch64"}, "HOST-002", ["aarch64", "x86_64"]),
        ({"first_process": "init"}, "HOST-003", ["init", "systemd"]),
        ({"cgroup2": False}, "HOST-004", ["cgroup v2", "unified_cgroup_hierarchy"]),
        ({"root": False}, "HOST-005", ["rights of root", "--ask-become-pass"]),
        ({"python": (3, 9)}, "HOST-006", ["3.9", "3.11"]),
        ({"apt": False}, "HOST-007", ["python3-apt"]),
        ({"unfinished_packages": ["mariadb-server"]}, "HOST-008", ["mariadb-server", "dpkg --configure -a"]),
        ({"memory_mb": 4000}, "HOST-010", ["4000 MiB", "6144 MiB", "preflight_memory_mb"]),
        (disk(size_mb=10000, free_mb=9000), "HOST-011", ["10000 MiB", "20480 MiB", "/var", "preflight_disk_mb"]),
        (disk(free_mb=100), "HOST-012", ["100 MiB free of 40000 MiB", "20 %", "/var"]),
        (disk(free_inodes=3), "HOST-012", ["3 of 1000 inodes", "5 %"]),
        ({"missing_modules": ["openvswitch"]}, "HOST-013", ["6.12.1", "openvswitch", "/lib/modules"]),
        ({"hostname": "debian"}, "HOST-014", ["debian", "controller1", "hostnamectl"]),
        ({"machine_id": ""}, "HOST-015", ["(empty)", "systemd-machine-id-setup"]),
        ({"nameservers": []}, "HOST-016", ["resolv.conf"]),
        ({"interfaces": [GOOD.interfaces[2]]}, "HOST-020", ["192.0.2.21", "management", "corbel_addresses"]),
        ({"interfaces": GOOD.interfaces[:2]}, "HOST-021", ["no interface eth3", "eth0, lo"]),
        (interface(addresses=("192.0.2.77",)), "HOST-021", ["address 192.0.2.77", "without an address"]),
        (interface(master="bond0"), "HOST-021", ["belongs to bond0"]),
        (
            listener(9292, ANYWHERE, "nginx", "nginx.service"),
            "HOST-022",
            ["9292", "nginx", "disable --now nginx.service"],
        ),
        (listener(9292, "192.0.2.10", "systemd", "init.scope"), "HOST-022", ["systemd (init.scope)"]),
        (listener(9292, "192.0.2.10", "nc", ""), "HOST-022", ["nc (no unit)", "glance-api.service"]),
    ],
)
def test_finding(changes: dict[str, Any], check: str, parts: list[str]) -> None:
    findings = [one for one in host_checks.check(replace(GOOD, **changes), EXPECTED) if one.check == check]
    assert len(findings) == 1
    text = " ".join((findings[0].found, findings[0].expected, findings[0].fix))
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"hostname": "controller1"},
        {"memory_mb": 5990},
        interface(master="ovs-system"),
        disk(size_mb=500000, free_mb=6000),
        disk(size_mb=21000, free_mb=4400),
        disk(inodes=0, free_inodes=0),
        listener(9292, "192.0.2.21", "uwsgi", "glance-api.service"),
        listener(9292, "192.0.2.10", "haproxy", "haproxy.service"),
        listener(9292, "127.0.0.1", "nc", ""),
        listener(4369, "192.0.2.21", "systemd", "init.scope"),
        listener(9293, ANYWHERE, "nc", ""),
        listener(9292, "192.0.2.21", "python3", "corbel-preflight.service"),
    ],
)
def test_no_finding(changes: dict[str, Any]) -> None:
    assert host_checks.check(replace(GOOD, **changes), EXPECTED) == []


def test_provider_interface_that_carries_ssh() -> None:
    [finding] = host_checks.check(GOOD, {**EXPECTED, "provider_interfaces": ["eth0"]})
    assert finding.check == "HOST-021"
    assert "carries this SSH connection" in finding.found


def test_name_with_a_domain() -> None:
    assert host_checks.check(GOOD, {**EXPECTED, "hostname": "controller1.cloud.example.com"}) == []


def test_interrupted_packages_only_warn() -> None:
    [finding] = host_checks.check(replace(GOOD, unfinished_packages=["a"]), EXPECTED)
    assert finding.severity == WARNING


@pytest.mark.parametrize(
    ("host_time", "found"),
    [(100.5, ""), (99.0, ""), (104.9, ""), (97.9, "2.1 s behind"), (107.5, "4.5 s ahead of")],
)
def test_clock(host_time: float, found: str) -> None:
    findings = list(host_checks.clock(host_time, before=100.0, after=103.0, tolerance=2.0))
    assert [(one.check, found in one.found) for one in findings] == [("HOST-030", True)] * bool(found)


@pytest.mark.parametrize(
    ("message", "check", "parts"),
    [
        ("Missing sudo password", "HOST-005", ["Missing sudo password", "--ask-become-pass"]),
        ("sudo: a password is required\n", "HOST-005", ["a password is required"]),
        ("/bin/sh: 1: /usr/bin/python3: not found\n\n", "HOST-042", ["not found", "apt-get install python3"]),
        ("", "HOST-042", ["no message"]),
    ],
)
def test_host_that_cannot_be_read(message: str, check: str, parts: list[str]) -> None:
    finding = host_checks.unreadable(message)
    assert finding.check == check
    assert [part for part in parts if part not in finding.found + finding.fix] == []


def test_host_that_does_not_answer() -> None:
    finding = host_checks.unreachable("first\nssh: No route to host\n", "deploy@192.0.2.9 port 22")
    assert finding.check == "HOST-041"
    assert finding.found == "no connection to deploy@192.0.2.9 port 22: ssh: No route to host"
    assert finding.fix.endswith("ssh -v deploy@192.0.2.9")
