"""Addresses, interfaces and ranges."""

from __future__ import annotations

import ipaddress

import pytest

from lab.errors import LabError
from lab.plan import Plan, choose_range, make
from lab.topology import parse

Net = ipaddress.IPv4Network


def test_links_of_a_host(lab_plan: Plan) -> None:
    links = lab_plan.links(lab_plan.host("compute1"))
    assert [(link.interface, link.port, link.address, link.gateway) for link in links] == [
        ("eth0", "h40n0", "198.18.0.40", "198.18.0.1"),
        ("eth1", "h40n1", "198.18.1.40", None),
        ("eth2", "h40n2", None, None),
    ]
    assert lab_plan.addresses(lab_plan.host("compute1")) == {"management": "198.18.0.40", "tunnel": "198.18.1.40"}


def test_hardware_addresses_differ_between_hosts_networks_and_labs(lab_plan: Plan) -> None:
    other = make("other", lab_plan.topology, Net("198.18.16.0/20"))
    macs = [link.mac for plan in (lab_plan, other) for host in plan.topology.hosts for link in plan.links(host)]
    assert len(macs) == len(set(macs))
    assert all(int(mac[:2], 16) & 3 == 2 for mac in macs), "locally administered and not multicast"


def test_machine_and_lab_meet_in_the_last_addresses(lab_plan: Plan) -> None:
    assert (lab_plan.machine_address, lab_plan.lab_address) == ("198.18.15.253", "198.18.15.254")
    assert lab_plan.gateways == ["198.18.0.1", "198.18.2.1"]


def test_names_of_interfaces_fit_the_kernel(lab_plan: Plan) -> None:
    assert all(len(link.port) <= 15 for host in lab_plan.topology.hosts for link in lab_plan.links(host))


def test_an_unknown_host_names_the_known_ones(lab_plan: Plan) -> None:
    with pytest.raises(LabError, match="lab test has no host 'compute9'; expected one of controller1, compute1"):
        lab_plan.host("compute9")


@pytest.mark.parametrize(
    ("wanted", "taken", "expected"),
    [
        ("198.18.0.0/20", ["10.0.0.0/8"], "198.18.0.0/20"),
        (None, [], "198.18.16.0/20"),
        (None, ["198.18.16.0/24", "198.18.47.252/30"], "198.18.48.0/20"),
    ],
)
def test_ranges(wanted: str | None, taken: list[str], expected: str) -> None:
    assert choose_range(wanted, [Net(text) for text in taken]) == Net(expected)


@pytest.mark.parametrize(
    ("wanted", "taken", "message"),
    [
        ("198.18.0.0/20", "198.18.4.0/24", "198.18.0.0/20 overlaps 198.18.4.0/24, which this machine uses"),
        (None, "198.18.0.0/15", "no free /20 in 198.18.0.0/15"),
    ],
)
def test_a_clash_of_ranges_is_refused(wanted: str | None, taken: str, message: str) -> None:
    with pytest.raises(LabError, match=message):
        choose_range(wanted, [Net(taken)])


@pytest.mark.parametrize(
    ("cidr", "message"),
    [
        ("10.0.0.0/24", "expected a /24 or larger inside the range"),
        ("198.18.1.0/25", "expected a /24 or larger"),
        ("198.18.0.0/24", r"b \(198.18.0.0/24\) overlaps a"),
        ("198.18.15.0/24", "covers the end of the range"),
    ],
)
def test_networks_that_do_not_fit(cidr: str, message: str) -> None:
    data = {"networks": {"a": {"masquerade": True}, "b": {"cidr": cidr}}, "hosts": {"h": {"kind": "uml"}}}
    with pytest.raises(LabError, match=message):
        make("x", parse(data, "x"), Net("198.18.0.0/20"))
