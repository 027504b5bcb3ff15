"""What the module release does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
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
        if module.params["state"] == "absent":
            module.exit_json(**remove(host, module.params))
        module.exit_json(**survey(host, module.params))
    except ReleaseError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['root']}: {error.strerror}")
