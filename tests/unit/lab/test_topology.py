"""Topologies: what is accepted, and what a mistake is answered with."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from lab.errors import LabError
from lab.topology import FOLDER, load, megabytes, parse

GOOD: dict[str, Any] = {
    "networks": {"management": {"masquerade": True}, "tunnel": {}},
    "hosts": {"host1": {"kind": "container"}, "host2": {"kind": "uml"}},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good topology with one value replaced; the path has slashes."""
    data = copy.deepcopy(GOOD)
    *parents, last = path.split("/")
    target = data
    for key in parents:
        target = target[key]
    target[last] = value
    return data


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yml")))
def test_every_topology_of_the_checkout_is_valid(name: str) -> None:
    assert load(name).hosts


def test_defaults() -> None:
    topology = parse(GOOD, "x")
    assert topology.range is None
    assert [host.number for host in topology.hosts] == [20, 21]
    assert topology.hosts[1].networks == ("management", "tunnel")
    assert topology.networks[0].gateway, "a network that masquerades has a gateway"
    assert not topology.networks[1].gateway


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("hosts/host1/kind", "vm", "kind is 'vm'; expected container or uml"),
        ("hosts/host1/memmory", "1G", "unknown key 'memmory'; expected one of disk"),
        ("hosts/host1/memory", "1T", "memory is '1T'; expected a size such as 512M or 2.5G"),
        ("hosts/host1/disks", ["much"], "a disk is 'much'; expected a size"),
        ("hosts/host2/disks", ["1G"] * 9, "9 disks; expected at most 8"),
        (
            "hosts/host1/networks",
            ["managment"],
            "network 'managment' is not declared; expected one of management, tunnel",
        ),
        ("hosts/host1/networks", ["tunnel"], "host1 is not on management"),
        ("hosts/host2/number", 20, "host1 and host2 both have number 20"),
        ("hosts/host2/number", 10, "number is 10; expected 20 to 250"),
        ("hosts/Host_3", {"kind": "uml"}, "a host is named 'Host_3'"),
        ("networks/management", {}, "the first network, management, needs addresses and masquerade"),
        ("networks/tunnel/cidr", "10.0.0.1/24", "cidr '10.0.0.1/24' is no IPv4 network"),
        ("range", "10.0.0.0/24", "range is '10.0.0.0/24' (smaller than a /22)"),
        ("range", "everything", "expected auto or a network"),
        ("hosts", {}, "declares no networks or no hosts"),
        ("host", {}, "unknown key 'host'"),
        ("vips", {"private": 5}, "unknown key 'private'; expected one of internal, public"),
    ],
)
def test_mistakes_are_named(path: str, value: Any, message: str) -> None:
    with pytest.raises(LabError) as error:
        parse(changed(path, value), "x.yml")
    assert message in str(error.value)
    assert "x.yml" in str(error.value)


def test_an_unknown_topology_names_the_known_ones() -> None:
    with pytest.raises(LabError, match=r"no topology .*defalt.yml; expected a file, or one of all_in_one, default"):
        load("defalt")


@pytest.mark.parametrize(("text", "size"), [("1G", 1024), ("1.2G", 1228), ("512M", 512), ("20G", 20480)])
def test_sizes(text: str, size: int) -> None:
    assert megabytes(text, "x") == size
