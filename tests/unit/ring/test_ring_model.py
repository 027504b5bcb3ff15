"""Rings as declared: what is refused whatever the builder file holds."""

from typing import Any

import pytest
from ansible.module_utils.corbel import ring_model

from tests.unit.ring.stand_in import device, spec

ITEM: dict[str, Any] = {
    "name": "object",
    "part_power": 10,
    "replicas": 3,
    "min_part_hours": 1,
    "overload": 0.1,
    "devices": [{"region": 1, "zone": 2, "ip": "192.0.2.1", "port": 6200, "device": "d1", "weight": 100}],
}


def test_replication_goes_where_everything_goes_unless_it_says_otherwise() -> None:
    plain = ring_model.device(ITEM["devices"][0])
    assert (plain.replication_ip, plain.replication_port, plain.meta) == ("192.0.2.1", 6200, "")
    apart = ring_model.device({**ITEM["devices"][0], "replication_ip": "198.51.100.1", "replication_port": 6300})
    assert (apart.replication_ip, apart.replication_port) == ("198.51.100.1", 6300)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("192.0.2.1/d1", "192.0.2.1/d1"),
        ("2001:DB8:0::1/d1", "2001:db8::1/d1"),
        ("192.0.2.1/*", "192.0.2.1/*"),
    ],
)
def test_lost_devices_are_named_by_address(written: str, key: str) -> None:
    assert ring_model.spec({**ITEM, "lost": [written]}).lost == {key}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        ({"name": "object-1"}, None),
        ({"name": "objects"}, "found this name, expected account, container, object or object-<index of a policy>"),
        ({"name": "object-0"}, "found this name"),
        ({"part_power": 0}, "part_power is 0, expected 1 to 32"),
        ({"part_power": 33}, "part_power is 33"),
        ({"replicas": 0.5}, "replicas is 0.5, expected 1 or more"),
        ({"overload": -1.0}, "min_part_hours, overload or weight_step is negative"),
        ({"replicas": 5.0}, "4 devices with a weight, expected at least 5"),
        ({"devices": (device(1), device(2), device(3, weight=0.0))}, "2 devices with a weight, expected at least 3"),
        (
            {"devices": (*map(device, (1, 2, 3)), device(4, ip="storage1"))},
            "address 'storage1', expected an IP address",
        ),
        ({"devices": (*map(device, (1, 2, 3)), device(4, port=0))}, "port 0, expected 1 to 65535"),
        ({"devices": (*map(device, (1, 2, 3)), device(4, zone=-1))}, "zone -1, expected 0 or more"),
        ({"devices": (*map(device, (1, 2, 3)), device(4, weight=-1.0))}, "weight -1, expected 0 or more"),
        ({"devices": (*map(device, (1, 2, 3)), device(4, device="../x"))}, "named '../x'"),
        ({"devices": (*map(device, (1, 2, 3)), device(3))}, "192.0.2.3/d1 is declared twice"),
        ({"lost": frozenset({"192.0.2.4/d1"})}, "192.0.2.4/d1 is named as lost and declared too"),
        ({"lost": frozenset({"192.0.2.4/*"})}, "192.0.2.4/d1 is named as lost and declared too"),
        ({"lost": frozenset({"192.0.2.9/*"})}, None),
    ],
)
def test_mistakes(changes: dict[str, Any], message: str | None) -> None:
    found = ring_model.mistakes(spec(**changes))
    assert (found == []) if message is None else any(message in line for line in found)


@pytest.mark.parametrize(("seconds", "words"), [(40, "40 s"), (754, "12 min"), (3900, "1 h 5 min"), (0, "0 s")])
def test_time_left_in_words(seconds: int, words: str) -> None:
    assert ring_model.duration(seconds) == words


def test_long_lists_are_cut() -> None:
    assert ring_model.names("abcdefg") == "a, b, c, d, e and 2 more"
