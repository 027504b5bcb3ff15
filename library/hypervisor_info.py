#!/usr/bin/python
"""Module hypervisor_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hypervisor_info
author: The Corbel authors
short_description: Find out whether a host can run virtual machines with KVM, and its SSH host keys
description:
  - Asks the kernel to make an empty virtual machine, which is the only proof that KVM works. A device that is there
    and a CPU that has the flags do not suffice, where the host is a virtual machine itself or its firmware forbids it.
  - Reads the public SSH host keys from their files, so that others can pin them. Where such a file is missing, the key
    is derived from the private one; a host without any host key is refused.
version_added: "0.1.0"
options:
  device:
    description: The device of KVM.
    type: path
    default: /dev/kvm
  ssh_directory:
    description: Where the host keys are.
    type: path
    default: /etc/ssh
attributes:
  check_mode:
    support: full
    description: Changes nothing, ever.
  diff_mode:
    support: none
    description: Changes nothing, so there is no difference to show.
"""

EXAMPLES = r"""
- name: Find out what this host can do
  hypervisor_info:
  register: hypervisor
"""

RETURN = r"""
virt_type:
  description: C(kvm) or C(qemu), as C(virt_type) of Nova takes it.
  returned: always
  type: str
  sample: kvm
reason:
  description: Why it is not C(kvm); empty if it is.
  returned: always
  type: str
  sample: "/dev/kvm: No such file or directory"
ssh_host_keys:
  description: Type and key of each host key, sorted, without the comment.
  returned: always
  type: list
  elements: str
  sample: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.hypervisor_info import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
