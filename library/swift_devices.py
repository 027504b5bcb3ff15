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

import os
import pwd
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import host_journal, ring_files
from ansible.module_utils.corbel import swift_devices as devices
from ansible.module_utils.corbel.swift_devices import DeviceError

ARGUMENTS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["listed", "checked"], "default": "checked"},
    "devices": {"type": "list", "elements": "str", "default": []},
    "rings": {"type": "path", "default": "/etc/swift"},
    "root": {"type": "path", "default": "/srv/node"},
    "owner": {"type": "str", "default": "swift"},
}


def run(options: dict[str, Any], check: bool, mountinfo: str) -> dict[str, Any]:
    """Check all devices, then give away what is not given yet."""
    there = devices.mounts(mountinfo)
    noted = ring_files.noted_devices(ring_files.Host(Path(options["rings"])))
    held = [name for name in noted if str(Path(options["root"]) / name) in there]
    if options["state"] == "listed":
        mounted = [name for name in options["devices"] if str(Path(options["root"]) / name) in there]
        return {"changed": False, "held": held, "mounted": mounted, "given": []}
    problems = devices.name_mistakes(options["devices"])
    paths = {name: Path(options["root"]) / name for name in options["devices"]}
    for name, path in paths.items():
        if check and str(path) not in there:
            continue
        try:
            devices.refuse(name, path, there)
            if not check:
                devices.check_attributes(name, path)
        except DeviceError as error:
            problems.append(str(error))
    if problems:
        raise DeviceError("; ".join(problems))
    try:
        account = pwd.getpwnam(options["owner"])
    except KeyError:
        if check:
            return {"changed": True, "held": held, "given": list(paths)}
        raise
    owner = (account.pw_uid, account.pw_gid)
    given = [name for name, path in paths.items() if str(path) not in there or devices.wrong_owner(path, owner)]
    if not check:
        for name in given:
            os.chown(paths[name], *owner)
    return {"changed": bool(given), "held": held, "given": given}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        result = run(module.params, module.check_mode, Path("/proc/self/mountinfo").read_text())
    except (DeviceError, OSError) as error:
        module.fail_json(msg=f"swift_devices: {error}")
    except KeyError:
        module.fail_json(
            msg=f"swift_devices: found no account {module.params['owner']}, expected the one of the servers"
        )
    host_journal.note_result("swift_devices", result, module.check_mode)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
