#!/usr/bin/python
# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Documentation of the action plugin cloud_verify."""

DOCUMENTATION = r"""
---
module: cloud_verify
short_description: Proves with real servers that a cloud does its work
description:
  - Makes servers on different compute hosts, reaches them through the network, cuts them off, resizes and migrates
    them, and removes everything again, also when a step fails.
  - Prints each step as it ends, writes all of them as JSON, and returns where to look for what failed. It does not fail
    because a step did; ask RV(passed).
  - Runs on the controlling machine.
version_added: "0.1.0"
author: [Corbel authors (@corbel)]
requirements: [openstacksdk, an OpenSSH client]
attributes:
  check_mode:
    description: Nothing is made and nothing is proved; the task is skipped.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
options:
  clouds_file: {description: The C(clouds.yaml) of an administrator., type: path, required: true}
  cloud: {description: Name of the cloud in it., type: str, required: true}
  report: {description: File for the outcome as JSON; none when empty., type: path}
  image: {description: Image of the servers., type: str, required: true}
  flavor: {description: Flavor of the servers., type: str, required: true}
  resize_flavor: {description: Flavor to resize to; empty to leave the step out., type: str, default: ""}
  external_network: {description: Network with the floating IPs., type: str, required: true}
  user: {description: Account that the image lets in by key., type: str, required: true}
  servers: {description: Number of servers., type: int, default: 2}
  migration: {description: How to migrate., type: str, choices: [live, cold, none], default: live}
  keep: {description: Leave everything standing for a closer look., type: bool, default: false}
  skip:
    description: Steps to leave out. What needs one of them is skipped too.
    type: list
    elements: str
    default: []
  interfaces: {description: Interfaces of the endpoints to ask., type: list, elements: str, default: [public]}
  cidr: {description: Addresses of the tenant network., type: str, default: 10.254.0.0/24}
  boot_marker: {description: Regular expression that the console shows after the boot., type: str, default: "login:"}
  timeouts:
    description: Seconds to wait for each change.
    type: dict
    suboptions:
      settle: {description: Services and agents report after a deployment., type: float, default: 120}
      active: {description: A server becomes active., type: float, default: 600}
      boot: {description: A guest boots., type: float, default: 600}
      ssh: {description: A guest is reached., type: float, default: 300}
      rule: {description: A rule takes effect., type: float, default: 120}
      resize: {description: A server is resized., type: float, default: 900}
      migrate: {description: A server is migrated., type: float, default: 900}
      delete: {description: A server is gone., type: float, default: 300}
      volume: {description: "A volume is made, copied or gone.", type: float, default: 600}
  dashboard: {description: Address of the dashboard; empty where there is none., type: str, default: ""}
  tempauth:
    description:
      - Account of object storage that stands alone. Only the step C(objects) is run then, and O(clouds_file) not read.
    type: dict
    suboptions:
      auth_url: {description: Where a token is asked for., type: str, required: true}
      user: {description: "Account and user, as C(account:user).", type: str, required: true}
      key: {description: Password., type: str, required: true}
      ca_file: {description: Certificate of the authority of the cloud., type: path, required: true}
  services: {description: Entries of the service catalogue., type: list, elements: dict, default: []}
  units: {description: Units of further groups., type: dict, default: {}}
"""

EXAMPLES = r"""
- name: Verify the cloud
  cloud_verify:
    clouds_file: /home/operator/.corbel/corbel/clouds.yaml
    cloud: corbel
    image: guest
    flavor: m1.tiny
    external_network: external
    user: guest
  register: verification
"""

RETURN = r"""
passed:
  description: Whether every step passed or had nothing to prove.
  returned: always
  type: bool
verdict:
  description: One sentence for all the steps.
  returned: always
  type: str
steps:
  description: What came of each step.
  returned: always
  type: list
  elements: dict
  contains:
    name: {description: Name of the step., type: str}
    title: {description: What it proves., type: str}
    result: {description: "V(passed), V(failed) or V(skipped).", type: str}
    seconds: {description: How long it took., type: float}
    detail: {description: What was seen., type: str}
places:
  description: Where to look for what failed.
  returned: always
  type: list
  elements: dict
  contains:
    host: {description: A host of the inventory., type: str}
    units: {description: Units whose journal to read., type: list, elements: str}
"""
