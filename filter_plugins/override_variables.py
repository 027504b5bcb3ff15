"""Filter override_variables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import catalogue

DOCUMENTATION = """
name: override_variables
author: Corbel
version_added: "0.1.0"
short_description: Names of the override variables of a catalogue entry
description:
  - One variable for each INI file that the entry lists.
options:
  _input:
    description: An entry of the service catalogue.
    type: dict
    required: true

"""

EXAMPLES = """
- name: Show it
  ansible.builtin.debug:
    msg: "{{ service_catalogue_glance | override_variables }}"
"""

RETURN = """
_value:
  description: Variable names in the order of the files.
  type: list
"""


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"override_variables": catalogue.as_filter(catalogue.override_variables, AnsibleFilterError)}
