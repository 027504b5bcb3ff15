"""Interfaces, bonds, routes and bridges: what is read, and what is said about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import host_link_checks, host_link_facts
from ansible.module_utils.corbel.host_link_facts import Bond, Link, LinkFacts
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING

from tests.unit.preflight.fake_root import write

MANAGEMENT = Link("eth0", 1500, False, "52:54:00:00:00:01", (("192.0.2.21", 24),))
TUNNEL = Link("eth1", 1600, False, "52:54:00:00:00:02", (("203.0.113.21", 24),))
PROVIDER = Link("eth3", 1500, False, "52:54:00:00:00:03")
GOOD = LinkFacts(
    links=[MANAGEMENT, TUNNEL, PROVIDER],
    bonds=[Bond("bond0", ("eth4", "eth5"))],
    routed=True,
    gateway="192.0.2.1",
    gateway_link="eth0",
    bridges={"br-ex": ["eth3"]},
)
EXPECTED: dict[str, Any] = {
    "addresses": {"management": "192.0.2.21", "tunnel": "203.0.113.21"},
    "networks": {"management": {"cidr": "192.0.2.0/24"}, "tunnel": {"cidr": "203.0.113.0/24", "mtu": 1600}},
    "bridges": {"br-ex": {"interface": "eth3", "mtu": 1500}},
}


def tunnel(**changes: Any) -> dict[str, Any]:
    return {"links": [MANAGEMENT, replace(TUNNEL, **changes), PROVIDER]}


def test_good_host_has_no_findings() -> None:
    assert list(host_link_checks.check(GOOD, EXPECTED)) == []
    assert list(host_link_checks.check(LinkFacts(), EXPECTED)) == []


@pytest.mark.parametrize(
    ("changes", "check", "severity", "parts"),
    [
        (tunnel(down=True), "HOST-023", ERROR, ["eth1 with 203.0.113.21 is down", "ip link set eth1 up"]),
        (tunnel(mtu=1500), "HOST-024", ERROR, ["MTU 1500 of interface eth1", "1600", "corbel_networks.tunnel.mtu"]),
        (
            {"links": [MANAGEMENT, TUNNEL, replace(PROVIDER, mtu=1400)]},
            "HOST-024",
            ERROR,
            ["MTU 1400 of interface eth3", "br-ex", "corbel_provider_networks"],
        ),
        (tunnel(prefixes=(("203.0.113.21", 16),)), "HOST-025", WARNING, ["203.0.113.21/16", "203.0.113.0/24"]),
        ({"bonds": [Bond("bond0", ("eth4", "eth5"), ("eth5",))]}, "HOST-026", WARNING, ["eth5 without a carrier"]),
        ({"bonds": [Bond("bond0", ("eth4",))]}, "HOST-026", WARNING, ["fewer than two members"]),
        ({"bridges": {"br-ex": ["eth3", "eth9"]}}, "HOST-027", WARNING, ["card eth9", "ovs-vsctl del-port br-ex eth9"]),
        ({"advertised": ["eth1"]}, "HOST-028", WARNING, ["IPv6 on eth1", "accept_ra"]),
        ({"routed": False, "gateway": "", "gateway_link": ""}, "HOST-029", WARNING, ["no default route"]),
    ],
)
def test_finding(changes: dict[str, Any], check: str, severity: str, parts: list[str]) -> None:
    [finding] = host_link_checks.check(replace(GOOD, **changes), EXPECTED)
    assert (finding.check, finding.severity) == (check, severity)
    text = " ".join((finding.found, finding.expected, finding.fix))
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize(
    "changes",
    [tunnel(mtu=9000), {"routed": None}, {"advertised": ["eth0"]}, {"bridges": {}}],
)
def test_no_finding(changes: dict[str, Any]) -> None:
    assert list(host_link_checks.check(replace(GOOD, **changes), EXPECTED)) == []


def test_links() -> None:
    shown = [
        {
            "ifname": "eth0",
            "mtu": 1500,
            "operstate": "UP",
            "address": "52:54:00:00:00:01",
            "addr_info": [{"local": "192.0.2.21", "prefixlen": 24}],
        },
        {"ifname": "eth8", "operstate": "DOWN", "flags": ["NO-CARRIER", "BROADCAST", "UP"]},
        {"ifname": "eth9", "operstate": "DOWN", "flags": ["UP", "LOWER_UP"]},
        {"ifname": "tun0", "operstate": "UNKNOWN", "flags": ["UP"]},
        {},
    ]
    assert host_link_facts.links(json.dumps(shown)) == [
        MANAGEMENT,
        Link("eth8", down=True),
        Link("eth9"),
        Link("tun0"),
    ]
    assert host_link_facts.links("") == []
    assert GOOD.of_address("203.0.113.21") == TUNNEL
    assert GOOD.of_address("203.0.113.99") is None
    assert GOOD.gateway_source() == "192.0.2.21"
    assert LinkFacts().gateway_source() == ""


def test_default_route() -> None:
    head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    far = "eth1\t00000000\t017100CB\t0003\t0\t0\t200\t00000000\t0\t0\t0\n"
    near = "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    network = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    assert host_link_facts.default_route(head + far + near + network) == ("192.0.2.1", "eth0")
    assert host_link_facts.default_route(head + network) is None
    line = "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n"
    assert host_link_facts.default_route(head + line) == ("", "ppp0")


def test_routers_that_advertise_themselves() -> None:
    row = "{to} 00 {none} 00 fe800000000000000000000000000001 00000400 00000001 00000000 {flags} {link}\n"
    none = "0" * 32
    table = row.format(to=none, none=none, flags="00450003", link="eth1")
    table += row.format(to=none, none=none, flags="00200200", link="lo")
    assert host_link_facts.advertised(table) == ["eth1"]


def test_bonds_and_cards_of_bridges(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "sys/class/net/bonding_masters": "bond0\n",
            "sys/class/net/bond0/bonding/slaves": "eth4 eth5\n",
            "sys/class/net/eth4/operstate": "up\n",
            "sys/class/net/eth5/operstate": "down\n",
            "sys/class/net/eth3/device/vendor": "0x1af4\n",
            "sys/class/net/br-ex/address": "",
            "run/openvswitch/db.sock": "",
        },
    )
    asked: list[list[str]] = []

    def run(command: list[str]) -> str:
        asked.append(command)
        return "eth3\nphy-br-ex\n"

    facts = host_link_facts.gather(tmp_path, "[]", ["br-ex", "br-none"], run)
    assert facts.bonds == [Bond("bond0", ("eth4", "eth5"), ("eth5",))]
    assert facts.bridges == {"br-ex": ["eth3"]}
    assert facts.routed is None
    assert asked == [["ovs-vsctl", "--timeout=5", "list-ports", "br-ex"]]
    (tmp_path / "run/openvswitch/db.sock").unlink()
    assert host_link_facts.gather(tmp_path, "[]", ["br-ex"], run).bridges == {}
