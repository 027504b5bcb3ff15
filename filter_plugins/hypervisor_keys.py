"""Filter hypervisor_keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import host_lists

DOCUMENTATION = """
name: hypervisor_keys
author: Corbel
version_added: "0.1.0"
short_description: Lines of known_hosts for the hypervisors
description:
  - One line for each SSH key of each hypervisor, in the order of the hosts.
  - A loop of a template would take Ansible seconds of processor time for a thousand hosts, on each of them.
positional: hostvars, others
options:
  _input:
    description: Names of hypervisors.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's variable of that name; C(__nova_compute_host) of a host is what M(hypervisor_info) read.
    type: dict
    required: true
  others:
    description: Results of M(hypervisor_info) in a loop over hosts that have no such variable.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = """
- name: Show them
  ansible.builtin.debug:
    msg: "{{ groups['nova_compute'] | hypervisor_keys(hostvars) }}"
"""

RETURN = """
_value:
  description: The lines, without the last end of line.
  type: str
"""


def hypervisor_keys(names: Any, hostvars: Any, others: Any = ()) -> str:
    """See DOCUMENTATION."""
    host_lists.check("hypervisor_keys", names, hostvars)
    asked = {str(result["item"]): result for result in others if "item" in result}
    lines = []
    for name in names:
        variables = hostvars[name]
        own = variables.get("__nova_compute_host", {})
        keys = [*own.get("ssh_host_keys", ()), *asked.get(name, {}).get("ssh_host_keys", ())]
        if keys:
            address = variables["corbel_addresses"]["management"]
            lines += [f"{address},{name} {key}" for key in keys]
    return "\n".join(lines)


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Name the filter."""
        return {"hypervisor_keys": hypervisor_keys}
