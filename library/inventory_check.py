#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Documentation of the action plugin inventory_check."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: inventory_check
short_description: Check an inventory before any host is touched
description:
  - Compares all that the operator wrote (inventory files, C(group_vars), C(host_vars), C(-e)) with the public
    variables of the roles, the service catalogue, the releases and their options, and with itself.
  - Looks at the controlling machine as well, for its versions, limits, room, known hosts, release and checkout.
  - Works on the controlling machine; no connection is made.
  - Writes its part of the report that C(preflight_report) names; M(host_report) adds that of the hosts.
  - Prints all findings at once, each with its id, file and line, the value found, the value expected and the fix,
    then fails if one of them is an error. Waived findings are printed and do not fail.
version_added: "0.1.0"
options:
  waived:
    description:
      - Checks to waive beside those of C(corbel_waived_checks) and C(preflight_skip), as an id, an id and a variable
        (V(INV-001:release_notes)), or an id and a host (V(HOST-005:compute1)).
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Reads only.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Check what the inventory says
  inventory_check:
  run_once: true
"""

RETURN = r"""
findings:
  description: Ids of the checks that found something, in the order of the printed list.
  type: list
  elements: str
  returned: always
waived:
  description: Ids of the checks whose findings the operator waived.
  type: list
  elements: str
  returned: always
report:
  description:
    - All findings, each with the keys check, severity, variable, where, hosts, found, expected, fix, page and waived.
  type: list
  elements: dict
  returned: always
waivers:
  description: What was waived by whom, each with the keys id, variable and where.
  type: list
  elements: dict
  returned: always
hosts_checked:
  description: Number of hosts in the inventory.
  type: int
  returned: always
"""
