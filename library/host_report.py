#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Documentation of the action plugin host_report."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_report
short_description: List what host_check found on all hosts, and stop if something must be mended
description:
  - Prints the findings of all hosts in one list, compares the hosts with each other (clones with one machine id), and
    fails if a finding is an error.
  - Works on the controlling machine; no connection is made.
version_added: "0.1.0"
options:
  results:
    description: What M(host_check) returned, by host.
    type: dict
    required: true
  waived:
    description: Checks to waive, as an id (V(HOST-010)) or an id and a host (V(HOST-010:compute1)).
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
- name: Stop before the first change if a host is not as expected
  host_report:
    results: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, '__example_host'))) }}"
  run_once: true
"""

RETURN = r"""
findings:
  description: Ids of the checks that found something, in the order of the printed list.
  type: list
  elements: str
  returned: always
waived:
  description: Ids of the checks whose findings were waived.
  type: list
  elements: str
  returned: always
"""
