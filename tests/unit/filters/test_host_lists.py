"""Filters that list all hosts in one step."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hosts_file import hosts_file
from hypervisor_keys import hypervisor_keys


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


def test_wrong_types_are_named() -> None:
    with pytest.raises(AnsibleFilterError, match="hosts_file expects a list of names and hostvars, not str and dict"):
        hosts_file("a", {}, "example.com")
    with pytest.raises(
        AnsibleFilterError, match="hypervisor_keys expects a list of names and hostvars, not list and l"
    ):
        hypervisor_keys([], [])
