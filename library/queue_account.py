#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module queue_account."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: queue_account
short_description: A virtual host of RabbitMQ and an account with all rights on it, and only there
description:
  - Logs in as the account, over TLS, and opens the virtual host, as the service will. Where that works, nothing
    changes; it takes milliseconds, where a call of C(rabbitmqctl) takes seconds.
  - Where it does not work, virtual host, account, password and rights are made in one import of definitions. The
    password leaves this module only as a salted hash, in a file that only RabbitMQ can read and that goes at once.
  - Needs no Python library on the host.
version_added: "0.1.0"
options:
  name:
    description: Name of the account.
    type: str
    required: true
  password:
    description: Password of the account.
    type: str
    required: true
  vhost:
    description: Virtual host; its queues are quorum queues by default.
    type: str
    required: true
  host:
    description: Address or name of the node that is asked; its certificate must hold it.
    type: str
    required: true
  port:
    description: Port of the node, with TLS.
    type: int
    default: 5671
  ca_file:
    description: Certificate authority that the node's certificate must come from.
    type: path
    required: true
  timeout:
    description: Seconds to wait for the node.
    type: int
    default: 10
attributes:
  check_mode:
    support: full
    description: On a host that has no node yet, everything is to be made.
  diff_mode:
    support: full
    description: Shows what is made, never a password or its hash.
notes:
  - Rights that were narrowed by hand, with the virtual host still open to the account, are not noticed.
requirements:
  - The program C(rabbitmqctl), and root on a host of the cluster.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Have the account of Nova
  queue_account:
    name: nova
    password: "{{ corbel_secrets.nova_queue }}"
    vhost: nova
    host: 192.0.2.21
    ca_file: /etc/corbel/tls/queue-ca.pem
  no_log: true
"""

RETURN = r"""
reason:
  description: Why something was made; empty if the account could log in.
  type: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.queue_account import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
