"""Filter haproxy_fronts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import load_balancing

DOCUMENTATION = """
name: haproxy_fronts
author: Corbel
version_added: "0.1.0"
short_description: What the load balancers stand in front of
description:
  - The APIs of the catalogue's entries, and their daemons that have a port, each with the hosts that serve it.
positional: groups
options:
  _input:
    description: Entries of the service catalogue.
    type: list
    elements: dict
    required: true
  groups:
    description: The groups of the inventory; the group of an entry is named like it.
    type: dict
    required: true
"""

EXAMPLES = """
- name: Show it
  ansible.builtin.debug:
    msg: "{{ service_catalogue_enabled | haproxy_fronts(groups) }}"
"""

RETURN = """
_value:
  description: One item for each port, with C(name), C(port), C(health), C(public), C(sticky) and C(hosts).
  type: list
  elements: dict
"""


def haproxy_fronts(entries: Any, groups: Any) -> Any:
    """See DOCUMENTATION."""
    if not isinstance(entries, list):
        raise AnsibleFilterError(f"haproxy_fronts: the input is a {type(entries).__name__}; a list is expected")
    if not isinstance(groups, Mapping):
        raise AnsibleFilterError(f"haproxy_fronts: groups is a {type(groups).__name__}; a dict is expected")
    try:
        return load_balancing.fronts(entries, groups)
    except load_balancing.LoadBalancingError as error:
        raise AnsibleFilterError(f"haproxy_fronts: {error}") from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"haproxy_fronts": haproxy_fronts}
