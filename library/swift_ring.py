#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module swift_ring."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: swift_ring
short_description: Bring rings of Swift one safe step nearer to what is declared
description:
  - Compares the declared devices and settings of each ring with its builder file and computes the next step. Check
    mode does the same, the rebalance included, and writes nothing; a run that follows moves the same partitions.
  - One step moves at most one replica of a partition. What cannot move yet, because C(min_part_hours) have not passed
    or replication has not caught up since the last change, is in RV(waiting) and is no failure. Run again later.
  - A device that is not declared any more is drained. Its weight goes to 0, and it is removed when it holds no
    partition and all servers have replicated. A device named in O(rings[].lost) is removed at once, and its replicas
    are placed elsewhere.
  - A changed part power, a changed hash prefix or suffix, another way to store the objects of a policy, and the lack
    of an object ring that was made before are refused. So is a step after which partitions keep too few replicas to be
    read, unless O(accept_loss).
  - All rings are computed before the first is written. A run that finds nothing to do writes nothing.
  - Partitions are placed by Swift itself (C(swift.common.ring)), from the release environment O(environment).
version_added: "0.1.0"
options:
  directory:
    description: Folder of the builder files and rings on this host; made when missing, for root only.
    type: path
    default: /var/lib/corbel/swift-rings
  environment:
    description: Release environment that has Swift, made with the Python that runs the module.
    type: path
  hash_prefix:
    description: The C(swift_hash_path_prefix) of the cloud. Not stored, only a fingerprint of it.
    type: str
    required: true
  hash_suffix:
    description: The C(swift_hash_path_suffix) of the cloud. Not stored, only a fingerprint of it.
    type: str
    required: true
  accept_loss:
    description: Go on although objects are lost with the devices in O(rings[].lost).
    type: bool
    default: false
  check_replication:
    description: Ask the servers' recon whether replication has caught up before data moves.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for the answer of one server.
    type: float
    default: 5
  backups:
    description: How many older builder files of each ring are kept.
    type: int
    default: 10
  rings:
    description: The rings.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: V(account), V(container), V(object), or V(object-1) and on for other policies.
        type: str
        required: true
      part_power: {description: Binary logarithm of the number of partitions., type: int, required: true}
      replicas: {description: Replicas of a partition., type: float, default: 3}
      min_part_hours: {description: Hours during which a partition that moved stays., type: int, default: 1}
      overload:
        description: Share by which a device may take more than its weight asks for, so that replicas are kept apart.
        type: float
        default: 0.1
      weight_step:
        description: Largest change of a device's weight in one step, in the unit of the weights; 0 goes there at once.
        type: float
        default: 0
      fixed_replicas:
        description: The replicas are fragments of an erasure code, whose number cannot change.
        type: bool
        default: false
      needed_replicas:
        description: Replicas that are needed to read an object; the number of data fragments of an erasure code.
        type: int
        default: 1
      policy:
        description: How the objects of the ring's policy are stored; noted when its builder is made, and then for ever.
        type: dict
        suboptions:
          type: {description: Copies or fragments., type: str, choices: [replication, erasure_coding], required: true}
          data: {description: Data fragments., type: int}
          parity: {description: Parity fragments., type: int}
          duplication: {description: Copies of each fragment., type: int}
          ec_type: {description: The erasure code., type: str}
      lost:
        description: Devices whose data is gone, as C(address/device), or C(address/*) for all of a host.
        type: list
        elements: str
        default: []
      devices:
        description: The devices. One is known by its address and its name; the rest may change.
        type: list
        elements: dict
        required: true
        suboptions:
          region: {description: Region., type: int, required: true}
          zone: {description: Zone., type: int, required: true}
          ip: {description: Address of the server., type: str, required: true}
          port: {description: Port of the server., type: int, required: true}
          replication_ip: {description: Address for replication; the other where not given., type: str}
          replication_port: {description: Port for replication; the other where not given., type: int}
          device: {description: Name of the device below the mount root., type: str, required: true}
          weight: {description: Share of the partitions., type: float, required: true}
          meta: {description: A remark., type: str, default: ""}
attributes:
  check_mode:
    support: full
    description:
      - Reports partitions moved, balance, dispersion and replicas at risk.
      - Where the release is not laid down yet and no ring exists, RV(rings[].figures) is missing.
  diff_mode:
    support: full
    description: Lists the steps of each ring.
requirements:
  - Swift, in O(environment) or in the interpreter that runs the module
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Have the account ring
  swift_ring:
    environment: /opt/corbel/releases/2026.1-0123456789ab/control
    hash_prefix: "{{ corbel_secrets.swift_hash_prefix }}"
    hash_suffix: "{{ corbel_secrets.swift_hash_suffix }}"
    rings:
      - name: account
        part_power: 14
        devices:
          - {region: 1, zone: 1, ip: 192.0.2.11, port: 6202, device: d1, weight: 100}
          - {region: 1, zone: 2, ip: 192.0.2.12, port: 6202, device: d1, weight: 100}
          - {region: 1, zone: 3, ip: 192.0.2.13, port: 6202, device: d1, weight: 100}
"""

RETURN = r"""
rings:
  description: What happened, or in check mode would happen, to each ring.
  type: list
  elements: dict
  returned: success
  contains:
    name: {description: Name of the ring., type: str}
    changed: {description: Whether its files changed., type: bool}
    steps: {description: "The changes, in words.", type: list, elements: str}
    waiting: {description: What cannot happen yet and why., type: list, elements: str}
    remaining: {description: Changes left for later runs., type: int}
    digest: {description: SHA-256 of the ring file on this host; in check mode of what is not written none., type: str}
    figures:
      description:
        - C(partitions_moved), C(replicas_moved), their C(percent_moved) of all; C(replicas_placed) that had no device.
        - C(balance) and C(dispersion) in percent, and what they were before.
        - C(replicas_at_risk) share a place with others of their partition that could be elsewhere. The objects of
          C(partitions_lost) cannot be read any more. C(overload_needed) would let Swift keep all of them apart.
      type: dict
digests:
  description: SHA-256 of each ring file as it is on this host, by the name of the ring.
  type: dict
  returned: success
waiting:
  description: All of the above that wait.
  type: list
  elements: str
  returned: success
devices:
  description: Names of the devices that any ring has after the step, by address. They must stay mounted.
  type: dict
  returned: success
report:
  description: What happens to each ring, for people; empty when nothing does and nothing waits.
  type: list
  elements: str
  returned: success
directory:
  description: Where the rings are.
  type: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.swift_ring import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
