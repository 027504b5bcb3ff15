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
  expected:
    description:
      - The options below in one dictionary, as the lookup P(host_expectations#lookup) gives them. The action plugin
        takes them apart; what is given beside it counts more.
    type: dict
    default: {}
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
  processors:
    description: Least number of processors.
    type: int
    default: 0
  kvm:
    description: Whether the host must have hardware virtualization.
    type: bool
    default: false
  networks:
    description: Dictionaries with C(cidr) and C(mtu), by network.
    type: dict
    default: {}
  bridges:
    description: Dictionaries with C(interface) and C(mtu), by provider bridge.
    type: dict
    default: {}
  accounts:
    description: System accounts that the services of the host run as.
    type: list
    elements: str
    default: []
  devices:
    description:
      - Disks that the services of the host are to use, each named by C(serial), C(wwn) or C(by_id), with the C(purpose)
        that tells the service's own contents from others'.
    type: list
    elements: dict
    default: []
  expendable:
    description: Disks whose contents may go, named in the same way.
    type: list
    elements: raw
    default: []
  volume_groups:
    description: Volume groups that belong to the cloud.
    type: list
    elements: str
    default: []
  key_folders:
    description: Folders of keys that hosts are compared by. Only a digest leaves the host.
    type: list
    elements: path
    default: []
  vips:
    description: Virtual addresses, which the host may have if it is a load balancer.
    type: list
    elements: str
    default: []
  load_balancer:
    description: Whether the host is a load balancer.
    type: bool
    default: false
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
    expected: "{{ lookup('host_expectations') }}"

- name: Compare it with what is written here
  host_check:
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
    clock:
      description: Between which two numbers of seconds the host is ahead of the controlling machine.
      type: list
    new:
      description: Whether nothing was ever deployed on the host.
      type: bool
    product_uuid:
      description: UUID of the machine; empty in a container.
      type: str
    timezone:
      description: Name of the time zone.
      type: str
    compute_id:
      description: Nova's identity of the hypervisor.
      type: str
    vips:
      description: Virtual addresses that the host has.
      type: list
    load_balancer:
      description: Whether it may have them.
      type: bool
    macs:
      description: Hardware addresses of its interfaces.
      type: list
    addresses:
      description: Its declared addresses, by network.
      type: dict
    links:
      description: Name and MTU of the interface of each network.
      type: dict
    network_mtus:
      description: Declared MTU of each network that has one.
      type: dict
    gateway:
      description: Address of the default gateway, the interface to it, and the host's address there.
      type: list
    authorities:
      description: Digest of each authority's certificate.
      type: dict
    keys:
      description: One digest of the keys in each folder.
      type: dict
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import host_checks, host_facts
from ansible.module_utils.corbel.host_run import ReadError

PORT = {
    "port": {"type": "int", "required": True},
    "addresses": {"type": "list", "elements": "str", "required": True},
    "units": {"type": "list", "elements": "str", "required": True},
}
OPTIONS = {
    "expected": {"type": "dict", "default": {}},
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
    "processors": {"type": "int", "default": 0},
    "kvm": {"type": "bool", "default": False},
    "networks": {"type": "dict", "default": {}},
    "bridges": {"type": "dict", "default": {}},
    "accounts": {"type": "list", "elements": "str", "default": []},
    "devices": {"type": "list", "elements": "dict", "default": []},
    "expendable": {"type": "list", "elements": "raw", "default": []},
    "volume_groups": {"type": "list", "elements": "str", "default": []},
    "key_folders": {"type": "list", "elements": "path", "default": []},
    "vips": {"type": "list", "elements": "str", "default": []},
    "load_balancer": {"type": "bool", "default": False},
    "tolerance": {"type": "float", "default": 2.0},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    wanted = module.params

    def run(command: list[str]) -> tuple[int, str, str]:
        if module.get_bin_path(command[0], opt_dirs=["/usr/sbin", "/sbin"]) is None:
            return 127, "", f"{command[0]} is not installed"
        code, output, error = module.run_command(command, environ_update={"LC_ALL": "C"})
        return int(code), str(output), str(error)

    try:
        facts = host_facts.gather(wanted, run, Path("/"))
    except ReadError as error:
        module.fail_json(msg=str(error))
    findings = host_checks.check(facts, wanted)
    module.exit_json(
        changed=False,
        findings=[finding.as_dict() for finding in findings],
        facts=host_facts.compared(facts, wanted),
    )


if __name__ == "__main__":
    main()
