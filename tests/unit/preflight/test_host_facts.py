"""What is read from a host, with a folder in the place of its root."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import host_facts
from ansible.module_utils.corbel.host_run import ReadError

from tests.unit.preflight.fake_root import write

LISTS = (
    "kernel_modules",
    "ports",
    "accounts",
    "bridges",
    "devices",
    "expendable",
    "volume_groups",
    "key_folders",
    "vips",
)
WANTED: dict[str, Any] = {
    **{name: [] for name in LISTS},
    "disks": {"/": 0},
    "addresses": {},
    "networks": {},
    "load_balancer": False,
}


def test_system(tmp_path: Path) -> None:
    write(tmp_path, {"etc/os-release": 'PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="13"\n'})
    assert host_facts.system(tmp_path) == "debian 13"
    assert host_facts.system(tmp_path / "nowhere") == ""


@pytest.mark.parametrize(("limit", "expected"), [("max", 2048), (str(512 * 1024 * 1024), 512), (str(1 << 50), 2048)])
def test_memory(limit: str, expected: int, tmp_path: Path) -> None:
    write(tmp_path, {"proc/meminfo": "MemTotal:  2097152 kB\nMemFree: 1 kB\n", "sys/fs/cgroup/memory.max": limit})
    assert host_facts.memory_mb(tmp_path) == expected


def test_filesystem_of_a_path_that_is_not_there(tmp_path: Path) -> None:
    found = host_facts.filesystem(tmp_path, "/var/lib/nothing")
    assert found.path == "/var/lib/nothing"
    assert found.size_mb > 0


def test_kernel_modules(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/modules": "openvswitch 200704 0 - Live 0x0\n",
            "lib/modules/6.1/modules.builtin": "kernel/drivers/net/tun.ko\n",
            "lib/modules/6.1/modules.dep": "kernel/drivers/net/vxlan/vxlan.ko.xz: kernel/net/udp-tunnel.ko\n",
            "sys/module/loop/parameters/max_loop": "8\n",
        },
    )
    wanted = ["openvswitch", "tun", "vxlan", "loop", "dm-crypt", "nf_tables"]
    assert host_facts.missing_modules(tmp_path, "6.1", wanted) == ["dm-crypt", "nf_tables"]
    assert host_facts.missing_modules(tmp_path / "nowhere", "6.1", []) == []


def test_interfaces() -> None:
    output = (
        '[{"ifname": "eth0", "addr_info": [{"local": "192.0.2.1", "scope": "global"},'
        ' {"local": "fe80::1", "scope": "link"}]},'
        ' {"ifname": "eth1", "master": "ovs-system", "addr_info": []}, {}]'
    )
    assert host_facts.interfaces(output) == [
        host_facts.Interface("eth0", ("192.0.2.1",)),
        host_facts.Interface("eth1", (), "ovs-system"),
    ]
    assert host_facts.interfaces("") == []


def test_ssh_address_of_a_parent(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/30/environ": "SUDO_USER=deploy\0",
            "proc/30/status": "Name: python3\nPPid:\t20\n",
            "proc/20/environ": "SSH_CONNECTION=198.51.100.1 50022 192.0.2.21 22\0HOME=/root\0",
            "proc/20/status": "PPid:\t1\n",
        },
    )
    assert host_facts.ssh_address(tmp_path, 30) == "192.0.2.21"
    assert host_facts.ssh_address(tmp_path, 99) == ""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("0100007F", "127.0.0.1"),
        ("00000000", "0.0.0.0"),  # noqa: S104 - compared with, not bound to
        ("00000000000000000000000000000000", "::"),
        ("0000000000000000FFFF0000150200C0", "192.0.2.21"),
        ("B80D0120000000000000000001000000", "2001:db8::1"),
    ],
)
def test_socket_address(raw: str, expected: str) -> None:
    assert host_facts.socket_address(raw) == expected


def test_listeners_with_their_units(tmp_path: Path) -> None:
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    row = "   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1\n"
    table = head + row.format(address="150200C0:244C", state="0A", inode=11)
    table += row.format(address="00000000:0016", state="0A", inode=12)
    table += row.format(address="150200C0:244C", state="01", inode=13)
    write(
        tmp_path,
        {
            "proc/net/tcp": table,
            "proc/40/comm": "uwsgi\n",
            "proc/40/cgroup": "0::/system.slice/glance-api.service\n",
        },
    )
    (tmp_path / "proc/40/fd").mkdir()
    os.symlink("socket:[11]", tmp_path / "proc/40/fd/3")  # noqa: PTH211 - the target is no path
    # Files that the process closes meanwhile cannot be read any more; no link cannot be read either.
    for number in (1, 2, 4, 5):
        (tmp_path / f"proc/40/fd/{number}").touch()
    assert host_facts.listeners(tmp_path, {9292, 9293}) == [
        host_facts.Listener(9292, "192.0.2.21", "uwsgi", "glance-api.service")
    ]


@pytest.mark.parametrize(
    ("cgroup", "expected"),
    [
        ("0::/system.slice/haproxy.service\n", "haproxy.service"),
        ("0::/user.slice/user-0.slice/session-1.scope\n", "session-1.scope"),
        ("0::/\n", ""),
    ],
)
def test_unit(cgroup: str, expected: str) -> None:
    assert host_facts.unit_of(cgroup) == expected


def test_small_files() -> None:
    assert host_facts.nameservers("# none\nsearch x\nnameserver 192.0.2.1\nnameserver\n") == ["192.0.2.1"]
    status = "Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: install ok half-configured\n"
    assert host_facts.unfinished_packages(status) == ["b"]


def test_gather_reads_this_machine() -> None:
    facts = host_facts.gather(WANTED, lambda command: (0, "[]", ""), Path("/"))
    assert facts.memory_mb > 0
    assert facts.python >= (3, 11)
    assert facts.filesystems[0].size_mb > 0
    assert facts.settings.processors > 0
    compared = host_facts.compared(facts, WANTED)
    assert compared["machine_id"] == facts.machine_id
    assert compared["addresses"] == {}


def test_a_host_without_iproute2_cannot_be_read() -> None:
    with pytest.raises(ReadError, match="exit code 127 of ip -j address show"):
        host_facts.gather(WANTED, lambda command: (127, "", "ip is not installed"), Path("/"))
