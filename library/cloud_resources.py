#!/usr/bin/python
# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: the first resources of a cloud."""

DOCUMENTATION = r"""
---
module: cloud_resources
short_description: Brings flavors, images, networks and their kin of a cloud to what is declared
description:
  - Reads what the cloud has with one connection, computes the difference, and applies only that.
  - Options of a resource that are not given are left as they are. Nothing is removed unless its C(state) says so.
  - What cannot be changed in place is made anew (flavors, key pairs, the bytes of an image). The image that was
    replaced is hidden, not removed, because servers may still need its bytes.
  - Runs on the controlling machine.
version_added: "0.1.0"
author: [Corbel authors (@corbel)]
requirements: [openstacksdk]
attributes:
  check_mode:
    description: Computes the change and makes none. A cloud that does not answer counts as empty, with a warning.
    support: full
  diff_mode:
    description: Shows the options of every resource before and after.
    support: full
options:
  clouds_file:
    description: The C(clouds.yaml) with the credentials of an administrator.
    type: path
    required: true
  cloud:
    description: Name of the cloud in O(clouds_file).
    type: str
    required: true
  flavors:
    description: Sizes of servers.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the resource., type: str, required: true}
      state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
      description: {description: Text for people., type: str}
      vcpus: {description: Virtual processors., type: int}
      ram: {description: Memory in MiB., type: int}
      disk: {description: Root disk in GiB., type: int}
      ephemeral: {description: Second disk in GiB., type: int}
      swap: {description: Swap in MiB., type: int}
      public: {description: Whether every project may use it., type: bool}
      extra_specs: {description: Extra specifications; those not named are left alone., type: dict}
  keypairs:
    description: SSH keys of the account.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the resource., type: str, required: true}
      state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
      public_key: {description: The public key itself., type: str}
  images:
    description: Images; the bytes are compared by digest.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the resource., type: str, required: true}
      state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
      file: {description: File on the controlling machine., type: path}
      url: {description: Where to download it instead; needs a sha256., type: str}
      sha256: {description: Digest that the bytes must have., type: str}
      disk_format: {description: Format of the disk., type: str, default: qcow2}
      container_format: {description: Format of the container., type: str, default: bare}
      kernel: {description: Name of the image with its kernel., type: str}
      ramdisk: {description: Name of the image with its initial RAM disk., type: str}
      min_disk: {description: Smallest root disk in GiB., type: int}
      min_ram: {description: Smallest memory in MiB., type: int}
      visibility: {description: Who sees it., type: str, choices: [public, private, shared, community]}
      protected: {description: Whether it refuses removal., type: bool}
      properties: {description: Further properties; those not named are left alone., type: dict}
  networks:
    description: Networks with their subnets.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the resource., type: str, required: true}
      state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
      description: {description: Text for people., type: str}
      external: {description: Whether routers may use it as their gateway., type: bool}
      shared: {description: Whether every project may use it., type: bool}
      type: {description: Provider type., type: str, choices: [flat, vlan, vxlan, geneve, gre, local]}
      physical_network: {description: Name of the provider network., type: str}
      segmentation_id: {description: VLAN or tunnel number., type: int}
      mtu: {description: Largest packet in bytes., type: int}
      port_security: {description: Whether its ports are filtered., type: bool}
      subnets:
        description: Subnets of the network.
        type: list
        elements: dict
        default: []
        suboptions:
          name: {description: Name of the resource., type: str, required: true}
          state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
          description: {description: Text for people., type: str}
          cidr: {description: Its addresses., type: str, required: true}
          gateway: {description: Address of the gateway or V(none)., type: str}
          dhcp: {description: Whether DHCP is served., type: bool}
          pools: {description: "List of C({start, end}).", type: list, elements: dict}
          dns: {description: Name servers., type: list, elements: str}
          routes: {description: "List of C({destination, nexthop}).", type: list, elements: dict}
  routers:
    description: Routers and the subnets attached to them.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the resource., type: str, required: true}
      state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
      description: {description: Text for people., type: str}
      external_network: {description: Network of the gateway or V(none)., type: str}
      snat: {description: Whether addresses are translated at the gateway., type: bool}
      distributed: {description: Whether it is a distributed router., type: bool}
      ha: {description: Whether it is highly available., type: bool}
      subnets: {description: Subnets to attach; others stay attached., type: list, elements: str}
  security_groups:
    description: Security groups and their rules.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the resource., type: str, required: true}
      state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
      description: {description: Text for people., type: str}
      stateful: {description: Whether connections are tracked., type: bool}
      rules:
        description: Rules; those not named are left alone.
        type: list
        elements: dict
        default: []
        suboptions:
          state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
          direction: {description: Seen from the server., type: str, choices: [ingress, egress], default: ingress}
          ether_type: {description: Version of IP., type: str, choices: [IPv4, IPv6], default: IPv4}
          protocol: {description: "Protocol: V(tcp), V(udp), V(icmp) or another name.", type: str}
          ports: {description: A port or a range as V(80-90)., type: str}
          remote_prefix: {description: Addresses of the other side., type: str}
          remote_group: {description: Security group of the other side., type: str}
  volume_types:
    description: Kinds of volumes, and by their extra specifications the backends that have them.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the resource., type: str, required: true}
      state: {description: Whether it should be there., type: str, choices: [present, absent], default: present}
      description: {description: Text for people., type: str}
      public: {description: Whether every project may use it., type: bool}
      extra_specs:
        description: Such as C(volume_backend_name); those not named are left alone.
        type: dict
  quotas:
    description: Limits of projects.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name of the project., type: str, required: true}
      compute: {description: "Limits of the compute service, such as C(cores).", type: dict}
      network: {description: "Limits of the network service, such as C(floatingip).", type: dict}
      volume: {description: "Limits of the volume service, such as C(gigabytes).", type: dict}
"""

EXAMPLES = r"""
- name: Make a flavor and an image
  cloud_resources:
    clouds_file: /home/operator/.corbel/corbel/clouds.yaml
    cloud: corbel
    flavors:
      - {name: m1.tiny, vcpus: 1, ram: 512, disk: 1}
    images:
      - {name: guest, file: /srv/images/guest.qcow2, visibility: public}

- name: Remove a network
  cloud_resources:
    clouds_file: /home/operator/.corbel/corbel/clouds.yaml
    cloud: corbel
    networks:
      - {name: old, state: absent}
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode.
  returned: always
  type: list
  elements: dict
  contains:
    kind: {description: Kind of the resource., type: str}
    name: {description: Its name., type: str}
    action: {description: "V(create), V(update), V(replace) or V(delete).", type: str}
    options: {description: Names of the options concerned., type: list, elements: str}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.corbel.cloud_api import Api, CloudError, UnreachableError, connect
from ansible.module_utils.corbel.cloud_plan import diff
from ansible.module_utils.corbel.cloud_resources import KINDS, NothingThere, Resources

KEYS = ("type", "elements", "required", "default", "choices")

# What the documentation above cannot say about options that depend on each other.
CONDITIONS: dict[str, dict[str, Any]] = {
    "flavors": {"required_if": [("state", "present", ("vcpus", "ram", "disk"))]},
    "keypairs": {"required_if": [("state", "present", ("public_key",))]},
    "images": {
        "required_if": [("state", "present", ("file", "url"), True)],
        "mutually_exclusive": [("file", "url")],
        "required_by": {"url": ("sha256",)},
    },
}


def argument_spec(options: dict[str, Any]) -> dict[str, Any]:
    """Return the argument specification that the documentation describes, so that the two cannot differ."""
    spec: dict[str, Any] = {}
    for name, option in options.items():
        spec[name] = {key: option[key] for key in KEYS if key in option}
        if "suboptions" in option:
            spec[name]["options"] = argument_spec(option["suboptions"])
        spec[name] |= CONDITIONS.get(name, {})
    return spec


def run(module: AnsibleModule, api: Api) -> None:
    """Plan, apply unless in check mode, and end the module."""
    resources = Resources(api, {kind: module.params[kind] for kind in KINDS if kind in module.params})
    changes = resources.plan()
    if not module.check_mode:
        resources.apply()
    module.exit_json(changed=bool(changes), changes=[change.summary() for change in changes], diff=diff(changes))


def main() -> None:
    try:
        import yaml
    except ImportError:
        module = AnsibleModule(argument_spec={}, supports_check_mode=True)
        module.fail_json(msg=missing_required_lib("PyYAML"))
    options = argument_spec(yaml.safe_load(DOCUMENTATION)["options"])
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    try:
        try:
            api: Api = connect(module.params["clouds_file"], module.params["cloud"])
        except UnreachableError as error:
            if not module.check_mode:
                raise
            module.warn(f"{error}. Check mode goes on as if the cloud were empty.")
            api = NothingThere()
        run(module, api)
    except (CloudError, ValueError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
