#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module ovs_bridges."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ovs_bridges
short_description: Have bridges of Open vSwitch with their ports, in one transaction
description:
  - Reads the bridges of this host, computes what differs, and changes all of it in one transaction of the database.
    Either everything happens or nothing.
  - Looks at the host first and refuses, before anything changes, an interface that does not exist, that is in another
    bridge, bond or team, that has an address, or that carries the SSH connection of this run. An interface carries it
    also as parent of the VLAN, as member of the bond or bridge, or as port of the bridge that has the address.
  - Bridges and ports that are not listed are left alone, and so are keys of C(external_ids) and C(other_config) that
    are not given; the agents of Neutron keep theirs.
  - Physical interfaces are brought up. That they come up at boot is the host's network configuration's part.
version_added: "0.1.0"
options:
  bridges:
    description: The bridges.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: Name., type: str, required: true}
      state:
        description: Have it or remove it. A bridge with ports that are not listed is removed with O(purge_ports) only.
        type: str
        choices: [present, absent]
        default: present
      fail_mode:
        description: What the bridge does without a controller; left as it is where not given.
        type: str
        choices: [secure, standalone]
      datapath_type:
        description: Kernel or user space; left as it is where not given.
        type: str
        choices: [system, netdev]
      external_ids: {description: Keys to set., type: dict, default: {}}
      other_config: {description: Keys to set., type: dict, default: {}}
      ports:
        description: The ports of the bridge.
        type: list
        elements: dict
        default: []
        suboptions:
          name: {description: Name of the interface., type: str, required: true}
          type:
            description: V(system) is an interface that the host has; the others are made.
            type: str
            choices: [system, internal, patch]
            default: system
          peer: {description: The other end of a patch port., type: str}
          tag: {description: VLAN of an access port., type: int}
          trunks: {description: VLANs of a trunk port., type: list, elements: int}
          external_ids: {description: Keys to set., type: dict, default: {}}
          other_config: {description: Keys to set., type: dict, default: {}}
          state: {description: Have it or take it out., type: str, choices: [present, absent], default: present}
  purge_ports:
    description: Take ports that are not listed out of the listed bridges, also those of Neutron.
    type: bool
    default: false
  protect:
    description:
      - Addresses or interfaces of this host that must stay reachable, besides those of the SSH connection.
      - An address that this host does not have is ignored.
    type: list
    elements: str
    default: []
  required_features:
    description:
      - Features that the datapath of the bridges must have, by the name that C(ovs-appctl dpif/show-dp-features) gives
        them, each with the words that say what mends its lack.
      - A datapath exists only with a bridge, so a host that lacks one is refused after its first bridge was made.
    type: dict
    default: {}
  database:
    description: Address of the database of Open vSwitch; the distribution's socket where not given.
    type: str
  timeout:
    description: Seconds to wait for the switch to take up the change.
    type: int
    default: 30
attributes:
  check_mode:
    support: full
    description:
      - Refuses what a run would refuse, changes nothing.
      - On a host where Open vSwitch is not installed or does not run yet, it is taken for empty.
  diff_mode:
    support: full
    description: Shows the ports and settings that differ.
requirements:
  - ovs-vsctl and ovs-appctl (Debian package openvswitch-switch)
  - ip (Debian package iproute2)
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Connect the provider networks
  ovs_bridges:
    bridges:
      - name: br-ex
        ports:
          - {name: eth2}
      - name: br-storage
        fail_mode: secure
        other_config: {mac-table-size: "8192"}
        ports:
          - {name: bond1}
          - {name: storage0, type: internal, tag: 20}

- name: Remove a bridge and what is left in it
  ovs_bridges:
    bridges: [{name: br-old, state: absent}]
    purge_ports: true

- name: Refuse a switch that cannot keep the connections of networks apart
  ovs_bridges:
    bridges: [{name: br-int, fail_mode: secure}]
    required_features:
      CT zone: boot a kernel that is built with CONFIG_NF_CONNTRACK_ZONES
"""

RETURN = r"""
changes:
  description: What changed or would change, one sentence each.
  type: list
  elements: str
  returned: success
command:
  description: The one call of ovs-vsctl; empty when nothing differs.
  type: list
  elements: str
  returned: success
protected:
  description: Interfaces that carry the connection of this run, each with the reason.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.ovs_bridges import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
