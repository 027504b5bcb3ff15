"""Filter hosts_file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import host_lists

DOCUMENTATION = """
name: hosts_file
author: Corbel
version_added: "0.1.0"
short_description: Lines of /etc/hosts for the hosts of the cloud
description:
  - One line for each host that has an address on the management network, in the order of their names.
  - A loop of a template would take Ansible a second of processor time for a thousand hosts, on each of them.
positional: hostvars, domain
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
  domain:
    description: Domain of the hosts.
    type: str
    required: true
"""

EXAMPLES = """
- name: Show them
  ansible.builtin.debug:
    msg: "{{ groups['all'] | hosts_file(hostvars, corbel_domain) }}"
"""

RETURN = """
_value:
  description: The lines, without the last end of line.
  type: str
"""


def hosts_file(names: Any, hostvars: Any, domain: Any) -> str:
    """See DOCUMENTATION."""
    host_lists.check("hosts_file", names, hostvars)
    lines = []
    for name in sorted(names):
        variables = hostvars[name]
        if "corbel_addresses" in variables:
            lines.append(f"{variables['corbel_addresses']['management']} {name}.{domain} {name}")
    return "\n".join(lines)


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Name the filter."""
        return {"hosts_file": hosts_file}
