"""Filter volume_drivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = """
name: volume_drivers
author: Corbel
version_added: "0.1.0"
short_description: Which drivers the volume back ends of hosts have
description:
  - Each driver once, in the order of their names. Hosts without C(cinder_volume_backends) have none.
  - Hypervisors ask this several times each; loops of templates over all storage hosts would be dear.
positional: hostvars
options:
  _input:
    description: Names of storage hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's variable of that name.
    type: dict
    required: true
"""

EXAMPLES = """
- name: Show them
  ansible.builtin.debug:
    msg: "{{ groups['cinder_volume'] | volume_drivers(hostvars) }}"
"""

RETURN = """
_value:
  description: Names of drivers, such as C(lvm).
  type: list
  elements: str
"""


def volume_drivers(names: Any, hostvars: Any) -> list[str]:
    """See DOCUMENTATION."""
    if not isinstance(names, list) or not isinstance(hostvars, Mapping):
        raise AnsibleFilterError(
            f"volume_drivers expects a list of names and hostvars, not {type(names).__name__} and "
            f"{type(hostvars).__name__}"
        )
    found = set()
    for name in names:
        backends = hostvars[name].get("cinder_volume_backends", ())
        found |= {str(backend["driver"]) for backend in backends if "driver" in backend}
    return sorted(found)


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., list[str]]]:
        """Name the filter."""
        return {"volume_drivers": volume_drivers}
