#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Documentation of the action plugin drift_report."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: drift_report
short_description: List what differs from the model on all hosts, and fail if anything does
description:
  - Makes one list of what M(host_drift) found and of what a run in check mode would change, worst first, each with the
    command that mends it; prints it, writes it as JSON, and fails with one sentence if it is not empty.
  - Works on the controlling machine; only the plan makes connections.
version_added: "0.1.0"
options:
  results:
    description: What M(host_drift) returned, by host.
    type: dict
    required: true
  hosts:
    description: Hosts that should have answered. One without a result is in the list.
    type: list
    elements: str
    required: true
  plan:
    description:
      - Also plan with C(plan.yml) beside the running playbook, in a run of its own that changes nothing, and list what
        C(site.yml) would change on the hosts that have answered.
    type: bool
    default: true
  groups:
    description: Names of groups, by host.
    type: dict
    default: {}
  inventory:
    description: Inventories that the commands name.
    type: list
    elements: str
    default: []
  cloud:
    description: Name of the cloud.
    type: str
    required: true
  file:
    description: File for the list as JSON, readable for its owner only.
    type: path
attributes:
  check_mode:
    support: full
    description: Reads only, but for O(file).
  diff_mode:
    support: none
    description: Reads only.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: List the drift of all hosts
  drift_report:
    cloud: "{{ corbel_cloud }}"
    hosts: "{{ ansible_play_hosts_all }}"
    results: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, '__example_host'))) }}"
    inventory: "{{ ansible_inventory_sources }}"
    file: drift.json
  run_once: true
"""

RETURN = r"""
counts:
  description: How many there are of each severity.
  type: dict
  returned: always
  sample: {exposed: 0, broken: 1, changed: 2}
"""
