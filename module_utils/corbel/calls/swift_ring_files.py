"""What the module swift_ring_files does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

import grp
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import ring_files
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


def execute(module: AnsibleModule) -> None:
    """Do what the options say, and end the module."""
    try:
        result = run(module.params, module.check_mode)
    except RingError as error:
        module.fail_json(msg=f"swift_ring_files: {error}")
    except (OSError, KeyError) as error:
        module.fail_json(
            msg=f"swift_ring_files: {error}; expected the folder and the group that 'directory' and 'group' name"
        )
    module.exit_json(**result)
