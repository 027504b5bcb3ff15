#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""The host's side of the action plugin host_certificate."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_certificate
short_description: Give a host a certificate of the cloud's own authority
description:
  - Makes the authority on the controlling machine when there is none, its key encrypted with a passphrase.
  - Makes the host's key on the host, which it never leaves; the controlling machine signs its request. The names are
    the task's, never the host's.
  - Issues another certificate when the names differ, the key does not match, another authority issued it, or it ends
    soon. Otherwise it reads once and changes nothing.
  - Installs the authority's certificate in the trust store of the host too, never one of O(further).
  - Needs no Python library on the host, only the program C(openssl), which every Debian with C(ca-certificates) has.
version_added: "0.1.0"
options:
  names:
    description: DNS names and addresses of the host; the first one is its common name.
    type: list
    elements: str
    required: true
  authority_directory:
    description: Folder on the controlling machine that holds C(ca.pem) and C(ca.key); made with mode 0700.
    type: path
    required: true
  authority_name:
    description: Common name of an authority that is made.
    type: str
    default: Corbel
  authority_days:
    description: Days that an authority is valid.
    type: int
    default: 3650
  passphrase:
    description: Opens the authority's key.
    type: str
    required: true
  days:
    description: Days that a certificate of a host is valid, at most as long as the authority.
    type: int
    default: 397
  renew_days:
    description: A certificate that ends in fewer days is replaced.
    type: int
    default: 30
  directory:
    description: Folder on the host for C(ca.pem), C(host.pem) and C(host.key), and the files of O(further).
    type: path
    default: /etc/corbel/tls
  group:
    description: Group that may read the key.
    type: str
    default: corbel-tls
  further:
    description:
      - Authorities beside the cloud's, each for one purpose. Passphrase, names and days are the same.
      - Every host gets C(NAME-ca.pem); a holder C(NAME.pem) and C(NAME.key) too, which are removed elsewhere.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: First part of the names of its files.
        type: str
        required: true
      authority_directory:
        description: Its folder on the controlling machine.
        type: path
        required: true
      authority_name:
        description: Its common name when it is made.
        type: str
        required: true
      group:
        description: Group that may read the key on a holder.
        type: str
        required: true
      holder:
        description: Whether this host gets a key and a certificate.
        type: bool
        default: false
attributes:
  check_mode:
    support: full
    description: Says whether a certificate would be issued and why; makes nothing, not even the authority.
  diff_mode:
    support: full
    description: Shows names and the last day.
requirements:
  - cryptography, on the controlling machine.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Have a certificate
  host_certificate:
    names: [controller1, controller1.example.com, 192.0.2.21]
    authority_directory: "{{ inventory_dir }}/certificates"
    passphrase: "{{ corbel_secrets.certificates_ca }}"
    further:
      - name: queue
        authority_directory: "{{ inventory_dir }}/certificates/queue"
        authority_name: Message queue
        group: corbel-queue
        holder: "{{ 'message_queue' in group_names }}"
  no_log: true
"""

RETURN = r"""
reason:
  description: >-
    Why a certificate was issued; empty when those there are good. For those of O(further) after their names,
    all in one sentence.
  type: str
  returned: success
changed_files:
  description: Certificates that were, or in check mode would be, written anew; units that watch them start again.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.host_certificate import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
