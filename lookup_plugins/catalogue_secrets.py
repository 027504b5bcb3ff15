"""Lookup catalogue_secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import secrets_store

DOCUMENTATION = r"""
name: catalogue_secrets
author: The Corbel authors
short_description: Name the secrets a cloud needs
description:
  - From the names of catalogue entries, gives the specifications of all secrets of a cloud, as the
    module M(secrets_file) takes them.
  - Only the parts of an entry that declare secrets are evaluated, since others may need the very secrets that
    are to be made.
version_added: "0.1.0"
options:
  _terms:
    description: Names of catalogue entries.
    required: true
  infrastructure:
    description: Specifications of secrets that belong to no entry.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show the names
  ansible.builtin.debug:
    msg: "{{ lookup('catalogue_secrets', corbel_services, infrastructure=corbel_infrastructure_secrets) | list }}"
"""

RETURN = r"""
_raw:
  description: One dictionary, name to specification, sorted by name.
  type: list
  elements: dict
"""

PREFIX = "service_catalogue_"
KEYS = ("name", "databases", "message_queue", "identity", "secrets")


class LookupModule(LookupBase):
    """Reads the entries' variables."""

    def run(self, terms: list[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Give one dictionary of specifications."""
        self.set_options(var_options=variables, direct=kwargs)
        names = [name for term in terms for name in (term if isinstance(term, list) else [term])]
        entries = [self._entry(str(name), variables or {}) for name in names]
        try:
            return [secrets_store.wanted(entries, self.get_option("infrastructure"))]
        except secrets_store.SecretsError as error:
            raise AnsibleLookupError(str(error)) from error

    def _entry(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        entry = variables.get(f"{PREFIX}{name}")
        if not isinstance(entry, Mapping):
            known = sorted(
                key.removeprefix(PREFIX)
                for key, value in variables.items()
                if key.startswith(PREFIX) and isinstance(value, Mapping)
            )
            raise AnsibleLookupError(
                f"corbel_services: found {name!r}, expected a catalogue entry: {', '.join(known) or 'none found'}"
            )
        return {key: self._templar.template(entry[key]) for key in KEYS if key in entry}
