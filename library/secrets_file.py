#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Documentation of the action plugin secrets_file."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: secrets_file
short_description: Make the missing secrets of a cloud and keep them in a vaulted file
description:
  - Creates the secrets that the file lacks, keeps those it has, and writes the file encrypted with the vault
    password of the run.
  - Works on the controlling machine; no connection is made.
  - The file holds one dictionary, C(corbel_secrets). It is replaced in one step, with mode 0600; a folder made
    for it gets mode 0700.
  - Values are neither printed nor returned. Only names are.
version_added: "0.1.0"
options:
  path:
    description: The file, as an absolute path.
    type: path
    required: true
  secrets:
    description:
      - The secrets to have, name to specification.
      - C(type) is V(password) (letters and digits), V(hex), V(fernet) (32 bytes as URL-safe base64) or V(ssh_key) (an
        Ed25519 pair C({private, public}) in OpenSSH's format).
      - C(length) is the number of characters of a V(password) (16 to 128, default 43) or of a V(hex)
        (32 to 128, even, default 64).
      - C(count) makes a list of that many values.
    type: dict
    required: true
  rotate:
    description: Names of secrets to replace by new values, even though the file has them.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Says what a run would make; gives placeholders so that later tasks can be planned.
  diff_mode:
    support: full
    description: Shows names, never values.
requirements:
  - A vault password (C(vault_password_file) of ansible.cfg, E(ANSIBLE_VAULT_PASSWORD_FILE) or C(--vault-id)).
  - cryptography, on the controlling machine, for V(ssh_key).
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Have the secrets
  secrets_file:
    path: "{{ inventory_dir }}/group_vars/all/secrets.yml"
    secrets:
      glance_database: {type: password}
      keystone_fernet_keys: {type: fernet, count: 3}
      nova_migration_key: {type: ssh_key}

- name: Replace one
  secrets_file:
    path: "{{ inventory_dir }}/group_vars/all/secrets.yml"
    secrets:
      glance_database: {type: password}
    rotate: [glance_database]
"""

RETURN = r"""
path:
  description: The file.
  type: str
  returned: success
created:
  description: Names of the secrets made.
  type: list
  elements: str
  returned: success
rotated:
  description: Names of the secrets replaced.
  type: list
  elements: str
  returned: success
placeholders:
  description: In check mode, values of the right form, which are no secrets, for the names in RV(created).
  type: dict
  returned: success
results:
  description: One item that names the changes for a plan, free of secrets.
  type: list
  elements: dict
  returned: success
"""
