"""What a host may have, from the catalogue, the settings and the groups."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.module_utils.corbel import drift_model
from drift_model import drift_model as drift_filter

GROUPS = {
    "controller": ["c1", "c2"],
    "keystone": ["c1", "c2"],
    "nova": ["c1", "c2"],
    "swift_storage": ["s1"],
    "database": ["c2", "c1"],
    "message_queue": ["c1"],
    "load_balancer": ["c1"],
    "neutron_openvswitch": ["n1"],
    "all": ["c1", "c2", "s1", "n1"],
}
NOVA = {
    "name": "nova",
    "title": "Compute",
    "databases": ["nova", "nova_api"],
    "message_queue": True,
    "identity": {"type": "compute", "roles": ["service"], "path": "/v2.1"},
    "apis": [
        {"name": "nova-api", "port": 8774, "endpoint": True},
        {"name": "nova-metadata", "port": 8775, "public": False},
    ],
    "daemons": [{"name": "nova-scheduler"}],
}
KEYSTONE = {"name": "keystone", "databases": ["keystone"], "apis": [{"name": "keystone-api", "port": 5000}]}
STORAGE = {
    "name": "swift_storage",
    "user": "swift",
    "daemons": [{"name": "swift-object-server", "listen": {"network": "storage", "port": 6200}}],
}
# In the catalogue, but no host has it.
ABSENT = {"name": "heat", "databases": ["heat"], "message_queue": True, "apis": [{"name": "heat-api", "port": 8004}]}
SETTINGS: dict[str, Any] = {
    "listeners": [
        {"units": ["ssh.service"]},
        {"group": "database", "port": 3306, "listen": "management", "units": ["mariadb.service"]},
        {"group": "load_balancer", "port": 3306, "listen": "vip", "units": ["haproxy.service"], "front": True},
    ],
    "allowed_listeners": [{"port": 9100, "units": ["node-exporter.service"]}],
    "allowed_files": ["/etc/swift/*.ring.gz"],
    "allowed_service_types": ["rating"],
    "configuration_folders": ["/etc/mysql/conf.d"],
}
CLOUD: dict[str, Any] = {
    "addresses": {"management": "192.0.2.20", "storage": "198.51.100.20"},
    "vips": ["192.0.2.10", "203.0.113.10"],
    "bridges": [{"name": "br-ex", "ports": [{"name": "eth3"}]}],
    "identity": {
        "ca_file": "/etc/corbel/tls/ca.pem",
        "region": "RegionOne",
        "internal_name": "192.0.2.10",
        "public_name": "cloud.example",
        "further": [
            {"entry": "keystone", "name": "keystone", "type": "identity", "port": 5000, "path": "/v3",
             "interfaces": ["admin", "public"]},
            {"entry": "swift", "name": "swift", "type": "object-store", "port": 8080, "path": "", "interfaces": []},
        ],
        "without": [],
        "auth": {"auth_url": "https://192.0.2.10:5000/v3", "username": "admin", "password": "x"},
    },
}  # fmt: skip


def model(host: str, **cloud: Any) -> dict[str, Any]:
    entries = [KEYSTONE, NOVA, STORAGE, ABSENT]
    return drift_model.model(entries, host, GROUPS, SETTINGS, {**CLOUD, **cloud})


def brief(rows: list[dict[str, Any]]) -> list[tuple[str | None, list[str], list[str]]]:
    return [(row["port"], row["addresses"], row["units"]) for row in rows]


def test_sockets_of_a_controller_with_a_load_balancer() -> None:
    management, internal, vip = ["192.0.2.20"], ["192.0.2.10"], ["192.0.2.10", "203.0.113.10"]
    assert brief(model("c1")["listeners"]) == [
        (None, [], ["ssh.service"]),
        ("3306", management, ["mariadb.service"]),
        ("3306", vip, ["haproxy.service"]),
        ("9100", [], ["node-exporter.service"]),
        ("5000", management, ["keystone-api.service"]),
        ("5000", vip, ["haproxy.service"]),
        ("8774", management, ["nova-api.service"]),
        ("8774", vip, ["haproxy.service"]),
        ("8775", management, ["nova-metadata.service"]),
        ("8775", internal, ["haproxy.service"]),
    ]


def test_sockets_of_a_storage_host_are_on_its_network() -> None:
    assert brief(model("s1")["listeners"])[2:] == [("6200", ["198.51.100.20"], ["swift-object-server.service"])]


def test_a_network_that_the_host_has_no_address_on() -> None:
    with pytest.raises(
        drift_model.DriftModelError,
        match=r"found listen: storage in .* expected one of any, loopback, vip, management;",
    ):
        model("s1", addresses={"management": "192.0.2.20"})


def test_units_and_directories() -> None:
    found = model("c1")
    assert found["enabled_units"] == [
        "keystone-api.service",
        "nova-api.service",
        "nova-metadata.service",
        "nova-scheduler.service",
    ]
    assert "swift-object-server.service" in found["known_units"]
    assert "heat-api.service" not in found["known_units"]
    assert found["directories"] == ["/etc/keystone", "/etc/nova"]
    assert model("s1")["directories"] == ["/etc/swift"]


def test_what_is_there_once_is_read_where_the_deployment_reads_it() -> None:
    places = {
        kind: [host for host in ("c1", "c2", "s1", "n1") if model(host)[kind]]
        for kind in ("database", "queue", "identity", "bridges")
    }
    assert places == {"database": ["c2"], "queue": ["c1"], "identity": ["c1"], "bridges": ["n1"]}
    assert model("c2")["database"] == {"accounts": {"keystone": ["keystone"], "nova": ["nova", "nova_api"]}}
    assert model("c1")["queue"] == {"accounts": {"nova": "nova"}}
    assert model("n1")["bridges"] == [{"name": "br-ex", "ports": ["eth3"]}]


def test_identity_is_that_of_the_engine_and_of_roles_beside_it() -> None:
    found = model("c1")["identity"]
    assert [(one["type"], one["entry"]) for one in found["services"]] == [("compute", "nova"), ("identity", "keystone")]
    assert [(one["interface"], one["url"]) for one in found["endpoints"]] == [
        ("internal", "https://192.0.2.10:8774/v2.1"),
        ("public", "https://cloud.example:8774/v2.1"),
        ("admin", "https://192.0.2.10:5000/v3"),
        ("public", "https://cloud.example:5000/v3"),
    ]
    assert found["assignments"] == [{"user": "nova", "role": "service", "entry": "nova"}]
    assert found["accounts"] == ["nova"]
    alone = model("c1", identity={**CLOUD["identity"], "without": ["nova"]})["identity"]
    assert alone["accounts"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({}, "c1", GROUPS, SETTINGS, CLOUD), "the input is a dict; a list is expected"),
        (([], "c1", [], SETTINGS, CLOUD), "groups is a list; a dict is expected"),
        (([STORAGE], "s1", GROUPS, SETTINGS, {**CLOUD, "addresses": {}}), "found listen: management"),
    ],
)
def test_the_filter_says_what_it_was_given(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        drift_filter(*arguments)
