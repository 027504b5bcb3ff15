"""What the cloud expects of a host, from its groups."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel.host_model import expectations, paths

SETTINGS: dict[str, Any] = {
    "memory_mb": {"controller": 6000, "compute": 2000},
    "disk_mb": {"controller": {"/var": 20000}, "compute": {"/var": 10000, "/srv": 1}},
    "kernel_modules": {"compute": ["kvm"]},
    "processors": {"controller": 4, "compute": 2},
    "provider_groups": ["compute"],
    "ports": [
        {"group": "memcached", "port": 11211, "listen": "loopback", "units": ["memcached.service"]},
        {"group": "load_balancer", "port": 3306, "listen": "vip", "units": ["haproxy.service"], "front": True},
    ],
}
CLOUD: dict[str, Any] = {
    "addresses": {"management": "192.0.2.21"},
    "vips": ["192.0.2.10", "192.0.2.11"],
    "provider_networks": [
        {"name": "a", "bridge": "br-ex", "interface": "eth3", "mtu": 1500},
        {"name": "b", "bridge": "br-ex", "interface": "eth3", "mtu": 9000},
    ],
}
ENTRIES: list[dict[str, Any]] = [
    {"name": "image", "apis": [{"name": "image-api", "port": 9292}], "daemons": []},
    {"name": "agent", "kernel_modules": ["openvswitch", "vxlan"], "daemons": [{"name": "agent"}]},
]


def test_hyperconverged_host_needs_the_sum() -> None:
    found = expectations(["controller", "compute", "agent"], ENTRIES, SETTINGS, CLOUD)
    assert found["memory_mb"] == 8000
    assert found["disks"] == {"/": 0, "/var": 30000, "/srv": 1}
    assert found["kernel_modules"] == ["kvm", "openvswitch", "vxlan"]
    assert found["provider_interfaces"] == ["eth3"]
    assert found["ports"] == []
    assert found["processors"] == 6
    assert found["bridges"] == {"br-ex": {"interface": "eth3", "mtu": 9000}}
    assert found["accounts"] == ["agent"]
    assert found["load_balancer"] is False


def test_controller_without_agents() -> None:
    found = expectations(["controller", "image", "memcached"], ENTRIES, SETTINGS, CLOUD)
    assert found["kernel_modules"] == []
    assert found["provider_interfaces"] == []
    assert found["ports"] == [
        {"port": 11211, "addresses": ["127.0.0.1"], "units": ["memcached.service"]},
        {"port": 9292, "addresses": ["192.0.2.21"], "units": ["image-api.service"]},
    ]


def test_load_balancer_answers_for_the_apis() -> None:
    found = expectations(["load_balancer"], ENTRIES, SETTINGS, CLOUD)
    assert found["ports"] == [
        {"port": 3306, "addresses": ["192.0.2.10", "192.0.2.11"], "units": ["haproxy.service"]},
        {"port": 9292, "addresses": ["192.0.2.10", "192.0.2.11"], "units": ["haproxy.service"]},
    ]


def test_a_daemon_listens_on_its_own_network() -> None:
    cloud = {**CLOUD, "addresses": {"management": "192.0.2.21", "storage": "203.0.113.21"}}
    disk = {"name": "disk", "daemons": [{"name": "disk-server", "listen": {"network": "storage", "port": 6200}}]}
    assert expectations(["disk", "load_balancer"], [disk], SETTINGS, cloud)["ports"][1:] == [
        {"port": 6200, "addresses": ["203.0.113.21"], "units": ["disk-server.service"]},
    ]
    assert expectations(["image"], [disk], SETTINGS, cloud)["ports"] == []


def test_keys_and_accounts_of_the_services_of_a_host() -> None:
    found = expectations(
        ["image"], [{**ENTRIES[0], "user": "images", "key_folders": ["/etc/image/keys"]}], SETTINGS, CLOUD
    )
    assert found["key_folders"] == ["/etc/image/keys"]
    assert found["accounts"] == ["images"]
    assert found["bridges"] == {}


@pytest.mark.parametrize(
    ("groups", "virt_type", "kvm"),
    [(["nova_compute"], "kvm", True), (["nova_compute"], "auto", False), (["image"], "kvm", False)],
)
def test_hardware_virtualization_is_needed_where_it_was_asked_for(groups: list[str], virt_type: str, kvm: bool) -> None:
    assert expectations(groups, ENTRIES, SETTINGS, {**CLOUD, "virt_type": virt_type})["kvm"] is kvm


def test_disks_are_those_of_the_services_of_a_host() -> None:
    told = {
        "backends": [
            {"name": "fast", "driver": "lvm", "volume_group": "vg1", "disks": [{"serial": "A"}, {"wwn": "0x5"}]},
            {"name": "share", "driver": "nfs", "share": "host:/path"},
        ],
        "devices": [{"name": "d1", "by_id": "scsi-1", "weight": 100}],
        "expendable": [{"serial": "A"}],
    }
    entries = [{"name": "cinder_volume"}, {"name": "swift_storage"}]
    found = expectations(["cinder_volume", "swift_storage"], entries, SETTINGS, {**CLOUD, **told})
    assert found["devices"] == [
        {"serial": "A", "purpose": "vg1"},
        {"wwn": "0x5", "purpose": "vg1"},
        {"by_id": "scsi-1", "purpose": "sw-d1"},
    ]
    assert (found["volume_groups"], found["expendable"]) == (["vg1"], [{"serial": "A"}])
    # The group is there in every inventory; the service is not deployed.
    found = expectations(["cinder_volume"], [], SETTINGS, {**CLOUD, **told})
    assert (found["devices"], found["volume_groups"], found["expendable"]) == ([], [], [])


def test_who_reaches_the_services() -> None:
    reached = [{"from": ["agent"], "ports": [7000], "network": "storage"}]
    entries = [*ENTRIES, {"name": "console", "daemons": [{"name": "proxy", "port": 6080}], "reached": reached}]
    assert paths(entries) == {
        "apis": {"image": [9292], "agent": [], "console": [6080]},
        "rows": [{"from": ["agent"], "to": "console", "ports": [7000], "network": "storage"}],
    }
