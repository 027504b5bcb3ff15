#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module host_drift."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_drift
short_description: Find what a host has that the model of the cloud does not, and what it lacks
description:
  - Compares files, units and packages with the records of what was deployed last, and listening sockets, foreign files
    and drop-ins, release environments, provider bridges, database accounts, queue accounts and identity resources with
    the options.
  - Reads only. It does not fail when it finds something, so that all hosts can be listed together (see
    M(drift_report)); what cannot be read is an item too.
  - The options come from the filter P(drift_model#filter).
version_added: "0.1.0"
options:
  listeners:
    description: Sockets that may listen. One that no rule has is an item.
    type: list
    elements: dict
    default: []
    suboptions:
      port: {description: 'A port, a range such as C(5900-5999), or nothing for all ports.', type: str}
      protocol: {description: The protocol., type: str, choices: [tcp, udp, any], default: tcp}
      addresses:
        description: Addresses, beside those of the loopback; empty for all.
        type: list
        elements: str
        default: []
      units: {description: Units that may have it; patterns of the shell., type: list, elements: str, default: []}
      programs:
        description: Programs that may have it, whatever their unit; patterns. V(kernel) is what no process holds.
        type: list
        elements: str
        default: []
      namespace: {description: Pattern for named network namespaces. Empty is the host's own., type: str, default: ''}
  enabled_units: {description: Units that must start with the host., type: list, elements: str, default: []}
  known_units:
    description: Units of the cloud; one that no record has is left over.
    type: list
    elements: str
    default: []
  directories:
    description: Directories of configuration that are the cloud's alone. A file that no record has is an item.
    type: list
    elements: str
    default: []
  folders:
    description: Directories that services read, which hold files of packages too.
    type: list
    elements: str
    default: []
  allowed_files: {description: Patterns for files that others may have there., type: list, elements: str, default: []}
  bridges:
    description: Provider bridges; a port that is not listed is an item.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name., type: str, required: true}
      ports: {description: Names of its ports., type: list, elements: str, required: true}
  database:
    description: Asks the database of this host for its accounts.
    type: dict
    suboptions:
      socket: {description: Its socket., type: path, default: /run/mysqld/mysqld.sock}
      accounts:
        description: Accounts of services, with the databases on which they have all rights.
        type: dict
        required: true
  queue:
    description: Asks the message queue of this host for its accounts.
    type: dict
    suboptions:
      accounts:
        description: Accounts of services, with the virtual host on which they have all rights.
        type: dict
        required: true
  identity:
    description: Asks Keystone for services, endpoints and roles.
    type: dict
    suboptions:
      auth_url: {description: Where Keystone answers., type: str, required: true}
      username: {description: An administrator., type: str, required: true}
      password: {description: The password., type: str, required: true}
      project_name: {description: The project., type: str, required: true}
      user_domain_name: {description: Domain of the account., type: str, default: Default}
      project_domain_name: {description: Domain of the project., type: str, default: Default}
      ca_file: {description: The authority of its certificate., type: path, required: true}
      region: {description: Region of the cloud. Endpoints of others are left alone., type: str, required: true}
      services: {description: 'Services with type, name and entry.', type: list, elements: dict, default: []}
      endpoints:
        description: Endpoints with type, interface, url and entry.
        type: list
        elements: dict
        default: []
      assignments:
        description: Roles in the project service with user, role and entry.
        type: list
        elements: dict
        default: []
      accounts: {description: Accounts of services in the domain Default., type: list, elements: str, default: []}
      allowed_types: {description: Types of services that others may have., type: list, elements: str, default: []}
      timeout: {description: Seconds for each request., type: int, default: 30}
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Reads only.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Look for sockets that the host should not have
  host_drift:
    listeners:
      - {port: "22", units: [ssh.service]}
      - {port: "11211", addresses: [127.0.0.1], units: [memcached.service]}

- name: Look for accounts of the database that no service has
  host_drift:
    listeners: [{protocol: any, units: ["*"]}]
    database:
      accounts: {glance: [glance]}
"""

RETURN = r"""
items:
  description: What differs, with the keys kind, name, found, expected, mend, bundle, severity and host.
  type: list
  elements: dict
  returned: always
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import (
    bundle_record,
    drift_bridges,
    drift_database,
    drift_files,
    drift_identity,
    drift_packages,
    drift_queue,
    drift_release,
    drift_sockets,
    drift_units,
)
from ansible.module_utils.corbel.accounts import AccountError
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.bundle_packages import STATUS
from ansible.module_utils.corbel.database_account import Server
from ansible.module_utils.corbel.drift_item import BROKEN, Item
from ansible.module_utils.corbel.keystone_client import Credentials, Keystone, over_https
from ansible.module_utils.corbel.keystone_model import KeystoneError
from ansible.module_utils.corbel.ovs_state import OvsError, parse_tables, read_command

TEXT = {"type": "str", "default": ""}
NAME = {"type": "str", "required": True}
TEXTS = {"type": "list", "elements": "str", "default": []}
DICTS = {"type": "list", "elements": "dict", "default": []}
ACCOUNTS = {"type": "dict", "required": True}
DOMAIN = {"type": "str", "default": "Default"}
LISTENER = {
    "port": {"type": "str"},
    "protocol": {"type": "str", "choices": ["tcp", "udp", "any"], "default": "tcp"},
    "addresses": TEXTS,
    "units": TEXTS,
    "programs": TEXTS,
    "namespace": TEXT,
}
IDENTITY = {
    "auth_url": NAME,
    "username": NAME,
    "password": {**NAME, "no_log": True},
    "project_name": NAME,
    "user_domain_name": DOMAIN,
    "project_domain_name": DOMAIN,
    "ca_file": {"type": "path", "required": True},
    "region": NAME,
    "services": DICTS,
    "endpoints": DICTS,
    "assignments": DICTS,
    "accounts": TEXTS,
    "allowed_types": TEXTS,
    "timeout": {"type": "int", "default": 30},
}
ARGUMENTS: dict[str, Any] = {
    "listeners": {**DICTS, "options": LISTENER},
    "enabled_units": TEXTS,
    "known_units": TEXTS,
    "directories": TEXTS,
    "folders": TEXTS,
    "allowed_files": TEXTS,
    "bridges": {**DICTS, "options": {"name": NAME, "ports": {"type": "list", "elements": "str", "required": True}}},
    "database": {
        "type": "dict",
        "options": {"socket": {"type": "path", "default": "/run/mysqld/mysqld.sock"}, "accounts": ACCOUNTS},
    },
    "queue": {"type": "dict", "options": {"accounts": ACCOUNTS}},
    "identity": {"type": "dict", "options": IDENTITY},
}
ADMINISTRATOR = ("username", "password", "project_name", "user_domain_name", "project_domain_name")
# What listens for a moment only, such as a tool of the message queue, is gone by then.
AGAIN_SECONDS = 2
# What brings back who did not answer.
ANSWERING = {"database": "galera", "queue": "rabbitmq", "identity": "keystone", "bridge": "neutron_openvswitch"}
Reader = Callable[[], list[Item]]


def sockets(host: Host, rules: list[dict[str, Any]]) -> list[Item]:
    """Find the sockets that no rule has, and still are there a little later."""

    def found() -> list[Item]:
        output = drift_sockets.read(host.root, lambda command: host.must(command, "see systemctl there").out)
        return drift_sockets.judge(output, rules)

    first = found()
    if not first:
        return []
    host.sleep(AGAIN_SECONDS)
    before = {item.name for item in first}
    return [item for item in found() if item.name in before]


def bridges(host: Host, wanted: list[dict[str, Any]]) -> list[Item]:
    """Find the ports of provider bridges that nobody declared."""
    output = host.must(["ovs-vsctl", "--timeout=10", *read_command()], "see openvswitch-switch.service").out
    return drift_bridges.judge(parse_tables(output), wanted)


def database(wanted: dict[str, Any]) -> list[Item]:
    """Find the accounts and rights that no service declares."""
    return drift_database.judge(drift_database.read(Server(wanted["socket"])), wanted["accounts"])


def queue(wanted: dict[str, Any]) -> list[Item]:
    """Find the accounts, virtual hosts and permissions that no service declares."""
    return drift_queue.judge(drift_queue.read(), wanted["accounts"])


def identity(wanted: dict[str, Any]) -> list[Item]:
    """Find the services, endpoints and roles that no entry declares."""
    transport = over_https(wanted["ca_file"], wanted["timeout"])
    keystone = Keystone(wanted["auth_url"], transport, retries=2, pause=partial(time.sleep, 2))
    keystone.authenticate(Credentials(**{name: wanted[name] for name in ADMINISTRATOR}))
    return drift_identity.judge(drift_identity.read(keystone, wanted["accounts"]), wanted)


def readers(host: Host, wanted: dict[str, Any]) -> dict[str, Reader]:
    """Give what is to be read, by kind."""
    records = partial(bundle_record.read_all, host.tree)
    found: dict[str, Reader] = {
        "file": lambda: drift_files.check(
            host.tree, records(), wanted["directories"], wanted["folders"], wanted["allowed_files"]
        ),
        "unit": lambda: drift_units.check(host, records(), wanted["enabled_units"], wanted["known_units"]),
        "package": lambda: drift_packages.check(host.tree.text(STATUS) or "", records()),
        "release": lambda: drift_release.check(host.root, records()),
        "listener": partial(sockets, host, wanted["listeners"]),
    }
    if wanted["bridges"]:
        found["bridge"] = partial(bridges, host, wanted["bridges"])
    for kind, reader in (("database", database), ("queue", queue), ("identity", identity)):
        if wanted[kind]:
            found[kind] = partial(reader, wanted[kind])
    return found


def read(kind: str, reader: Reader) -> list[Item]:
    """Read one kind; that it cannot be read is an item, and the others are read all the same."""
    try:
        return reader()
    except (AccountError, BundleError, KeystoneError, OvsError, OSError) as error:
        bundle = ANSWERING.get(kind, "")
        mend = "" if bundle else "journalctl --boot --priority=err"
        return [Item(kind, f"all of kind {kind}", f"unreadable: {error}", "an answer", mend, bundle, BROKEN)]


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    host = Host()
    found = [item for kind, reader in readers(host, module.params).items() for item in read(kind, reader)]
    module.exit_json(changed=False, items=[item.as_dict() for item in found])


if __name__ == "__main__":
    main()
