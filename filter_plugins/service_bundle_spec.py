"""Filter service_bundle_spec."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import catalogue

DOCUMENTATION = """
name: service_bundle_spec
author: Corbel
version_added: "0.1.0"
short_description: Arguments of service_bundle for a catalogue entry
description:
  - Packages, users, directories, files and units that the entry needs on a host.
options:
  _input:
    description: An entry of the service catalogue.
    type: dict
    required: true
  overrides:
    description: Values of the override variables, by variable name.
    type: dict
    required: true
"""

EXAMPLES = """
- name: Show it
  ansible.builtin.debug:
    msg: "{{ service_catalogue_glance | service_bundle_spec({}) }}"
"""

RETURN = """
_value:
  description: Arguments of the module service_bundle.
  type: dict
"""


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"service_bundle_spec": catalogue.as_filter(catalogue.service_bundle_spec, AnsibleFilterError)}
