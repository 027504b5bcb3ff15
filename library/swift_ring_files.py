#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module swift_ring_files."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: swift_ring_files
short_description: Have the rings of Swift on a host, equal on all hosts or not at all
description:
  - V(compared) says which rings differ, V(staged) lays them down beside the old ones, V(active) takes them into use.
  - Run the steps as tasks of one play with C(any_errors_fatal). Ansible ends each on all hosts before the next, so that
    no host uses a new ring before every host has it whole.
version_added: "0.2.0"
options:
  state:
    description: The step.
    type: str
    choices: [compared, staged, active]
    required: true
  directory:
    description: Folder that the servers read rings from.
    type: path
    default: /etc/swift
  group:
    description: Group that may read the rings.
    type: str
    default: swift
  rings:
    description: The rings.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: "Name, such as V(object-1).", type: str, required: true}
      digest: {description: SHA-256 of the file., type: str, required: true}
  contents:
    description: Content of each ring that may differ, by name, encoded with Base64; for V(staged).
    type: dict
    default: {}
  devices:
    description: Names of the devices that the rings have on this host, noted when the rings are taken into use.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Says what would be taken into use.
  diff_mode:
    support: none
    description: Rings are no text.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Compare the rings of each host
  swift_ring_files:
    state: compared
    rings:
      - {name: account, digest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
"""

RETURN = r"""
differing:
  description: Rings that this host lacked, or had otherwise, before the step.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.swift_ring_files import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
