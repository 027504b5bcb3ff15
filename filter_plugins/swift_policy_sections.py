"""Filter swift_policy_sections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import ring_policy
from ansible.module_utils.corbel.ring_model import RingError

DOCUMENTATION = """
name: swift_policy_sections
author: Corbel
version_added: "0.2.0"
short_description: The sections of swift.conf that declare storage policies
description:
  - Refuses policies that Swift would not start with, or that lead objects astray, with all mistakes at once.
options:
  _input:
    description: Storage policies, as C(swift_rings_policies) lists them.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = """
- name: Show it
  ansible.builtin.debug:
    msg: "{{ swift_rings_policies | swift_policy_sections }}"
"""

RETURN = """
_value:
  description: Options by section, in the order of the policies' indexes.
  type: dict
"""


def swift_policy_sections(policies: Any) -> dict[str, dict[str, Any]]:
    """See DOCUMENTATION."""
    if not isinstance(policies, list):
        raise AnsibleFilterError(
            f"swift_policy_sections: the input is a {type(policies).__name__}; a list of policies is expected"
        )
    try:
        return ring_policy.policy_sections(policies)
    except RingError as error:
        raise AnsibleFilterError(f"swift_rings_policies: {error}") from error


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"swift_policy_sections": swift_policy_sections}
