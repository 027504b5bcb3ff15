"""Filter transport_url."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from ansible.errors import AnsibleFilterError

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


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise AnsibleFilterError(f"transport_url: {name} is a {type(value).__name__}; a str is expected")
    if not value:
        raise AnsibleFilterError(f"transport_url: {name} is empty; a value is expected")
    return value


def transport_url(hosts: Any, user: Any, password: Any, vhost: Any, port: Any = 5671) -> str:
    """See DOCUMENTATION."""
    if isinstance(hosts, str | bytes | Mapping) or not isinstance(hosts, Iterable):
        raise AnsibleFilterError(f"transport_url: the input is a {type(hosts).__name__}; a list of hosts is expected")
    if isinstance(port, bool) or not isinstance(port, int):
        raise AnsibleFilterError(f"transport_url: port is a {type(port).__name__}; an int is expected")
    account = f"{quote(_text('user', user), safe='')}:{quote(_text('password', password), safe='')}"
    names = [_text("a host", host) for host in hosts]
    if not names:
        raise AnsibleFilterError("transport_url: the list of hosts is empty; fill the inventory group message_queue")
    servers = [f"[{name}]" if ":" in name else name for name in names]
    return (
        "rabbit://"
        + ",".join(f"{account}@{server}:{port}" for server in servers)
        + f"/{quote(_text('vhost', vhost), safe='')}"
    )


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"transport_url": transport_url}
