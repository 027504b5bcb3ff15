"""Filter database_url."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from ansible.errors import AnsibleFilterError

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


def _text(name: str, value: Any, empty: bool = False) -> str:
    if not isinstance(value, str):
        raise AnsibleFilterError(f"database_url: {name} is a {type(value).__name__}; a str is expected")
    if not value and not empty:
        raise AnsibleFilterError(f"database_url: {name} is empty; a value is expected")
    return value


def database_url(
    user: Any, password: Any, host: Any, database: Any, ca: Any, *, port: Any = 3306, charset: Any = "utf8"
) -> str:
    """See DOCUMENTATION."""
    if isinstance(port, bool) or not isinstance(port, int):
        raise AnsibleFilterError(f"database_url: port is a {type(port).__name__}; an int is expected")
    server = _text("host", host)
    server = f"[{server}]" if ":" in server else server
    account = f"{quote(_text('user', user), safe='')}:{quote(_text('password', password), safe='')}"
    query = {"ssl_ca": _text("ca", ca, empty=True), "charset": _text("charset", charset)}
    options = urlencode({key: value for key, value in query.items() if value}, safe="/")
    return f"mysql+pymysql://{account}@{server}:{port}/{quote(_text('database', database), safe='')}?{options}"


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"database_url": database_url}
