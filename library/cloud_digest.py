#!/usr/bin/python
# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Reads what a host has of a cloud, for comparing two states of it."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cloud_digest
short_description: Say what a host has of a cloud, so that two states can be compared
description:
  - Reads files and directories of all bundles with owner, mode and digest, their units and whether these run what is
    configured, packages, accounts, certificates, releases, bridges, volume groups, rings, servers taken out of the load
    balancer, and on hosts of the database and of the message queue schemas, rights, identity resources, virtual hosts.
  - Ids, times, contents of certificates and of keys made on a host are left out, so a cloud that was deployed without a
    disturbance and one whose runs were killed have the same digest. Contents appear as digests only.
  - Changes nothing.
version_added: "0.1.0"
options: {}
attributes:
  check_mode:
    support: full
    description: Reads the same.
  diff_mode:
    support: none
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Read what the host has
  cloud_digest:
  register: found
"""

RETURN = r"""
digest:
  description: Part, thing, how it is.
  type: dict
  returned: success
  sample: {unit: {glance-api.service: enabled active runs as configured}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import cloud_digest
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.haproxy_admin import AdminError


def main() -> None:
    """Read and tell."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        found = cloud_digest.collect(Host())
    except (AdminError, BundleError, OSError, ValueError) as error:
        module.fail_json(msg=f"cloud_digest: {error}; see that on the host, as root, and run again")
    module.exit_json(changed=False, digest=found)


if __name__ == "__main__":
    main()
