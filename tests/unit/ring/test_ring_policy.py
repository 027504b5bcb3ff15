"""Storage policies as tables: what is refused, and the rings and sections that follow."""

from typing import Any

import pytest
from ansible.module_utils.corbel import ring_policy
from ansible.module_utils.corbel.ring_model import RingError

STANDARD = {"name": "standard", "index": 0, "default": True}
ERASURE = {"name": "ec", "index": 2, "type": "erasure_coding", "data": 2, "parity": 1}
SETTINGS: dict[str, Any] = {"part_power": 8, "replicas": 3, "min_part_hours": 1, "overload": 0.1}
HOSTS = [
    {
        "name": f"storage{number}",
        "address": f"192.0.2.{number}",
        "region": 1,
        "zone": number,
        "devices": [{"name": "d1"}, {"name": "s1", "class": "ssd", "weight": 50}],
    }
    for number in range(1, 5)
]


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ([STANDARD], None),
        ([STANDARD, ERASURE], None),
        ([STANDARD, {"name": "old", "index": 1, "deprecated": True}], None),
        ([{**STANDARD, "default": False}], "0 policies say default: true (none), expected exactly one"),
        ([STANDARD, {"name": "two", "index": 1, "default": True}], "2 policies say default: true (standard, two)"),
        ([{**STANDARD, "deprecated": True}], "it is deprecated and the default"),
        ([STANDARD, {"name": "Standard", "index": 1}], "'Standard' names policy standard too"),
        ([STANDARD, {"name": "gold", "index": 1, "aliases": ["standard"]}], "'standard' names policy standard too"),
        ([{**STANDARD, "aliases": ["standard"]}], "'standard' names policy standard too"),
        ([STANDARD, {"name": "gold", "index": 0}], "index 0 belongs to policy standard too"),
        ([{**STANDARD, "index": 1}], "no policy has index 0"),
        ([STANDARD, {"name": "gold"}], "index is -1, expected 0 or more"),
        ([STANDARD, {"name": "g_1", "index": 1}], "has other characters than letters, digits and dashes"),
        ([STANDARD, {"name": "x", "index": 1, "type": "ec"}], "type is 'ec', expected replication or erasure_coding"),
        ([STANDARD, {**ERASURE, "parity": 0}], "data is 2, parity 0, expected 1 or more each, up to 32"),
        ([STANDARD, {**ERASURE, "data": 30, "parity": 3}], "data is 30, parity 3"),
        ([STANDARD, {**ERASURE, "duplication": -1}], "duplication is -1"),
        ([STANDARD, {**ERASURE, "replicas": 3}], "replicas follow from data, parity and duplication"),
        ([{**STANDARD, "data": 2}], "data belong to type erasure_coding, found with replication"),
    ],
)
def test_policies(policies: list[dict[str, Any]], message: str | None) -> None:
    found = ring_policy.policy_mistakes(policies)
    assert (found == []) if message is None else any(message in line for line in found)


def rings(*policies: dict[str, Any], **settings: Any) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in ring_policy.ring_specs({**SETTINGS, **settings}, policies, HOSTS)}


def test_each_policy_has_a_ring() -> None:
    made = rings(STANDARD, ERASURE, {"name": "pair", "index": 1, "replicas": 2, "classes": ["ssd"], "part_power": 6})
    assert list(made) == ["account", "container", "object", "object-1", "object-2"]
    assert {name: (item["replicas"], item["part_power"]) for name, item in made.items()} == {
        "account": (3, 8),
        "container": (3, 8),
        "object": (3, 8),
        "object-1": (2, 6),
        "object-2": (3, 8),
    }
    assert (made["object-2"]["fixed_replicas"], made["object-2"]["needed_replicas"]) == (True, 2)
    assert (made["object"]["fixed_replicas"], made["object"]["needed_replicas"]) == (False, 1)
    assert "policy" not in made["account"]
    assert made["object-1"]["policy"] == {"type": "replication"}
    assert made["object-2"]["policy"] == {
        "type": "erasure_coding",
        "data": 2,
        "parity": 1,
        "duplication": 1,
        "ec_type": "liberasurecode_rs_vand",
    }


def test_a_policy_takes_devices_of_its_classes_only() -> None:
    made = rings(
        STANDARD,
        {"name": "fast", "index": 1, "classes": ["ssd"]},
        {"name": "all", "index": 3, "classes": ["ssd", "disk"]},
    )
    assert {entry["device"] for entry in made["object"]["devices"]} == {"d1"}
    assert {(entry["device"], entry["weight"]) for entry in made["object-1"]["devices"]} == {("s1", 50.0)}
    assert len(made["object-3"]["devices"]) == 8


def test_devices_have_the_port_of_their_ring_and_the_place_of_their_host() -> None:
    made = rings(STANDARD)
    assert [item["devices"][2]["port"] for item in made.values()] == [6202, 6201, 6200]
    assert made["object"]["devices"][2] == {
        "region": 1,
        "zone": 3,
        "ip": "192.0.2.3",
        "port": 6200,
        "replication_ip": "192.0.2.3",
        "replication_port": 6200,
        "device": "d1",
        "weight": 100.0,
        "meta": "storage3",
    }


@pytest.mark.parametrize(
    ("text", "key"),
    [("storage2/d1", "192.0.2.2/d1"), ("192.0.2.9/d1", "192.0.2.9/d1"), ("storage4/*", "192.0.2.4/*")],
)
def test_lost_devices_by_host_or_address(text: str, key: str) -> None:
    assert rings(STANDARD, lost=[text])["object"]["lost"] == [key]


@pytest.mark.parametrize("text", ["storage2", "/d1", "storage2/"])
def test_a_lost_device_needs_a_host_and_a_name(text: str) -> None:
    with pytest.raises(RingError, match="expected host/device"):
        rings(STANDARD, lost=[text])


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ({**ERASURE, "data": 3, "parity": 2}, "ring object-2: 4 devices with a weight, expected at least 5"),
        ({**ERASURE, "duplication": 2}, "ring object-2: 4 devices with a weight, expected at least 6"),
        ({"name": "many", "index": 1, "replicas": 5}, "ring object-1: 4 devices with a weight, expected at least 5"),
        ({"name": "tape", "index": 1, "classes": ["tape"]}, "ring object-1: 0 devices with a weight"),
    ],
)
def test_more_fragments_than_devices(policy: dict[str, Any], message: str) -> None:
    found = ring_policy.ring_mistakes(rings(STANDARD, policy).values())
    assert len(found) == 1
    assert message in found[0]


def test_sections_of_the_configuration() -> None:
    assert ring_policy.policy_sections(
        [ERASURE, {**STANDARD, "aliases": ["a", "b"]}, {"name": "o", "index": 1, "deprecated": True}]
    ) == {
        "storage-policy:0": {"name": "standard", "policy_type": "replication", "aliases": "a, b", "default": "yes"},
        "storage-policy:1": {"name": "o", "policy_type": "replication", "deprecated": "yes"},
        "storage-policy:2": {
            "name": "ec",
            "policy_type": "erasure_coding",
            "ec_type": "liberasurecode_rs_vand",
            "ec_num_data_fragments": 2,
            "ec_num_parity_fragments": 1,
            "ec_duplication_factor": 1,
            "ec_object_segment_size": 1048576,
        },
    }


def test_bad_policies_make_no_sections_and_no_rings() -> None:
    with pytest.raises(RingError, match="expected exactly one"):
        ring_policy.policy_sections([])
    with pytest.raises(RingError, match="expected exactly one"):
        rings({"name": "x", "index": 0})
