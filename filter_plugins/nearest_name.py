"""Filter nearest_name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import naming

DOCUMENTATION = """
name: nearest_name
author: Corbel
version_added: "0.1.0"
short_description: The known name that a misspelled one probably means
description:
  - Compares regardless of case and gives the closest name, or an empty string when none is close.
positional: names
options:
  _input:
    description: The name found.
    type: str
    required: true
  names:
    description: The names that exist; of a dictionary, its keys.
    type: list
    elements: str
    required: true
"""

EXAMPLES = """
- name: Help with a typing error
  ansible.builtin.debug:
    msg: "Did you mean {{ 'glanec' | nearest_name(['glance', 'nova']) }}?"
"""

RETURN = """
_value:
  description: The closest name, or an empty string.
  type: str
"""


def nearest_name(value: Any, names: Any) -> str:
    """See DOCUMENTATION."""
    if not isinstance(value, str):
        raise AnsibleFilterError(f"nearest_name: the input is a {type(value).__name__}; a str is expected")
    if isinstance(names, str | bytes) or not isinstance(names, Iterable | Mapping):
        raise AnsibleFilterError(f"nearest_name: names is a {type(names).__name__}; a list of names is expected")
    known = list(names)
    for name in known:
        if not isinstance(name, str):
            raise AnsibleFilterError(f"nearest_name: names holds a {type(name).__name__}; only str is expected")
    return naming.nearest(value, known)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"nearest_name": nearest_name}
