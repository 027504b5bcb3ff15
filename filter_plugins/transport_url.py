"""Filter transport_url."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import urls

DOCUMENTATION = """
name: transport_url
author: Corbel
version_added: "0.1.0"
short_description: RabbitMQ transport URL for oslo.messaging
description:
  - Builds C(rabbit://user:password@host1:5671,user:password@host2:5671/vhost) with every server of a cluster.
  - Account, password and virtual host are percent-encoded.
positional: user, password, vhost
options:
  _input:
    description: Names or addresses of the servers; IPv6 addresses are put into brackets.
    type: list
    elements: str
    required: true
  user:
    description: Name of the queue account.
    type: str
    required: true
  password:
    description: Password of the account.
    type: str
    required: true
  vhost:
    description: Virtual host.
    type: str
    required: true
  port:
    description: TCP port of the servers.
    type: int
    default: 5671
"""

EXAMPLES = """
- name: Show the transport of Nova
  ansible.builtin.debug:
    msg: "{{ ['192.0.2.11', '192.0.2.12'] | transport_url('nova', 's3cret', 'nova') }}"
"""

RETURN = """
_value:
  description: The URL.
  type: str
"""


GIVEN = urls.Arguments("transport_url", AnsibleFilterError)


def transport_url(hosts: Any, user: Any, password: Any, vhost: Any, port: Any = 5671) -> str:
    """See DOCUMENTATION."""
    if isinstance(hosts, str | bytes | Mapping) or not isinstance(hosts, Iterable):
        raise AnsibleFilterError(f"transport_url: the input is a {type(hosts).__name__}; a list of hosts is expected")
    places = [f"{urls.server(GIVEN.text('a host', host))}:{GIVEN.port(port)}" for host in hosts]
    if not places:
        raise AnsibleFilterError("transport_url: the list of hosts is empty; fill the inventory group message_queue")
    account = GIVEN.account(user, password)
    servers = ",".join(f"{account}@{place}" for place in places)
    return f"rabbit://{servers}/{urls.escaped(GIVEN.text('vhost', vhost))}"


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"transport_url": transport_url}
