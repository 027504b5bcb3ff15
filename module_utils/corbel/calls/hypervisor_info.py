"""What the module hypervisor_info does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import hypervisor

ARGUMENTS: dict[str, Any] = {
    "device": {"type": "path", "default": "/dev/kvm"},
    "ssh_directory": {"type": "path", "default": "/etc/ssh"},
}


def execute(module: AnsibleModule) -> None:
    """Read and report."""
    reason = hypervisor.kvm_obstacle(module.params["device"])
    try:
        keys = hypervisor.ssh_host_keys(Path(module.params["ssh_directory"]))
    except hypervisor.HypervisorError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=False,
        virt_type="qemu" if reason else "kvm",
        reason=reason,
        ssh_host_keys=keys,
    )
