#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Reads once what a host is and compares it with what the cloud expects."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_check
short_description: Compare a host with what the cloud expects of it
description:
  - Reads system, memory, disks, kernel modules, addresses, ports, names and packages of a host in one go, changes
    nothing, and returns what must be mended. It does not fail when it finds something, so that all hosts can be
    listed together (see M(host_report)).
  - An action plugin of the same name reads the clock of the controlling machine around it and compares the host's.
version_added: "0.1.0"
options:
  hostname:
    description: What the host should call itself; its first label is enough. Empty does not check.
    type: str
    default: ""
  systems:
    description: Operating systems, as C(ID) and C(VERSION_ID) of C(/etc/os-release).
    type: list
    elements: str
    default: [debian 13]
  architectures:
    description: Machine architectures.
    type: list
    elements: str
    default: [x86_64]
  memory_mb:
    description: Least memory, in MiB; the limit of a container counts.
    type: int
    default: 0
  disks:
    description: Least size in MiB of the file system that holds a path, by path. The paths' free room is checked too.
    type: dict
    default: {}
  free_percent:
    description: Free room that is enough, in percent.
    type: int
    default: 20
  free_mb:
    description: Free room that is enough in any case, in MiB.
    type: int
    default: 5120
  kernel_modules:
    description: Kernel modules that must be loaded, built in, or installed.
    type: list
    elements: str
    default: []
  addresses:
    description: Addresses that must be on an interface, by network.
    type: dict
    default: {}
  provider_interfaces:
    description: Interfaces that must exist, have no address, and not carry the SSH connection.
    type: list
    elements: str
    default: []
  ports:
    description: TCP ports that must be free on some addresses, or taken by the named units.
    type: list
    elements: dict
    default: []
    suboptions:
      port:
        description: The port.
        type: int
        required: true
      addresses:
        description: Addresses the unit listens on; a listener on all addresses collides too.
        type: list
        elements: str
        required: true
      units:
        description: Units that may have it.
        type: list
        elements: str
        required: true
  tolerance:
    description: How far the clock may be from the controlling machine's, in seconds.
    type: float
    default: 2.0
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Reads only.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Compare the host with what the cloud expects
  host_check:
    hostname: "{{ inventory_hostname }}"
    memory_mb: 4096
    kernel_modules: [openvswitch, vxlan]
    addresses: {management: 192.0.2.21}
    provider_interfaces: [eth3]
  register: __example_host
"""

RETURN = r"""
findings:
  description: What must be mended, with the keys check, severity, variable, where, hosts, found, expected and fix.
  type: list
  elements: dict
  returned: always
facts:
  description: What hosts are compared by, and what a summary prints.
  type: dict
  returned: always
  contains:
    machine_id:
      description: The machine id.
      type: str
    hostname:
      description: What the host calls itself.
      type: str
    kernel:
      description: Release of the kernel.
      type: str
    memory_mb:
      description: Memory in MiB.
      type: int
    time:
      description: The host's clock, in seconds since 1970.
      type: float
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import host_checks, host_facts

PORT = {
    "port": {"type": "int", "required": True},
    "addresses": {"type": "list", "elements": "str", "required": True},
    "units": {"type": "list", "elements": "str", "required": True},
}
OPTIONS = {
    "hostname": {"type": "str", "default": ""},
    "systems": {"type": "list", "elements": "str", "default": ["debian 13"]},
    "architectures": {"type": "list", "elements": "str", "default": ["x86_64"]},
    "memory_mb": {"type": "int", "default": 0},
    "disks": {"type": "dict", "default": {}},
    "free_percent": {"type": "int", "default": 20},
    "free_mb": {"type": "int", "default": 5120},
    "kernel_modules": {"type": "list", "elements": "str", "default": []},
    "addresses": {"type": "dict", "default": {}},
    "provider_interfaces": {"type": "list", "elements": "str", "default": []},
    "ports": {"type": "list", "elements": "dict", "default": [], "options": PORT},
    "tolerance": {"type": "float", "default": 2.0},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    wanted = module.params

    def run(command: list[str]) -> str:
        code, output, error = module.run_command(command)
        if code:
            module.fail_json(
                msg=f"found exit code {code} of {' '.join(command)} ({error.strip()}), expected its output"
            )
        return str(output)

    facts = host_facts.gather(
        wanted["disks"], wanted["kernel_modules"], [row["port"] for row in wanted["ports"]], run, Path("/")
    )
    findings = host_checks.check(facts, wanted)
    module.exit_json(
        changed=False,
        findings=[finding.as_dict() for finding in findings],
        facts={
            "machine_id": facts.machine_id,
            "hostname": facts.hostname,
            "kernel": facts.kernel,
            "memory_mb": facts.memory_mb,
            "time": facts.time,
        },
    )


if __name__ == "__main__":
    main()
