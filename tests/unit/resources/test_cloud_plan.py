"""What must change, as tables."""

from typing import Any

import pytest
from ansible.module_utils.corbel import cloud_plan

FLAVOR = {"id": "1", "name": "tiny", "vcpus": 1, "ram": 512, "disk": 1, "description": "", "extra_specs": {"a": "1"}}


@pytest.mark.parametrize(
    ("item", "action", "options"),
    [
        ({}, None, []),
        ({"ram": 512}, None, []),
        ({"ram": None}, None, []),
        ({"ram": 513}, "replace", ["disk", "vcpus"]),
        ({"description": "small"}, "update", ["description"]),
        ({"extra_specs": {"a": 1}}, None, []),
        ({"extra_specs": {"b": 1}}, "update", ["extra_specs"]),
        ({"state": "absent"}, "delete", []),
    ],
)
def test_plan_item(item: dict[str, Any], action: str | None, options: list[str]) -> None:
    change = cloud_plan.plan_item("flavor", {"name": "tiny", **item}, FLAVOR, fixed=["ram", "vcpus"])
    assert (change.action if change else None) == action
    assert change is None or set(options) <= set(change.after)


def test_an_absent_resource_that_is_not_there_is_no_change() -> None:
    assert cloud_plan.plan_item("flavor", {"name": "tiny", "state": "absent"}, None) is None


@pytest.mark.parametrize(
    ("wanted", "found", "names"),
    [
        ({"pools": [{"start": "a", "end": "b"}]}, {"pools": [{"end": "b", "start": "a"}]}, []),
        ({"pools": [{"start": "1"}, {"start": "2"}]}, {"pools": [{"start": "2"}, {"start": "1"}]}, []),
        ({"dns": ["a", "b"]}, {"dns": ["b", "a"]}, ["dns"]),
        ({"dhcp": False}, {"dhcp": None}, ["dhcp"]),
        ({"mtu": "1400"}, {"mtu": 1400}, []),
    ],
)
def test_differing(wanted: dict[str, Any], found: dict[str, Any], names: list[str]) -> None:
    assert cloud_plan.differing(wanted, found) == names


def test_two_resources_of_one_name_are_refused_with_both_ids() -> None:
    with pytest.raises(ValueError, match=r"more than one network named x \(1, 2\).*rename or remove"):
        cloud_plan.unique("network", [{"id": "1", "name": "x"}, {"id": "2", "name": "x"}])


@pytest.mark.parametrize(
    ("wanted", "actions"),
    [
        ([{"protocol": "tcp", "ports": "22"}], []),
        ([{"protocol": "tcp", "ports": "22-22", "remote_prefix": "0.0.0.0/0"}], []),
        ([{"protocol": "tcp", "ports": "22", "remote_prefix": "192.0.2.7/24"}], ["create"]),
        ([{"protocol": "icmp"}, {"protocol": "icmp"}], ["create"]),
        ([{"protocol": "tcp", "ports": "22", "state": "absent"}], ["delete"]),
        ([{"protocol": "udp", "state": "absent"}], []),
    ],
)
def test_plan_rules(wanted: list[dict[str, Any]], actions: list[str]) -> None:
    found = [{"id": "r", "direction": "ingress", "ether_type": "IPv4", "protocol": "tcp", "ports": "22-22"}]
    assert [change.action for change in cloud_plan.plan_rules("web", wanted, found)] == actions


@pytest.mark.parametrize(("ports", "range_"), [(None, (None, None)), ("22", (22, 22)), ("80-90", (80, 90))])
def test_ports_range(ports: str | None, range_: tuple[int | None, int | None]) -> None:
    assert cloud_plan.ports_range(ports) == range_


def test_ports_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"found ports 'ssh'.*expected one port or a range"):
        cloud_plan.ports_range("ssh")


def test_the_diff_shows_only_what_differs_and_no_identifier() -> None:
    change = cloud_plan.plan_item("flavor", {"name": "tiny", "description": "small"}, FLAVOR)
    assert change is not None
    shown = cloud_plan.diff([change])
    assert shown == {"before": "flavor tiny: description = \n", "after": "flavor tiny: description = small\n"}
