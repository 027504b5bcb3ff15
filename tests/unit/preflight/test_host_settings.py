"""How a host is set up: what is read from a folder in the place of its root, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import host_package_facts, host_settings_checks, host_settings_facts
from ansible.module_utils.corbel.host_package_facts import PackageFacts, Source
from ansible.module_utils.corbel.host_settings_facts import Account, SettingsFacts
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING

from tests.unit.preflight.fake_root import write

DEBIAN = Source("/etc/apt/sources.list.d/debian.sources", "http://deb.debian.org/debian", "trixie")
GOOD = SettingsFacts(
    processors=4,
    kvm=True,
    swap_mb=2048,
    swap_used_mb=100,
    synchronised=True,
    timezone="UTC",
    units=frozenset({"ssh.service", "chrony.service"}),
    files_open=2000,
    files_most=100000,
    ssh_sessions=10,
    ssh_startups=10,
    packages=PackageFacts(sources=[DEBIAN], codename="trixie"),
)
EXPECTED: dict[str, Any] = {"processors": 4, "kvm": True}


def packages(**changes: Any) -> dict[str, Any]:
    return {"packages": replace(GOOD.packages, **changes)}


def findings(facts: SettingsFacts, kernel: str = "6.12.41+deb13-amd64") -> list[Any]:
    return list(host_settings_checks.check(facts, kernel, EXPECTED))


def test_good_host_has_no_findings() -> None:
    assert findings(GOOD) == []
    assert list(host_settings_checks.check(SettingsFacts(), "", {"processors": 4, "kvm": False})) == []


@pytest.mark.parametrize(
    ("changes", "check", "severity", "parts"),
    [
        ({"processors": 2}, "HOST-017", ERROR, ["2 processors", "at least 4", "preflight_processors"]),
        ({"kvm": False}, "HOST-018", ERROR, ["no /dev/kvm", "nova_compute_virt_type to auto"]),
        ({"swap_used_mb": 1500}, "HOST-019", WARNING, ["1500 of 2048 MiB", "add memory"]),
        ({"synchronised": False}, "HOST-032", WARNING, ["unsynchronised", "chronyc sources"]),
        ({"ssh_sessions": 1}, "HOST-043", WARNING, ["MaxSessions 1", "sshd_config"]),
        ({"ssh_startups": 2}, "HOST-043", WARNING, ["MaxStartups 2"]),
        ({"requiretty": ["/etc/sudoers.d/site"]}, "HOST-044", WARNING, ["/etc/sudoers.d/site", "visudo -f"]),
        (
            {"new": True, "hosts_lines": ["192.0.2.9 registry"]},
            "HOST-045",
            WARNING,
            ["192.0.2.9 registry", "host_base_hosts_extra"],
        ),
        ({"units": frozenset({"docker.service"})}, "HOST-060", WARNING, ["docker.service runs", "systemctl disable"]),
        ({"domains": ["web", "mail"]}, "HOST-061", WARNING, ["web, mail", "virsh list --all"]),
        ({"selinux": True}, "HOST-062", WARNING, ["enforcing", "SELINUX=permissive"]),
        ({"restart": "/run/reboot-required"}, "HOST-063", WARNING, ["/run/reboot-required", "restart the host"]),
        (packages(held=["mariadb-server"]), "HOST-064", WARNING, ["mariadb-server", "apt-mark unhold mariadb-server"]),
        (packages(sources=[]), "HOST-065", WARNING, ["no source of packages", "debian.sources"]),
        (
            packages(sources=[DEBIAN, replace(DEBIAN, suite="bookworm-updates")]),
            "HOST-065",
            WARNING,
            ["packages of bookworm-updates", "packages of trixie only"],
        ),
        (
            packages(sources=[DEBIAN, Source("/etc/apt/sources.list", "cdrom:[Debian]/", "trixie")]),
            "HOST-065",
            WARNING,
            ["cdrom:[Debian]/ in /etc/apt/sources.list"],
        ),
        ({"sysctl": ["vm.swappiness = 60"]}, "HOST-066", WARNING, ["vm.swappiness = 60", "host_base_sysctl"]),
        ({"files_open": 90000}, "HOST-067", WARNING, ["90000 files open of at most 100000", "fs.file-max"]),
        ({"firewalls": ["ufw.service"]}, "HOST-068", WARNING, ["ufw.service", "preflight_paths=always"]),
        ({"accounts": [Account("nova", 1000)]}, "HOST-069", ERROR, ["account nova with the number 1000 of a person"]),
        (
            {"accounts": [Account("nova", 64030, ("backup2",))]},
            "HOST-069",
            ERROR,
            ["64030, which backup2 has too", "usermod"],
        ),
    ],
)
def test_finding(changes: dict[str, Any], check: str, severity: str, parts: list[str]) -> None:
    [finding] = findings(replace(GOOD, **changes))
    assert (finding.check, finding.severity) == (check, severity)
    text = " ".join((finding.found, finding.expected, finding.fix))
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"new": True, "synchronised": False},
        {"synchronised": None},
        {"hosts_lines": ["192.0.2.9 registry"]},
        {"processors": 0},
        packages(sources=None),
        packages(sources=[DEBIAN, Source("/etc/apt/sources.list.d/own.list", "https://repo.example.com", "noble")]),
    ],
)
def test_no_finding(changes: dict[str, Any]) -> None:
    assert findings(replace(GOOD, **changes)) == []


@pytest.mark.parametrize(
    ("kernel", "old"), [("5.10.0-26-amd64", True), ("6.1.0", False), ("7.0.1", False), ("6.18.44-fc-v782", False)]
)
def test_kernel(kernel: str, old: bool) -> None:
    assert [finding.check for finding in findings(GOOD, kernel)] == ["HOST-009"] * old


def test_a_container_has_no_swap_and_no_uuid_of_its_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/meminfo": "SwapTotal: 2097152 kB\nSwapFree: 1048576 kB\n",
            "sys/class/dmi/id/product_uuid": "4C4C4544-0051\n",
            "lib/modules/6.1.0/modules.dep": "",
        },
    )
    wanted: dict[str, list[str]] = {"accounts": []}
    machine = host_settings_facts.gather(tmp_path, "6.1.0", "", wanted)
    assert (machine.swap_mb, machine.swap_used_mb, machine.product_uuid) == (2048, 1024, "4c4c4544-0051")
    write(tmp_path, {"run/systemd/container": "systemd-nspawn\n"})
    container = host_settings_facts.gather(tmp_path, "6.12.1", "", wanted)
    assert (container.swap_mb, container.product_uuid, container.restart) == (0, "", "")


@pytest.mark.parametrize(("mask", "may"), [("000001ffffffffff", True), ("00000000fdecafff", False)])
def test_who_may_set_the_clock(mask: str, may: bool, tmp_path: Path) -> None:
    write(tmp_path, {"proc/1/status": f"Name:\tsystemd\nCapEff:\t{mask}\n"})
    assert host_settings_facts.may_set_clock(tmp_path) is may
    assert not host_settings_facts.may_set_clock(tmp_path / "nowhere")


def test_the_kernel_says_whether_its_clock_is_kept() -> None:
    assert host_settings_facts.synchronised() in {True, False}


@pytest.mark.parametrize(
    ("target", "expected"),
    [("/usr/share/zoneinfo/Europe/Vienna", "Europe/Vienna"), ("../usr/share/zoneinfo/Etc/UTC", "UTC")],
)
def test_time_zone(target: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    assert host_settings_facts.timezone(tmp_path) == "UTC"
    (tmp_path / "etc/localtime").symlink_to(target)
    assert host_settings_facts.timezone(tmp_path) == expected


def test_virtual_machines_that_are_not_novas(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "etc/libvirt/qemu/instance-0000001a.xml": "",
            "etc/libvirt/qemu/web.xml": "",
            "run/libvirt/qemu/mail.xml": "",
            "run/libvirt/qemu/mail.pid": "",
        },
    )
    assert host_settings_facts.foreign_domains(tmp_path) == ["mail", "web"]


def test_packet_filters_that_run_or_set_rules_at_the_start(tmp_path: Path) -> None:
    write(tmp_path, {"etc/ufw/ufw.conf": "# ENABLED=yes\nENABLED=no\n"})
    assert host_settings_facts.firewalls(tmp_path, frozenset({"firewalld.service"})) == ["firewalld.service"]
    write(tmp_path, {"etc/ufw/ufw.conf": "ENABLED=yes\n"})
    wants = tmp_path / "etc/systemd/system/sysinit.target.wants"
    wants.mkdir(parents=True)
    (wants / "nftables.service").symlink_to("/usr/lib/systemd/system/nftables.service")
    assert host_settings_facts.firewalls(tmp_path, frozenset()) == ["nftables.service", "ufw.service"]


def test_reasons_to_restart(tmp_path: Path) -> None:
    write(tmp_path, {"lib/modules/6.12.50/modules.dep": ""})
    assert "modules are gone (there are 6.12.50)" in host_settings_facts.reason_to_restart(tmp_path, "6.12.41", False)
    assert host_settings_facts.reason_to_restart(tmp_path, "6.12.50", False) == ""
    write(tmp_path, {"run/reboot-required": "", "run/reboot-required.pkgs": "libc6\nlibc6\n"})
    assert host_settings_facts.reason_to_restart(tmp_path, "6.12.50", False) == "/run/reboot-required (from libc6)"


def test_kernel_settings_that_a_later_file_overrides(tmp_path: Path) -> None:
    files = {
        "etc/sysctl.d/60-corbel.conf": "net.core.somaxconn = 4096\n-vm.swappiness = 10\n",
        "etc/sysctl.d/10-before.conf": "net.core.somaxconn = 1\n",
        "usr/lib/sysctl.d/99-vendor.conf": "# vm.swappiness = 1\nvm/swappiness = 60\nkernel.panic = 1\n",
        "usr/lib/sysctl.d/90-same.conf": "net.core.somaxconn=4096\n",
        # A file of the same name in /etc takes the place of the vendor's.
        "usr/lib/sysctl.d/98-masked.conf": "net.core.somaxconn = 2\n",
        "etc/sysctl.d/98-masked.conf": "",
    }
    write(tmp_path, files)
    assert host_settings_facts.overridden_sysctl(tmp_path) == [
        "vm.swappiness = 60 in /usr/lib/sysctl.d/99-vendor.conf, where 60-corbel.conf has 10"
    ]
    (tmp_path / "etc/sysctl.d/60-corbel.conf").unlink()
    assert host_settings_facts.overridden_sysctl(tmp_path) == []


def test_accounts_that_are_taken() -> None:
    passwd = (
        "root:x:0:0::/root:/bin/bash\nnova:x:1001:1001:Nova:/home/nova:/bin/bash\nglance:x:990:990::/:/usr/sbin/nologin\n"
        "other:x:990:990::/:/bin/sh\nheat:x:991:991::/:/usr/sbin/nologin\nbroken\n"
    )
    assert host_settings_facts.accounts(passwd, ["nova", "glance", "heat", "cinder"]) == [
        Account("glance", 990, ("other",)),
        Account("nova", 1001),
    ]


def test_lines_of_hosts_that_a_run_takes_away() -> None:
    fresh = "127.0.0.1 localhost\n127.0.1.1 host1\n::1 localhost\nff02::1 ip6-allnodes\n"
    assert host_settings_facts.own_hosts_lines(fresh) == []
    assert host_settings_facts.own_hosts_lines(fresh + "192.0.2.9 registry # ours\n") == ["192.0.2.9 registry"]
    assert host_settings_facts.own_hosts_lines("# Ansible managed\n192.0.2.9 registry\n") == []


def test_sudo_and_ssh(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "etc/sudoers": "Defaults !requiretty\nDefaults env_reset\n",
            "etc/sudoers.d/site": "Defaults:deploy env_reset, requiretty\n",
            "etc/sudoers.d/old.bak": "Defaults requiretty\n",
            "etc/ssh/sshd_config": "MaxSessions 20\nMaxStartups 3:30:60 # few\nMatch User a\n  MaxSessions 1\n",
            "etc/ssh/sshd_config.d/10-site.conf": "maxsessions = 2\n",
        },
    )
    assert host_settings_facts.requiretty(tmp_path) == ["/etc/sudoers.d/site"]
    facts = host_settings_facts.gather(tmp_path, "", "", {"accounts": []})
    assert (facts.ssh_sessions, facts.ssh_startups) == (2, 3)


def test_a_host_is_new_until_something_is_deployed(tmp_path: Path) -> None:
    assert host_settings_facts.gather(tmp_path, "", "", {"accounts": []}).new
    write(
        tmp_path,
        {
            "etc/corbel/bundles/host_base.json": "{}",
            "sys/fs/cgroup/system.slice/chrony.service/cgroup.procs": "",
            "sys/fs/cgroup/system.slice/dev-hugepages.mount/cgroup.procs": "",
            "proc/sys/fs/file-nr": "1024\t0\t9000\n",
        },
    )
    facts = host_settings_facts.gather(tmp_path, "", "", {"accounts": []})
    assert (facts.new, facts.units, facts.files_most) == (False, frozenset({"chrony.service"}), 9000)


def test_packages(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "etc/os-release": "ID=debian\nVERSION_CODENAME=trixie\n",
            "etc/apt/sources.list": "# old\ndeb [trusted=yes] http://a.example.com/debian trixie main\ndeb-src x y z\n",
            "etc/apt/sources.list.d/debian.sources": (
                "Types: deb deb-src\nURIs: http://b.example.com/debian\nSuites: trixie\n bookworm/updates\n\n"
                "Types: deb\nEnabled: no\nURIs: http://c.example.com\nSuites: sid\n\n"
                "Types: deb-src\nURIs: x\nSuites: sid\n"
            ),
            "etc/apt/apt.conf.d/80proxy": 'Acquire::http::Proxy "http://192.0.2.1:3142";\n',
        },
    )
    dpkg = "Package: a\nStatus: hold ok installed\n\nPackage: b\nStatus: install ok installed\n"
    facts = host_package_facts.gather(tmp_path, dpkg)
    assert facts.held == ["a"]
    assert [(one.uri, one.suite) for one in facts.sources or []] == [
        ("http://a.example.com/debian", "trixie"),
        ("http://b.example.com/debian", "trixie"),
        ("http://b.example.com/debian", "bookworm/updates"),
    ]
    assert facts.proxy == "http://192.0.2.1:3142"
    assert [one.suite for one in host_package_facts.strangers(facts)] == ["bookworm/updates"]
    assert host_package_facts.gather(tmp_path / "nowhere", "").sources is None
