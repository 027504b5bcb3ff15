"""What the module release does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

import contextlib
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import exclusive, host_journal
from ansible.module_utils.corbel.release import ReleaseError
from ansible.module_utils.corbel.release_apply import Host, remove, survey

ARGUMENTS = {
    "series": {"type": "str"},
    "release_id": {"type": "str"},
    "environments": {"type": "list", "elements": "str", "default": []},
    "archive_dir": {"type": "path"},
    "method": {"type": "str", "choices": ["auto", "mount", "unpack"], "default": "auto"},
    "root": {"type": "path", "default": "/opt/corbel/releases"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "archives": {"type": "dict", "default": {}},
    "parts": {"type": "dict", "default": {}},
}


def execute(module: AnsibleModule) -> None:
    """Run the module."""
    if not module.params["release_id"]:
        module.fail_json(msg="release_id is missing: the action plugin of this module fills it in from series")
    try:
        host = Host(module.run_command, check_mode=module.check_mode)
        # What a killed run left at work here may still be unpacking the same environment.
        with contextlib.nullcontext() if module.check_mode else exclusive.locked():
            result: dict[str, Any] = (remove if module.params["state"] == "absent" else survey)(host, module.params)
    except (ReleaseError, exclusive.BusyError) as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['root']}: {error.strerror}")
    # An environment whose archive is not here yet is laid down by the next call.
    if not result.get("wanting"):
        laid = {**result, "changes": result.get("missing") or result.get("removed")}
        host_journal.note_result(f"release {result['release_id']} {module.params['state']}", laid, module.check_mode)
    module.exit_json(**result)
