"""Filter drift_model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import catalogue
from ansible.module_utils.corbel import drift_model as drift

DOCUMENTATION = """
name: drift_model
author: The Corbel authors
version_added: "0.1.0"
short_description: What a host may have, for the module host_drift
description:
  - From the enabled entries of the catalogue and the groups of a host, gives the options of the module M(host_drift).
positional: host, groups, settings, cloud
options:
  _input:
    description: Entries of the service catalogue.
    type: list
    elements: dict
    required: true
  host:
    description: The host, as the inventory names it.
    type: str
    required: true
  groups:
    description: The groups of the inventory; the group of an entry is named like it.
    type: dict
    required: true
  settings:
    description: The settings of the role C(drift), without its prefix.
    type: dict
    required: true
  cloud:
    description: Addresses of the host, virtual addresses, provider bridges, and how to ask Keystone.
    type: dict
    required: true
"""

EXAMPLES = """
- name: Look for what the model does not have
  host_drift: "{{ service_catalogue_enabled | drift_model(inventory_hostname, groups, settings, cloud) }}"
"""

RETURN = """
_value:
  description: Options of host_drift.
  type: dict
"""


def drift_model(entries: Any, host: Any, groups: Any, settings: Any, cloud: Any) -> dict[str, Any]:
    """See DOCUMENTATION."""
    if not isinstance(entries, list):
        raise AnsibleFilterError(f"drift_model: the input is a {type(entries).__name__}; a list is expected")
    for name, value in (("groups", groups), ("settings", settings), ("cloud", cloud)):
        if not isinstance(value, Mapping):
            raise AnsibleFilterError(f"drift_model: {name} is a {type(value).__name__}; a dict is expected")
    try:
        return drift.model(entries, str(host), groups, settings, cloud)
    except (drift.DriftModelError, catalogue.CatalogueError) as error:
        raise AnsibleFilterError(f"drift_model: {error}") from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"drift_model": drift_model}
