"""Filter galera_first_node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import galera_plan

DOCUMENTATION = """
name: galera_first_node
author: Corbel
version_added: "0.1.0"
short_description: The host that may make a Galera cluster
description:
  - An empty string where some host is in a cluster that works, which the others join.
  - Otherwise the one with the latest data; of hosts that were never in a cluster, the one with data, or the first.
  - Fails where no host can be chosen without losing data.
options:
  _input:
    description: What M(galera_node_info) returned, by host, in the order of the group; empty for a host not looked at.
    type: dict
    required: true
"""

EXAMPLES = """
- name: Choose
  ansible.builtin.set_fact:
    first: "{{ {'controller1': state1, 'controller2': state2} | galera_first_node }}"
"""

RETURN = """
_value:
  description: Name of a host, or an empty string.
  type: str
"""


def galera_first_node(states: Any) -> str:
    """See DOCUMENTATION."""
    if not isinstance(states, Mapping):
        raise AnsibleFilterError(f"galera_first_node: the input is a {type(states).__name__}; a dict is expected")
    try:
        return galera_plan.first_node(states)
    except galera_plan.GaleraPlanError as error:
        raise AnsibleFilterError(f"galera_first_node: {error}") from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"galera_first_node": galera_first_node}
