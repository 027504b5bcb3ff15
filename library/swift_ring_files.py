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

import grp
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import host_journal, ring_files
from ansible.module_utils.corbel.ring_model import RingError

RING = {"name": {"type": "str", "required": True}, "digest": {"type": "str", "required": True}}
ARGUMENTS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["compared", "staged", "active"], "required": True},
    "directory": {"type": "path", "default": "/etc/swift"},
    "group": {"type": "str", "default": "swift"},
    "rings": {"type": "list", "elements": "dict", "required": True, "options": RING},
    "contents": {"type": "dict", "default": {}},
    "devices": {"type": "list", "elements": "str", "default": []},
}


def run(options: dict[str, Any], check: bool) -> dict[str, Any]:
    """Do one step."""
    host = ring_files.Host(Path(options["directory"]))
    rings = ring_files.wanted(options["rings"])
    names = ring_files.differing(host, rings)
    if options["state"] == "compared" or check:
        return {"changed": bool(names) and options["state"] == "active", "differing": names}
    owner = (0, grp.getgrnam(options["group"]).gr_gid)
    if options["state"] == "staged":
        names = ring_files.stage(host, rings, options["contents"], owner)
    else:
        # First, so that a device that comes is known before it is used.
        ring_files.note_devices(host, options["devices"], owner)
        names = ring_files.activate(host, rings)
    return {"changed": bool(names), "differing": names}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = run(module.params, module.check_mode)
    except RingError as error:
        module.fail_json(msg=f"swift_ring_files: {error}")
    except (OSError, KeyError) as error:
        module.fail_json(
            msg=f"swift_ring_files: {error}; expected the folder and the group that 'directory' and 'group' name"
        )
    host_journal.note_result("swift_ring_files", result, module.check_mode)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
