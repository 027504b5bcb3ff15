"""Paths between hosts: who tries what, what the answers mean, and probes on this machine's loopback."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import host_paths
import pytest
from ansible.module_utils.corbel import host_path_packets as packets
from ansible.module_utils.corbel import host_path_plan as paths
from ansible.module_utils.corbel import host_path_probe as probe
from ansible.module_utils.corbel.host_package_facts import PackageFacts, Source
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING, Finding

from tests.unit.preflight.fake_root import write

GROUPS = {"load_balancer": ["c1"], "message_queue": ["c1"], "image": ["c1"], "hypervisor": ["h1", "h2", "h3"]}


def host(number: int, new: bool = True, **changes: Any) -> dict[str, Any]:
    links = {"management": {"name": "eth0", "mtu": 1500}, "tunnel": {"name": "eth1", "mtu": 9000}}
    facts = {
        "new": new,
        "addresses": {"management": f"192.0.2.{number}", "tunnel": f"203.0.113.{number}"},
        "links": links,
        "network_mtus": {"tunnel": 1600},
        "macs": [f"52:54:00:00:00:{number:02x}"],
        "gateway": ["192.0.2.254", "eth0", f"192.0.2.{number}"],
        "vips": [],
    }
    return {**facts, **changes}


HOSTS = {"c1": host(1), "h1": host(11), "h2": host(12), "h3": host(13)}
ROWS = [
    {"from": ["all"], "to": "message_queue", "ports": [5671]},
    {"from": ["hypervisor"], "to": "hypervisor", "ports": [16514]},
]


@pytest.mark.parametrize(
    ("mode", "new", "due"),
    [("auto", True, True), ("auto", False, False), ("always", False, True), ("never", True, False)],
)
def test_paths_are_tried_while_a_host_is_new(mode: str, new: bool, due: bool) -> None:
    assert paths.due(mode, {"a": host(1, new=False), "b": host(2, new=new)}) is due


def test_matrix() -> None:
    rows = [*ROWS, {"from": ["all"], "to": "objects", "ports": [6200]}]
    found = paths.matrix(rows, {"image": [9292], "hypervisor": []}, ["message_queue"])
    assert found == [
        *ROWS,
        {"from": ["load_balancer"], "to": "image", "ports": [9292]},
        {"from": ["all"], "to": "load_balancer", "ports": [9292]},
    ]


def test_plan() -> None:
    found = paths.plan(HOSTS, GROUPS, ROWS, peers=8)
    assert found["c1"]["listen"] == [["192.0.2.1", 5671]]
    assert found["h1"]["connect"] == [
        ["c1", "management", "192.0.2.1", 5671],
        ["h2", "management", "192.0.2.12", 16514],
        ["h3", "management", "192.0.2.13", 16514],
    ]
    assert ["c1", "tunnel", "203.0.113.12", "203.0.113.1", 1600] in found["h2"]["echo"]
    assert ["c1", "management", "192.0.2.12", "192.0.2.1", 1500] in found["h2"]["echo"]
    assert found["h1"]["own"] == [["eth0", "192.0.2.11"], ["eth1", "203.0.113.11"]]


def test_the_work_of_a_host_does_not_grow_with_the_cloud() -> None:
    many = {f"h{number:03}": host(number) for number in range(1, 101)}
    found = paths.plan(many, {"hypervisor": list(many)}, ROWS, peers=8)
    assert {len(row["connect"]) for row in found.values()} == {8}
    assert {len(row["echo"]) for row in found.values()} == {16}
    # A ring: everybody is tried by others.
    assert {target for row in found.values() for target, *_ in row["connect"]} == set(many)


def test_where_services_run_nothing_else_listens() -> None:
    hosts = {**HOSTS, "c1": host(1, new=False), "h3": {}}
    found = paths.plan(hosts, GROUPS, ROWS, peers=8)
    assert found["c1"]["listen"] == []
    assert ["c1", "management", "192.0.2.1", 5671] in found["h1"]["connect"]
    assert "h3" not in found
    assert "h3" not in {target for row in found.values() for target, *_ in row["connect"]}


def test_a_network_that_a_host_does_not_have() -> None:
    row = {"from": ["all"], "to": "message_queue", "ports": [3260], "network": "storage"}
    assert paths.plan(HOSTS, GROUPS, [row], peers=8)["h1"]["connect"] == [["c1", "management", "192.0.2.1", 3260]]


def test_balancers_ask_for_the_virtual_addresses() -> None:
    hosts = {**HOSTS, "c1": host(1, vips=["192.0.2.200"])}
    found = paths.plan(hosts, GROUPS, [], peers=8)
    paths.claim(found, hosts, ["c1"], ["192.0.2.200", "192.0.2.201"])
    assert found["c1"]["claim"] == [["eth0", "192.0.2.201"]]
    # A balancer that was not read may have the address.
    found = paths.plan(hosts, GROUPS, [], peers=8)
    paths.claim(found, hosts, ["c1", "c2"], ["192.0.2.201"])
    assert found["c1"]["claim"] == []


def judged(answer: dict[str, Any], listening: list[Any] | None = None) -> list[Finding]:
    planned = paths.plan({"c1": HOSTS["c1"], "h1": HOSTS["h1"]}, GROUPS, ROWS[:1], peers=8)
    paths.measure(planned, GROUPS, [{"group": "hypervisor", "path": "/var/lib/db", "ms": 50}])
    return list(paths.judge(planned, HOSTS, {"h1": answer, "h9": {}}, {"c1": {"listening": listening or []}}))


@pytest.mark.parametrize(
    ("answer", "check", "severity", "parts"),
    [
        (
            {"connect": ["no answer in 6 s"]},
            "HOST-050",
            ERROR,
            ["no connection to c1 (192.0.2.1) port 5671 on the management network: no answer in 6 s", "packet filter"],
        ),
        ({"connect": ["EHOSTUNREACH"]}, "HOST-050", ERROR, ["EHOSTUNREACH", "mend the route"]),
        (
            {"echo": ["whole", paths.NO_ANSWER]},
            "HOST-050",
            WARNING,
            ["no answer of c1 (203.0.113.1) to an echo request on the tunnel network", "VLAN"],
        ),
        (
            {"echo": ["whole", paths.ONLY_SMALL]},
            "HOST-051",
            ERROR,
            ["packets of 1600 bytes lost on the way to c1 (203.0.113.1)", "corbel_networks.tunnel.mtu"],
        ),
        ({"gateway": False}, "HOST-052", WARNING, ["does not answer ARP"]),
        (
            {"duplicates": [["192.0.2.11", "52:54:00:aa:bb:cc"]]},
            "HOST-053",
            ERROR,
            ["52:54:00:aa:bb:cc answers for 192.0.2.11", "another address"],
        ),
        (
            {"claimed": [["192.0.2.200", "52:54:00:aa:bb:cc"]]},
            "HOST-054",
            ERROR,
            ["52:54:00:aa:bb:cc, which is no host of this cloud", "192.0.2.200"],
        ),
        ({"write": [61.5]}, "HOST-074", WARNING, ["writes to /var/lib/db", "61.5 ms", "50 ms", "preflight_writes"]),
        ({"sources": ["deb.example.com:80"]}, "HOST-055", WARNING, ["deb.example.com:80", "apt-get update"]),
    ],
)
def test_finding(answer: dict[str, Any], check: str, severity: str, parts: list[str]) -> None:
    [finding] = judged(answer)
    assert (finding.check, finding.severity, finding.hosts) == (check, severity, ("h1",))
    text = " ".join((finding.found, finding.expected, finding.fix))
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {
            "connect": ["open"],
            "echo": ["whole", "whole"],
            "duplicates": [],
            "claimed": [],
            "gateway": True,
            "sources": [],
        },
        # Nobody listens there, so that a refusal says that the path is open.
        {"connect": ["refused"]},
        # Something on the way may drop ICMP; connections were tried.
        {"echo": [paths.NO_ANSWER, packets.UNKNOWN]},
        {"claimed": [["192.0.2.200", "52:54:00:00:00:0c"]], "gateway": None},
        {"write": [49.0]},
        {"write": [None]},
    ],
)
def test_no_finding(answer: dict[str, Any]) -> None:
    assert judged(answer) == []


def test_a_filter_that_rejects_is_found_where_somebody_listens() -> None:
    [finding] = judged({"connect": ["refused"]}, [["192.0.2.1", 5671]])
    assert finding.found.endswith("management network: refused")


def test_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        targets = [server.getsockname(), closed.getsockname()]
        assert probe.connect([*targets, targets[0]], seconds=5) == ["open", "refused", "open"]
    assert probe.connect([]) == []


def test_a_host_that_is_silent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first = [socket.create_connection(full.getsockname()) for _ in range(1)]
        # Its queue is full: the kernel drops what comes.
        assert probe.connect([full.getsockname()], seconds=0.3) == ["no answer in 0.3 s"]
        for one in first:
            one.close()


def test_the_listener_says_when_it_is_ready(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        socket.socket() as free,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify,
    ):
        free.bind(("127.0.0.1", 0))
        port, other = free.getsockname()[1], taken.getsockname()[1]
        free.close()
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(30)
        command = probe.listener(sys.executable, [("127.0.0.1", other), ("127.0.0.1", port)])
        program = command[command.index(sys.executable) :]
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(program, env=environment) as running:
            assert notify.recv(64) == b"READY=1"
            assert probe.connect([("127.0.0.1", port)]) == ["open"]
            running.terminate()


def test_the_listener_is_a_unit_that_ends_by_itself() -> None:
    command = probe.listener("/usr/bin/python3", [("192.0.2.1", 5671)])
    assert command[:2] == ["systemd-run", "--quiet"]
    assert {"--collect", "--unit=corbel-preflight", "--service-type=notify", "--property=RuntimeMaxSec=310"} < set(
        command
    )
    assert command[-2:] == ["300", "192.0.2.1/5671"]


def test_sources_of_packages() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        good, bad = (f"127.0.0.1:{one.getsockname()[1]}" for one in (server, closed))
        facts = PackageFacts(sources=[Source("f", f"http://{place}/debian", "trixie") for place in (good, bad)])
        assert probe.sources(facts) == [bad]
        facts.proxy = f"http://{good}"
        assert probe.sources(facts) == []
    assert probe.sources(PackageFacts(sources=[Source("f", "cdrom:[x]/", "y"), Source("f", "file:/srv", "z")])) == []


@pytest.mark.parametrize("size", [0, 1, 56, 1473])
def test_echo_packets(size: int) -> None:
    request = packets.echo_request(7, 3, size)
    assert len(request) == size + 8
    assert packets.checksum(request) == 0
    reply = bytes([0x45]) + bytes(19) + struct.pack("!BBHHH", 0, 0, 0, 7, 3)
    assert packets.echo_number(reply, 7) == 3
    assert packets.echo_number(reply, 8) is None
    assert packets.echo_number(bytes([0x45]) + bytes(19) + request, 7) is None
    assert packets.echo_number(b"", 7) is None


def test_arp_frames(tmp_path: Path) -> None:
    mac = bytes.fromhex("525400000001")
    frame = packets.arp_request(mac, "0.0.0.0", "192.0.2.21")  # noqa: S104 - an address of a packet
    assert (len(frame), frame[:6], frame[6:12], frame[-4:]) == (42, b"\xff" * 6, mac, bytes([192, 0, 2, 21]))
    reply = bytes(20) + struct.pack("!H", 2) + mac + bytes([192, 0, 2, 21]) + bytes(10)
    assert packets.arp_answers([reply, frame, reply[:30]], "192.0.2.21") == {"52:54:00:00:00:01"}
    assert packets.arp_answers([reply], "192.0.2.22") == set()
    write(tmp_path, {"sys/class/net/tun0/type": "65534\n", "sys/class/net/tun0/address": "\n"})
    assert packets.ask(tmp_path, "tun0", "192.0.2.1") == set()
    assert packets.ask(tmp_path, "eth9", "2001:db8::1") == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="raw sockets are root's")
def test_echo_on_loopback() -> None:
    assert packets.echo([("127.0.0.1", "127.0.0.1", 1500), ("127.0.0.1", "127.0.0.2", 9000)]) == ["whole", "whole"]
    assert packets.echo([]) == []


def test_a_plan_is_tried_as_a_whole(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address, port = server.getsockname()
        found = probe.try_all({"connect": [["a", "management", address, port]]}, tmp_path)
    empty: dict[str, Any] = {"echo": [], "sources": [], "write": [], "duplicates": [], "claimed": [], "gateway": None}
    assert found == {"connect": ["open"], **empty}


def test_writes_leave_nothing(tmp_path: Path) -> None:
    took = probe.write_ms(tmp_path, "/var/lib/mysql")
    # Some file systems have no files without a name.
    assert took is None or took >= 0
    assert list(tmp_path.iterdir()) == []


def test_names_of_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"cloud.example.com": ["192.0.2.10"], "old.example.com": ["192.0.2.99"]}

    def resolve(name: str, port: None) -> list[Any]:
        if name not in answers:
            raise OSError("unknown")
        return [(None, None, None, "", (address, 0)) for address in answers[name]]

    monkeypatch.setattr(host_paths.socket, "getaddrinfo", resolve)
    names = {"192.0.2.10": "192.0.2.10", **dict.fromkeys([*answers, "none.example.com"], "192.0.2.10")}
    found = list(host_paths.unresolved(names))
    assert [(one.check, one.severity) for one in found] == [("HOST-056", WARNING)] * 2
    assert "none.example.com resolves to nothing" in found[0].found
    assert "old.example.com resolves to 192.0.2.99" in found[1].found


def test_a_name_server_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(host_paths, "RESOLVE_SECONDS", 0.05)
    monkeypatch.setattr(host_paths.socket, "getaddrinfo", lambda name, port: release.wait(30) and [])
    assert [one.check for one in host_paths.unresolved({"slow.example.com": "192.0.2.10"})] == ["HOST-056"]
    release.set()
