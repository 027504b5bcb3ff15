#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module swift_devices."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: swift_devices
short_description: Check that the devices of a storage host can hold objects, and give them to the servers
description:
  - Refuses a device that is not mounted, is no XFS, is read-only or takes no extended attributes, all in one message.
  - Gives the root of each file system to the account of the servers. A folder on which nothing is mounted is never
    given to it, so that nothing fills the system's own disk.
version_added: "0.2.0"
options:
  state:
    description:
      - V(listed) only says which devices that are mounted the rings still have, whether declared or not. They must stay
        mounted until they are empty.
      - V(checked) does what is described above.
    type: str
    choices: [listed, checked]
    default: checked
  devices:
    description: Names of the devices, which are folders of O(root).
    type: list
    elements: str
    default: []
  rings:
    description: Folder of the rings.
    type: path
    default: /etc/swift
  root:
    description: Folder of the mount points.
    type: path
    default: /srv/node
  owner:
    description: Account and group of the servers.
    type: str
    default: swift
attributes:
  check_mode:
    support: full
    description: Devices that are not mounted yet are taken for such that will be.
  diff_mode:
    support: none
    description: Only owners change.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Check the devices
  swift_devices:
    devices: [d1, d2]
"""

RETURN = r"""
held:
  description: Devices that are mounted and in a ring.
  type: list
  elements: str
  returned: success
mounted:
  description: Of O(devices), those that are mounted.
  type: list
  elements: str
  returned: O(state=listed)
given:
  description: Devices whose root belonged to someone else.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.swift_devices import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
