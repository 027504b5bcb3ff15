"""Filter swift_ring_specs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import ring_policy
from ansible.module_utils.corbel.ring_model import RingError

DOCUMENTATION = """
name: swift_ring_specs
author: Corbel
version_added: "0.2.0"
short_description: The rings that follow from storage policies and from the devices of the hosts
description:
  - One ring for accounts, one for containers, one for each policy, as the module P(swift_ring#module) takes them.
positional: settings, hosts
options:
  _input:
    description: Storage policies, as C(swift_rings_policies) lists them.
    type: list
    elements: dict
    required: true
  settings:
    description:
      - C(part_power), C(replicas), C(min_part_hours), C(overload), C(weight_step), C(metadata_classes) and C(lost).
    type: dict
    required: true
  hosts:
    description: Storage hosts with C(name), C(address), C(region), C(zone) and C(devices).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = """
- name: Show it
  ansible.builtin.debug:
    msg: "{{ swift_rings_policies | swift_ring_specs(settings, hosts) }}"
"""

RETURN = """
_value:
  description: The rings.
  type: list
  elements: dict
"""


def swift_ring_specs(policies: Any, settings: Any, hosts: Any) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    for name, value, expected in (("input", policies, list), ("settings", settings, dict), ("hosts", hosts, list)):
        if not isinstance(value, expected):
            raise AnsibleFilterError(
                f"swift_ring_specs: {name} is a {type(value).__name__}; a {expected.__name__} is expected"
            )
    try:
        return ring_policy.ring_specs(settings, policies, hosts)
    except RingError as error:
        raise AnsibleFilterError(f"swift_rings: {error}") from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"swift_ring_specs": swift_ring_specs}
