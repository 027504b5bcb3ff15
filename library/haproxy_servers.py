#!/usr/bin/python
# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Puts back the servers that a command took out of HAProxy."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: haproxy_servers
short_description: Put back the servers that were taken out of HAProxy by a command
description:
  - A run takes a server out of its backends while it restarts it. One that dies in between leaves it out, and the next
    run, which finds the server as it should be, would not touch it.
  - Sets every server to C(ready) that was drained or put into maintenance by a command. What the configuration disables
    stays so, and a server whose checks fail gets no requests all the same.
  - A load balancer that does not run, or is not deployed yet, has nothing to put back.
version_added: "0.1.0"
options:
  socket:
    description: Socket on which HAProxy takes commands.
    type: path
    default: /run/haproxy/admin.sock
attributes:
  check_mode:
    support: full
    description: Says what would be put back.
  diff_mode:
    support: none
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Put back what a run that died had taken out
  haproxy_servers:
"""

RETURN = r"""
changes:
  description: What was put back, in words.
  type: list
  elements: str
  returned: success
  sample: ["server glance_api/controller2 put back"]
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import haproxy_admin, host_journal


def main() -> None:
    """Read the states and mend them."""
    module = AnsibleModule(
        argument_spec={"socket": {"type": "path", "default": "/run/haproxy/admin.sock"}}, supports_check_mode=True
    )
    ask = partial(haproxy_admin.ask, module.params["socket"])
    try:
        servers = haproxy_admin.taken_out(ask("show servers state"))
        if not module.check_mode:
            haproxy_admin.put_back(servers, ask)
    except (FileNotFoundError, ConnectionRefusedError):
        servers = []
    except (haproxy_admin.AdminError, OSError) as error:
        module.fail_json(msg=f"{module.params['socket']}: {error}; see 'journalctl -u haproxy' on this host")
    result = {"changed": bool(servers), "changes": [f"server {server} put back" for server in servers]}
    host_journal.note_result("haproxy_servers", result, module.check_mode)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
