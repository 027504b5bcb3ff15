#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Documentation of the action plugin host_report."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_report
short_description: List what was found on all hosts, and stop if something must be mended
description:
  - Prints the findings of all hosts in one list, the worst first, compares the hosts with each other (clones, clocks,
    keys, virtual addresses), writes a report if asked to, and fails if a finding is an error.
  - Works on the controlling machine; no connection is made.
version_added: "0.1.0"
options:
  results:
    description: What M(host_check) returned, by host.
    type: dict
    required: true
  paths:
    description: What M(host_paths) found when it tried the paths between the hosts, by host.
    type: dict
    default: {}
  waived:
    description:
      - Checks to waive, as an id (V(HOST-010)) or an id and a host (V(HOST-010:compute1)); a list, or text with commas.
    type: raw
    default: []
  skip:
    description: Checks to waive beside those of O(waived), in the same form.
    type: raw
    default: []
  static:
    description: What M(inventory_check) returned in the same run; its findings and waivers are part of the report.
    type: dict
    default: {}
  tolerance:
    description: How far the clocks of two hosts may be apart, in seconds.
    type: float
    default: 2.0
  report:
    description: File for the report, as JSON. Empty writes none.
    type: path
    default: ""
attributes:
  check_mode:
    support: full
    description: Reads only; the report is written all the same.
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
    report: preflight.json
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
