"""What the module swift_devices does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import ring_files
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


def execute(module: AnsibleModule) -> None:
    """Do what the options say, and end the module."""
    try:
        result = run(module.params, module.check_mode, Path("/proc/self/mountinfo").read_text())
    except (DeviceError, OSError) as error:
        module.fail_json(msg=f"swift_devices: {error}")
    except KeyError:
        module.fail_json(
            msg=f"swift_devices: found no account {module.params['owner']}, expected the one of the servers"
        )
    module.exit_json(**result)
