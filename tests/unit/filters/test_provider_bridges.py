"""Bridges of provider networks."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from provider_bridges import provider_bridges


def network(name: str, bridge: str, interface: str) -> dict[str, Any]:
    return {"name": name, "type": "flat", "bridge": bridge, "interface": interface}


@pytest.mark.parametrize(
    ("networks", "bridges"),
    [
        ([], []),
        ([network("a", "br-ex", "eth1")], [{"name": "br-ex", "ports": [{"name": "eth1"}]}]),
        (
            [network("a", "br-ex", "eth1"), network("b", "br-vlan", "eth2"), network("c", "br-ex", "eth1")],
            [{"name": "br-ex", "ports": [{"name": "eth1"}]}, {"name": "br-vlan", "ports": [{"name": "eth2"}]}],
        ),
    ],
)
def test_networks_share_their_bridges(networks: list[dict[str, Any]], bridges: list[dict[str, Any]]) -> None:
    assert provider_bridges(networks) == bridges


@pytest.mark.parametrize(
    ("networks", "message"),
    [
        ({"name": "a"}, "a dict; a list of dict is expected"),
        (["a"], "holds a str; dict is expected"),
        ([{"name": "a", "interface": "eth1"}], "provider network 'a' has no 'bridge'"),
        ([{"bridge": "br-ex"}], "provider network 'without a name' has no 'interface'"),
    ],
)
def test_wrong_input_is_named(networks: Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        provider_bridges(networks)
