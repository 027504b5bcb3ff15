#!/usr/bin/python
"""Module volume_group."""

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_group
author: The Corbel authors
short_description: Have a volume group of LVM on named disks
description:
  - Makes a volume group of the disks that are named, puts new ones in, and takes out those that are named no longer,
    once their extents have been moved to the others. Where they do not fit, nothing is changed and the figures are
    told.
  - Disks are found and judged as M(storage_disks) does it, so that one which holds something of others is refused.
  - Makes a thin pool and lets it grow with the group.
  - An interrupted move is finished first, so that a run that died is repeated and nothing else.
version_added: "0.2.0"
options:
  name:
    description: Name of the volume group.
    type: str
    required: true
  disks:
    description: All disks of the group, each named in exactly one way.
    type: list
    elements: dict
    required: true
    suboptions:
      serial:
        description: Serial number.
        type: str
      wwn:
        description: World Wide Name.
        type: str
      by_id:
        description: Name of a link in C(/dev/disk/by-id), or the path of any link below C(/dev/disk/).
        type: str
  expendable:
    description: Disks whose contents may go when they join the group, each as in O(disks), or the name alone.
    type: list
    elements: raw
    default: []
  thin_pool:
    description: A thin pool in the group.
    type: dict
    suboptions:
      name:
        description: Name of the pool.
        type: str
        required: true
      percent:
        description: Share of the group that the pool has for data. The pool grows with the group; it cannot shrink.
        type: int
        default: 95
attributes:
  check_mode:
    support: full
    description:
      - Refuses what a run would refuse, changes nothing, and gives the commands that a run would give.
      - On a host where LVM is not installed yet, there is no volume group.
  diff_mode:
    support: full
    description: Shows the disks and the pool that differ.
requirements:
  - lvm2 and thin-provisioning-tools (Debian packages)
  - lsblk and wipefs (Debian package util-linux)
"""

EXAMPLES = r"""
- name: Have the volume group
  volume_group:
    name: cinder-lvm
    disks:
      - {serial: S3Z8NB0K123456}
      - {wwn: "0x5000c500a1b2c3d4"}
    thin_pool:
      name: cinder-lvm-pool

- name: Let it have a disk that held something else
  volume_group:
    name: cinder-lvm
    disks:
      - {serial: S3Z8NB0K123456}
      - {serial: S3Z8NB0K777777}
    expendable: [S3Z8NB0K777777]
"""

RETURN = r"""
commands:
  description: The commands that were or would be run, in order.
  returned: success
  type: list
  elements: list
  sample: [[vgextend, cinder-lvm, /dev/sdc]]
changes:
  description: The same in sentences.
  returned: success
  type: list
  elements: str
results:
  description: One item that names the changes for a plan.
  returned: success
  type: list
  elements: dict
devices:
  description: Device nodes of the group's disks, in the order of O(disks).
  returned: success
  type: list
  elements: str
stable_paths:
  description: A path of each disk that stays the same, where there is one; else its device node.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.volume_group import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
