#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Tries the paths between hosts before any service uses them."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_paths
short_description: Try the paths between hosts before any service uses them
description:
  - Tries TCP connections on the ports of the cloud, echo requests as large as the MTU, duplicate and virtual addresses
    by ARP, the default gateway, the sources of packages, and how long a write takes.
  - V(plan) works on the controlling machine alone. V(listen) starts a unit C(corbel-preflight) that listens where
    services will, on hosts where nothing was deployed, and ends by itself after five minutes. V(try) tries
    everything at the same time, in some seconds. V(stop) ends the listener.
  - It does not fail when something does not answer; M(host_report) judges the answers of all hosts.
version_added: "0.1.0"
options:
  step:
    description: What to do.
    type: str
    choices: [plan, listen, try, stop]
    required: true
  plan:
    description: What this host has to try, from RV(hosts).
    type: dict
    default: {}
  results:
    description: What M(host_check) returned, by host (V(plan)).
    type: dict
    default: {}
  mode:
    description: When paths are tried; V(auto) while nothing was deployed on a host (V(plan)).
    type: str
    choices: [auto, always, never]
    default: auto
  ports:
    description: Who speaks to what the services stand on (V(plan)).
    type: list
    elements: dict
    default: []
  catalogue:
    description:
      - Who reaches the services, as the lookup P(host_expectations#lookup) gives it for V(paths) (V(plan)).
    type: dict
    default: {}
  standing:
    description: Groups of what the services stand on (V(plan)).
    type: list
    elements: str
    default: []
  peers:
    description: How many hosts of a group each host tries (V(plan)).
    type: int
    default: 8
  names:
    description: Names that this machine should resolve, each with its address (V(plan)).
    type: dict
    default: {}
  writes:
    description: Where small writes are measured, each with C(group), C(path) and the most C(ms) (V(plan)).
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    support: full
    description: The same, nothing stays changed.
  diff_mode:
    support: none
    description: Nothing stays changed.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Say which paths are to be tried
  host_paths:
    step: plan
    results: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, '__example_host'))) }}"
  register: __example_plan
  run_once: true

- name: Try them
  host_paths:
    step: try
    plan: "{{ __example_plan.hosts[inventory_hostname] | default({}) }}"
  register: __example_tried
"""

RETURN = r"""
due:
  description: Whether paths are to be tried.
  type: bool
  returned: with step plan
hosts:
  description: What each host has to try.
  type: dict
  returned: with step plan
findings:
  description: Names that this machine does not resolve.
  type: list
  elements: dict
  returned: with step plan
listening:
  description: Addresses and ports on which the host listens.
  type: list
  returned: with step listen
lasted:
  description: Whether the listener was there until it was stopped.
  type: bool
  returned: with step stop
connect:
  description: What became of each connection, in the order of the plan.
  type: list
  returned: with step try
echo:
  description: What became of each echo request, in the order of the plan.
  type: list
  returned: with step try
duplicates:
  description: Addresses of this host for which others answer, with the hardware addresses of these.
  type: list
  returned: with step try
claimed:
  description: Virtual addresses for which somebody answers, with the hardware address.
  type: list
  returned: with step try
gateway:
  description: Whether the default gateway answers; null when it was not asked.
  type: bool
  returned: with step try
write:
  description: Milliseconds in which 99 of 100 writes reach the disk, in the order of the plan.
  type: list
  returned: with step try
sources:
  description: Sources of packages that do not answer.
  type: list
  returned: with step try
"""

import sys
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import host_path_probe as probe

ASK = ["systemctl", "is-active", "--quiet", f"{probe.UNIT}.service"]
STOP = ["systemctl", "stop", f"{probe.UNIT}.service"]


def main() -> None:
    """Do one step on a host."""
    module = AnsibleModule(
        argument_spec={
            "step": {"type": "str", "choices": ["listen", "try", "stop"], "required": True},
            "plan": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    step, plan = module.params["step"], module.params["plan"]
    found = {}
    if step == "listen":
        places = [(str(address), int(port)) for address, port in plan.get("listen", [])]
        # What an earlier run left.
        module.run_command(STOP, check_rc=False)
        if places:
            module.run_command(probe.listener(sys.executable, places), check_rc=False)
        answers = probe.connect(places)
        found["listening"] = [place for place, answer in zip(places, answers, strict=True) if answer == probe.OPEN]
    elif step == "try":
        found = probe.try_all(plan, Path("/"))
    else:
        found["lasted"] = module.run_command(ASK, check_rc=False)[0] == 0
        module.run_command(STOP, check_rc=False)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
