"""What the cloud expects of a host, from its groups."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.corbel.host_model import expectations

SETTINGS: dict[str, Any] = {
    "memory_mb": {"controller": 6000, "compute": 2000},
    "disk_mb": {"controller": {"/var": 20000}, "compute": {"/var": 10000, "/srv": 1}},
    "kernel_modules": {"compute": ["kvm"]},
    "provider_groups": ["compute"],
    "ports": [
        {"group": "memcached", "port": 11211, "listen": "loopback", "units": ["memcached.service"]},
        {"group": "load_balancer", "port": 3306, "listen": "vip", "units": ["haproxy.service"], "front": True},
    ],
}
CLOUD: dict[str, Any] = {
    "addresses": {"management": "192.0.2.21"},
    "vips": ["192.0.2.10", "192.0.2.11"],
    "provider_networks": [{"name": "a", "interface": "eth3"}, {"name": "b", "interface": "eth3"}],
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
