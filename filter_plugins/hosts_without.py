"""Filter hosts_without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import host_lists

DOCUMENTATION = """
name: hosts_without
author: Corbel
version_added: "0.1.0"
short_description: The hosts that have no such variable
description:
  - Those of the hosts for which a variable is not set, in their order.
  - C(map) and C(rejectattr) would take Ansible a tenth of a second for a thousand hosts, on each of them.
positional: hostvars, variable
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's variable of that name.
    type: dict
    required: true
  variable:
    description: Name of the variable.
    type: str
    required: true
"""

EXAMPLES = """
- name: Show the hypervisors that were not read
  ansible.builtin.debug:
    msg: "{{ groups['nova_compute'] | hosts_without(hostvars, '__nova_compute_host') }}"
"""

RETURN = """
_value:
  description: Names of hosts.
  type: list
  elements: str
"""


def hosts_without(names: Any, hostvars: Any, variable: str) -> list[str]:
    """See DOCUMENTATION."""
    host_lists.check("hosts_without", names, hostvars)
    return [name for name in names if variable not in hostvars[name]]


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., list[str]]]:
        """Name the filter."""
        return {"hosts_without": hosts_without}
