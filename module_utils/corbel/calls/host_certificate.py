"""What the module host_certificate does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import host_certificate as host

PLACE: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "group": {"type": "str", "required": True},
    "holder": {"type": "bool", "required": True},
    "common_name": {"type": "str", "default": ""},
    "certificate": {"type": "str", "default": ""},
    "authority": {"type": "str", "default": ""},
}

ARGUMENTS: dict[str, Any] = {
    "step": {"type": "str", "choices": ["read", "request", "install"], "required": True},
    "directory": {"type": "path", "required": True},
    "places": {"type": "list", "elements": "dict", "required": True, "options": PLACE},
}


def execute(module: AnsibleModule) -> None:
    """Do one step of the action plugin on the host, for every authority."""
    arguments = module.params
    result: dict[str, Any] = {"changed": arguments["step"] == "install"}
    try:
        result["places"] = host.perform(arguments["step"], Path(arguments["directory"]), arguments["places"])
    except host.HostCertificateError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}")
    module.exit_json(**result)
