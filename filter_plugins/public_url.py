"""Filter public_url."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import urls

DOCUMENTATION = """
name: public_url
author: Corbel
version_added: "0.1.0"
short_description: URL of an API as its clients write it
description:
  - Puts name, port and path together. The port is left out where it is the scheme's own; an IPv6 address is put
    into brackets.
positional: port, path, scheme
options:
  _input:
    description: Name or address that clients call.
    type: str
    required: true
  port:
    description: TCP port.
    type: int
    required: true
  path:
    description: What follows the port; a missing slash is added, a last one is removed.
    type: str
    default: ""
  scheme:
    description: Scheme of the URL.
    type: str
    choices: [https, http, wss, ws]
    default: https
"""

EXAMPLES = """
- name: Show the URL of Keystone
  ansible.builtin.debug:
    msg: "{{ 'cloud.example.org' | public_url(5000, '/v3') }}"
"""

RETURN = """
_value:
  description: The URL.
  type: str
"""

GIVEN = urls.Arguments("public_url", AnsibleFilterError)
OWN_PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}


def public_url(name: Any, port: Any, path: Any = "", scheme: Any = "https") -> str:
    """See DOCUMENTATION."""
    server = urls.server(GIVEN.text("name", name))
    trimmed = GIVEN.text("path", path, empty=True).strip("/")
    port = GIVEN.port(port)
    if not 0 < port < 65536:
        raise AnsibleFilterError(f"public_url: port is {port}; 1 to 65535 is expected")
    if GIVEN.text("scheme", scheme) not in OWN_PORTS:
        raise AnsibleFilterError(f"public_url: scheme is '{scheme}'; one of {', '.join(OWN_PORTS)} is expected")
    suffix = "" if OWN_PORTS[scheme] == port else f":{port}"
    return f"{scheme}://{server}{suffix}" + (f"/{trimmed}" if trimmed else "")


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"public_url": public_url}
