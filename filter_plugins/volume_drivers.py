"""Filter volume_drivers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import host_lists

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
    host_lists.check("volume_drivers", names, hostvars)
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
