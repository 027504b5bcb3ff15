#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module galera_node_info."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: galera_node_info
short_description: What a database host knows of its Galera cluster
description:
  - Asks the server through its socket, as root. If it does not run, reads its files, and the position in its data if
    it did not stop in order.
  - A host without MariaDB knows nothing; that is no failure.
version_added: "0.1.0"
options: {}
attributes:
  check_mode:
    support: full
    description: Changes nothing in either mode.
  diff_mode:
    support: none
    description: There is nothing to show.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Read what the node knows
  galera_node_info:
  register: state
"""

RETURN = r"""
running:
  description: Whether the server answers.
  type: bool
  returned: success
replicates:
  description: Whether it is part of a cluster, working or not.
  type: bool
  returned: success
primary:
  description: Whether its part of the cluster has the majority.
  type: bool
  returned: success
cluster:
  description: Id of the cluster; empty if it never was in one.
  type: str
  returned: success
position:
  description: Number of the last write; -1 if unknown.
  type: int
  returned: success
safe:
  description: Whether it was the last one to stop.
  type: bool
  returned: success
data:
  description: Whether there are databases beyond those of the server itself.
  type: bool
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import galera_node


def main() -> None:
    """Read."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        module.exit_json(changed=False, **galera_node.read(galera_node.Node()))
    except galera_node.GaleraError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
