# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Filter hosts_that_differ: the hosts of a play, after a comparison only those on which something differs."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_that_differ
short_description: Leave the hosts out on which a play has nothing to do
description:
  - Gives the pattern for C(hosts) of a play. Where no comparison came before, it is the pattern that was given.
positional: groups, part
options:
  _input:
    description: Pattern of the hosts that the play is for.
    type: str
    required: true
  groups:
    description: Ansible's variable of that name.
    type: dict
    required: true
  part:
    description: What the play is called in the comparison (C(compared_as)).
    type: str
    required: true
  whole:
    description: Take all hosts if one of them differs, for services that need a quorum.
    type: bool
    default: false
"""

EXAMPLES = r"""
hosts: "{{ 'database' | hosts_that_differ(groups, compared_as, whole=true) }}"
"""

RETURN = r"""
_value:
  description: A pattern of hosts. It matches something in any case, so that Ansible has no warning to give.
  type: str
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

COMPARED = "compared"
NOBODY = "all:!all"


def hosts_that_differ(pattern: Any, groups: Any, part: Any, whole: bool = False) -> str:
    """Make the pattern."""
    if not isinstance(pattern, str) or not isinstance(part, str):
        raise AnsibleFilterError(
            "hosts_that_differ expects a pattern and a part as text, not "
            f"{type(pattern).__name__} and {type(part).__name__}"
        )
    if not isinstance(groups, Mapping):
        raise AnsibleFilterError(f"hosts_that_differ expects groups as a dictionary, not {type(groups).__name__}")
    if COMPARED not in groups:
        return pattern
    differing = f"differs_{part}"
    if not groups.get(differing):
        return NOBODY
    return pattern if whole else f"{pattern}:&{differing}"


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Name the filter."""
        return {"hosts_that_differ": hosts_that_differ}
