#!/usr/bin/python
"""Module storage_disks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: storage_disks
author: The Corbel authors
short_description: Find disks by names that stay, and refuse those that hold something
description:
  - Finds the device of each disk by its serial number, its World Wide Name or a link below C(/dev/disk/). A name like
    C(sdb) may belong to another disk after the next start, so it is not taken.
  - Refuses a disk that carries a partition table, a file system, a signature of LVM, RAID or anything else that
    C(wipefs) knows, or that is mounted or held, and says what was found. All refusals come in one message.
  - Goes on when the disk is the caller's already, or when the operator names it as expendable. What is in use is never
    expendable; somebody must stop using it first.
  - Only reads. Whoever calls it prepares the disks.
version_added: "0.2.0"
options:
  disks:
    description: The disks, each named in exactly one way.
    type: list
    elements: dict
    required: true
    suboptions:
      serial:
        description: Serial number, as C(lsblk -o SERIAL) or C(/sys/block/*/serial) gives it.
        type: str
      wwn:
        description: World Wide Name, as C(lsblk -o WWN) or C(/sys/block/*/wwid) gives it.
        type: str
      by_id:
        description: Name of a link in C(/dev/disk/by-id), or the path of any link below C(/dev/disk/).
        type: str
      purpose:
        description: Who asks for this disk, where it differs from O(purpose).
        type: str
  purpose:
    description:
      - Who asks for the disks, the name of a volume group or the label of a file system.
      - A disk that carries it is the caller's.
    type: str
    default: ""
  expendable:
    description: Disks whose contents may go, each as in O(disks), or the name alone.
    type: list
    elements: raw
    default: []
attributes:
  check_mode:
    support: full
    description: Changes nothing, ever.
  diff_mode:
    support: none
    description: Changes nothing, so there is no difference to show.
requirements:
  - lsblk and wipefs (Debian package util-linux)
  - pvs (Debian package lvm2), to know a volume group of the caller's
"""

EXAMPLES = r"""
- name: Find the disks of a volume group
  storage_disks:
    purpose: cinder-lvm
    disks:
      - {serial: S3Z8NB0K123456}
      - {wwn: "0x5000c500a1b2c3d4"}
      - {by_id: scsi-36001405d2b3e9d1}
    expendable:
      - {serial: S3Z8NB0K123456}
  register: disks
"""

RETURN = r"""
disks:
  description: The disks in the order given.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name that was given.
      type: str
    device:
      description: Device node of the moment.
      type: str
      sample: /dev/sdb
    size:
      description: Size in bytes.
      type: int
    state:
      description: C(empty), C(ours) for the caller's, C(expendable) where the contents must go first.
      type: str
    found:
      description: What is on the disk, one sentence each.
      type: list
      elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.storage_disks import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
