"""Filters that list all hosts in one step."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from host_addresses import host_addresses
from hosts_file import hosts_file
from hosts_without import hosts_without
from hypervisor_keys import hypervisor_keys
from volume_drivers import volume_drivers


def host(number: int, *keys: str) -> dict[str, Any]:
    found: dict[str, Any] = {"corbel_addresses": {"management": f"192.0.2.{number}"}}
    return found | ({"__nova_compute_host": {"ssh_host_keys": list(keys)}} if keys else {})


def test_every_host_with_an_address_has_a_line_in_the_order_of_names() -> None:
    hostvars = {"b": host(2), "a": host(1), "jump": {}}
    assert hosts_file(["b", "jump", "a"], hostvars, "example.com") == (
        "192.0.2.1 a.example.com a\n192.0.2.2 b.example.com b"
    )


def test_keys_come_from_this_run_or_from_those_who_were_asked() -> None:
    hostvars = {"a": host(1, "ssh-rsa A", "ssh-ed25519 B"), "b": host(2), "c": host(3)}
    others = [{"item": "b", "ssh_host_keys": ["ssh-ed25519 C"]}, {"skipped": True}]
    assert hypervisor_keys(["a", "b", "c"], hostvars, others).splitlines() == [
        "192.0.2.1,a ssh-rsa A",
        "192.0.2.1,a ssh-ed25519 B",
        "192.0.2.2,b ssh-ed25519 C",
    ]


def test_hosts_without_a_variable_keep_their_order() -> None:
    hostvars = {"c": host(3), "a": host(1, "ssh-rsa A"), "b": host(2)}
    assert hosts_without(["c", "a", "b"], hostvars, "__nova_compute_host") == ["c", "b"]
    assert hosts_without([], hostvars, "__nova_compute_host") == []


def test_addresses_are_in_the_order_of_the_hosts() -> None:
    hostvars = {"a": host(1), "b": {"corbel_addresses": {"management": "192.0.2.2", "storage": "198.51.100.2"}}}
    assert host_addresses(["b", "a"], hostvars) == ["192.0.2.2", "192.0.2.1"]
    assert host_addresses(["b"], hostvars, "storage") == ["198.51.100.2"]


def test_a_host_without_an_address_is_named() -> None:
    for variables in ({}, host(1)):
        with pytest.raises(AnsibleFilterError, match="a has no address on the network storage: set it in its corbel_"):
            host_addresses(["a"], {"a": variables}, "storage")


def test_drivers_of_volumes_are_told_once() -> None:
    hostvars = {
        "s1": {"cinder_volume_backends": [{"name": "x", "driver": "nfs"}, {"name": "y", "driver": "lvm"}]},
        "s2": {"cinder_volume_backends": [{"name": "x", "driver": "lvm"}, {"name": "none"}]},
        "s3": {},
    }
    assert volume_drivers(["s1", "s2", "s3"], hostvars) == ["lvm", "nfs"]
    assert volume_drivers([], hostvars) == []


def test_wrong_types_are_named() -> None:
    with pytest.raises(AnsibleFilterError, match="hosts_without expects a list of names and hostvars, not str and d"):
        hosts_without("a", {}, "x")
    with pytest.raises(AnsibleFilterError, match="host_addresses expects a list of names and hostvars, not list and s"):
        host_addresses([], "x")
    with pytest.raises(AnsibleFilterError, match="volume_drivers expects a list of names and hostvars, not NoneType"):
        volume_drivers(None, {})
    with pytest.raises(AnsibleFilterError, match="hosts_file expects a list of names and hostvars, not str and dict"):
        hosts_file("a", {}, "example.com")
    with pytest.raises(
        AnsibleFilterError, match="hypervisor_keys expects a list of names and hostvars, not list and l"
    ):
        hypervisor_keys([], [])
