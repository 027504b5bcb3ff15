"""Sockets as the kernel lists them, and what the model says of each."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import drift_sockets
from ansible.module_utils.corbel.drift_sockets import Socket

HEAD = "  sl  local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode\n"
MANAGEMENT = "192.0.2.20"


def row(address: str, port: int, state: str, inode: int) -> str:
    """A line of /proc/net/tcp or udp."""
    packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
    words = [packed[at : at + 4] for at in range(0, len(packed), 4)]
    raw = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return f" 0: {raw.hex().upper()}:{port:04X} 0:0 {state} 0:0 0:0 0 0 0 {inode} 1\n"


def put(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def process(root: Path, pid: int, comm: str, cgroup: str, inodes: list[int]) -> Path:
    folder = root / f"proc/{pid}"
    put(folder / "comm", f"{comm}\n")
    put(folder / "cgroup", f"0::{cgroup}\n")
    (folder / "fd").mkdir()
    for number, inode in enumerate(inodes):
        (folder / f"fd/{number}").symlink_to(f"socket:[{inode}]")
    return folder


def no_command(command: list[str]) -> str:
    raise AssertionError(command)


def rule(**values: Any) -> dict[str, Any]:
    return {"port": None, "protocol": "tcp", "addresses": [], "units": [], "programs": [], "namespace": "", **values}


def test_reading_names_program_unit_and_namespace(tmp_path: Path) -> None:
    tcp = row(MANAGEMENT, 9292, "0A", 11) + row(MANAGEMENT, 50000, "01", 12)
    put(tmp_path / "proc/net/tcp", HEAD + tcp)
    put(tmp_path / "proc/net/tcp6", HEAD + row("::1", 4369, "0A", 13))
    # A service, a client of a name server, and the kernel's VXLAN.
    udp = row("0.0.0.0", 68, "07", 14) + row("0.0.0.0", 40000, "07", 15) + row("0.0.0.0", 4789, "07", 16)  # noqa: S104
    put(tmp_path / "proc/net/udp", HEAD + udp)
    process(tmp_path, 1, "systemd", "/init.scope", [13])
    process(tmp_path, 90, "uwsgi", "/system.slice/glance-api.service", [11])
    process(tmp_path, 91, "networkd", "/system.slice/systemd-networkd.service", [14, 15])
    dnsmasq = process(tmp_path, 92, "dnsmasq", "/system.slice/neutron-dhcp-agent.service", [17])
    put(tmp_path / "run/netns/qdhcp-1", "")
    inode = (tmp_path / "run/netns/qdhcp-1").stat().st_ino
    (dnsmasq / "ns").mkdir()
    (dnsmasq / "ns/net").symlink_to(f"net:[{inode}]")
    put(dnsmasq / "net/udp", HEAD + row("192.0.2.130", 67, "07", 17))
    asked: list[list[str]] = []

    def run(command: list[str]) -> str:
        asked.append(command)
        return json.dumps([{"listen": "[::1]:4369", "unit": "epmd.socket", "activates": "epmd.service"}])

    assert sorted(drift_sockets.read(tmp_path, run), key=lambda one: (one.protocol, one.port)) == [
        Socket("tcp", "::1", 4369, "systemd", "epmd.socket", pid=1),
        Socket("tcp", MANAGEMENT, 9292, "uwsgi", "glance-api.service", pid=90),
        Socket("udp", "192.0.2.130", 67, "dnsmasq", "neutron-dhcp-agent.service", "qdhcp-1", 92),
        Socket("udp", "0.0.0.0", 68, "networkd", "systemd-networkd.service", pid=91),  # noqa: S104
        Socket("udp", "0.0.0.0", 4789, "kernel"),  # noqa: S104
    ]
    assert len(asked) == 1


def test_the_range_of_clients_is_the_hosts(tmp_path: Path) -> None:
    put(tmp_path / "proc/sys/net/ipv4/ip_local_port_range", "20000\t30000\n")
    put(tmp_path / "proc/net/udp", HEAD + row("0.0.0.0", 25000, "07", 1) + row("0.0.0.0", 40000, "07", 2))  # noqa: S104
    assert [one.port for one in drift_sockets.read(tmp_path, no_command)] == [40000]


def test_a_users_own_unit_is_not_the_systems() -> None:
    own = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/memcached.service\n"
    assert drift_sockets.system_unit(own) == "user unit memcached.service"
    assert drift_sockets.system_unit("0::/user.slice/user-0.slice/session-3.scope\n") == "session-3.scope"
    assert drift_sockets.system_unit("0::/system.slice/memcached.service\n") == "memcached.service"


MEMCACHED = rule(port="11211", addresses=["127.0.0.1"], units=["memcached.service"])
API = rule(port="9292", addresses=[MANAGEMENT], units=["glance-api.service"])
QEMU = rule(port="5900-5999", addresses=[MANAGEMENT], programs=["qemu-system-*"])
SSH = rule(units=["ssh.service", "ssh@*.service"])
DHCP = rule(protocol="any", namespace="qdhcp-*", units=["neutron-dhcp-agent.service"])
RULES = [MEMCACHED, API, QEMU, SSH, DHCP, rule(port="4789", protocol="udp", programs=["kernel"])]


@pytest.mark.parametrize(
    "one",
    [
        Socket("tcp", "127.0.0.1", 11211, "memcached", "memcached.service"),
        Socket("tcp", MANAGEMENT, 9292, "uwsgi", "glance-api.service"),
        Socket("tcp", "127.0.0.1", 9292, "uwsgi", "glance-api.service"),
        Socket("tcp", MANAGEMENT, 5901, "qemu-system-x86", "machine-qemu.scope"),
        Socket("tcp", "::", 2222, "sshd", "ssh@1.service"),
        Socket("udp", "0.0.0.0", 4789, "kernel"),  # noqa: S104
        Socket("udp", "192.0.2.130", 67, "dnsmasq", "neutron-dhcp-agent.service", "qdhcp-1"),
    ],
)
def test_sockets_of_the_model_are_no_drift(one: Socket) -> None:
    assert drift_sockets.judge([one], RULES) == []


@pytest.mark.parametrize(
    ("one", "expected", "mend"),
    [
        (
            Socket("tcp", "0.0.0.0", 11211, "memcached", "memcached.service"),  # noqa: S104
            "memcached.service to listen on 127.0.0.1 only",
            "systemctl restart memcached.service",
        ),
        (
            Socket("tcp", MANAGEMENT, 9292, "nc", "foreign.service", pid=7),
            "this port to be that of glance-api.service",
            "systemctl disable --now foreign.service",
        ),
        (
            Socket("tcp", MANAGEMENT, 8123, "python3", "session-4.scope", pid=7),
            "no such listener; the model has none",
            "kill 7",
        ),
        (
            Socket("tcp", MANAGEMENT, 11211, "memcached", "user unit memcached.service", pid=7),
            "this port to be that of memcached.service",
            "kill 7",
        ),
        # Not a TCP port, and not in that namespace.
        (
            Socket("udp", "0.0.0.0", 11211, "memcached", "memcached.service"),  # noqa: S104
            "no such listener; the model has none",
            "systemctl disable --now memcached.service",
        ),
        (
            Socket("udp", "0.0.0.0", 67, "dnsmasq", "neutron-dhcp-agent.service"),  # noqa: S104
            "no such listener; the model has none",
            "systemctl disable --now neutron-dhcp-agent.service",
        ),
        (
            Socket("tcp", "0.0.0.0", 2049, "kernel"),  # noqa: S104
            "no such listener; the model has none",
            "ss --listening --numeric --processes --tcp 'sport = :2049'; then stop what made the kernel listen "
            "(NFS, iSCSI, a tunnel)",
        ),
    ],
)
def test_sockets_beyond_the_model_are_drift(one: Socket, expected: str, mend: str) -> None:
    (item,) = drift_sockets.judge([one], RULES)
    assert (item.expected, item.mend, item.severity) == (expected, mend, "exposed")
    assert item.name == f"{one.protocol} {one.port}"
    assert one.program in item.found
    assert f":{one.port}" in item.found


def test_one_holder_of_a_port_is_one_item() -> None:
    both = [Socket("tcp", address, 80, "nginx", "nginx.service", pid=4) for address in ("0.0.0.0", "::")]  # noqa: S104
    (item,) = drift_sockets.judge(both, RULES)
    assert item.found == "nginx (nginx.service) on 0.0.0.0:80, [::]:80"
