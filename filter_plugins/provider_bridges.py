"""Filter provider_bridges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = """
name: provider_bridges
author: The Corbel authors
version_added: "0.1.0"
short_description: The bridges that provider networks need, as the module ovs_bridges takes them
description:
  - Networks that name the same bridge share it; each of their interfaces is a port of it once.
options:
  _input:
    description: Provider networks, as C(corbel_provider_networks) holds them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = """
- name: Have the bridges with their interfaces
  ovs_bridges:
    bridges: "{{ corbel_provider_networks | provider_bridges }}"
"""

RETURN = """
_value:
  description: Bridges with their ports, in the order of the networks.
  type: list
  elements: dict
  sample: [{name: br-ex, ports: [{name: eth1}]}]
"""


def provider_bridges(value: Any) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    if not isinstance(value, list):
        raise AnsibleFilterError(f"provider_bridges: the input is a {type(value).__name__}; a list of dict is expected")
    ports: dict[str, dict[str, None]] = {}
    for network in value:
        if not isinstance(network, Mapping):
            raise AnsibleFilterError(f"provider_bridges: the input holds a {type(network).__name__}; dict is expected")
        for key in ("bridge", "interface"):
            if not network.get(key):
                name = network.get("name", "without a name")
                raise AnsibleFilterError(
                    f"provider_bridges: provider network '{name}' has no '{key}'; set it in corbel_provider_networks"
                )
        ports.setdefault(str(network["bridge"]), {})[str(network["interface"])] = None
    return [{"name": bridge, "ports": [{"name": name} for name in names]} for bridge, names in ports.items()]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"provider_bridges": provider_bridges}
