"""Filter identity_spec."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import catalogue

DOCUMENTATION = """
name: identity_spec
author: Corbel
version_added: "0.1.0"
short_description: Arguments of keystone_resources for a catalogue entry
description:
  - Account, roles, service and endpoints of the entry.
options:
  _input:
    description: An entry of the service catalogue.
    type: dict
    required: true
  context:
    description: The values auth, ca_file, region, password, internal_name and public_name.
    type: dict
    required: true
"""

EXAMPLES = """
- name: Show it
  ansible.builtin.debug:
    msg: "{{ service_catalogue_glance | identity_spec(context) }}"
"""

RETURN = """
_value:
  description: Arguments of the module keystone_resources.
  type: dict
"""


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"identity_spec": catalogue.as_filter(catalogue.identity_spec, AnsibleFilterError)}
