#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module galera_bootstrap."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: galera_bootstrap
short_description: Let a database host make the Galera cluster when it starts next
description:
  - Use it on the one host that the filter P(galera_first_node#filter) names; on another one it loses data.
  - The unit of Debian's MariaDB reads the permission at its next start and removes it.
version_added: "0.1.0"
options: {}
attributes:
  check_mode:
    support: full
    description: Says which files would change.
  diff_mode:
    support: none
    description: The files are named in RV(files).
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Allow this node to make the cluster
  galera_bootstrap:
  when: first_node == inventory_hostname
"""

RETURN = r"""
files:
  description: Files that were, or in check mode would be, written.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import galera_node, host_journal


def main() -> None:
    """Write the permission."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    node = galera_node.Node()
    try:
        files = galera_node.bootstrap_needs(node)
        if files and not module.check_mode:
            galera_node.bootstrap(node)
    except galera_node.GaleraError as error:
        module.fail_json(msg=str(error))
    result = {"changed": bool(files), "files": files}
    host_journal.note_result("galera_bootstrap", {**result, "changes": files}, module.check_mode)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
