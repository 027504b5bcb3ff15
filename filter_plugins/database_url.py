"""Filter database_url."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import ansible.module_utils
from ansible.errors import AnsibleFilterError

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import urls

DOCUMENTATION = """
name: database_url
author: Corbel
version_added: "0.1.0"
short_description: Connection URL of a MariaDB database for oslo.db
description:
  - Builds C(mysql+pymysql://user:password@host:port/database?ssl_ca=…&charset=utf8).
  - Account and password are percent-encoded, so that no character of them is taken for syntax, neither by
    SQLAlchemy nor by the C($) substitution of oslo.config.
  - Keystone's schema commands stop at a percent sign in the URL. A password of letters, digits, C(-), C(.), C(_)
    and C(~) needs none; those made by M(secrets_file) are such.
positional: password, host, database, ca
options:
  _input:
    description: Name of the database account.
    type: str
    required: true
  password:
    description: Password of the account.
    type: str
    required: true
  host:
    description: Name or address of the server; an IPv6 address is put into brackets.
    type: str
    required: true
  database:
    description: Name of the database.
    type: str
    required: true
  ca:
    description:
      - File of the certificate authority that the server's certificate must come from.
      - Empty means no TLS, which only a socket or a loopback address justifies.
    type: str
    required: true
  port:
    description: TCP port of the server.
    type: int
    default: 3306
  charset:
    description: Character set of the connection.
    type: str
    default: utf8
"""

EXAMPLES = """
- name: Show the connection of Glance
  ansible.builtin.debug:
    msg: "{{ 'glance' | database_url('s3cret', 'api.corbel.internal', 'glance', '/etc/corbel/tls/ca.pem') }}"
"""

RETURN = """
_value:
  description: The URL.
  type: str
"""


GIVEN = urls.Arguments("database_url", AnsibleFilterError)


def database_url(
    user: Any, password: Any, host: Any, database: Any, ca: Any, *, port: Any = 3306, charset: Any = "utf8"
) -> str:
    """See DOCUMENTATION."""
    place = f"{urls.server(GIVEN.text('host', host))}:{GIVEN.port(port)}"
    query = {"ssl_ca": GIVEN.text("ca", ca, empty=True), "charset": GIVEN.text("charset", charset)}
    options = urlencode({key: value for key, value in query.items() if value}, safe="/")
    name = urls.escaped(GIVEN.text("database", database))
    return f"mysql+pymysql://{GIVEN.account(user, password)}@{place}/{name}?{options}"


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"database_url": database_url}
