"""Lookup host_expectations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.plugins.lookup import LookupBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import host_model

DOCUMENTATION = r"""
name: host_expectations
author: The Corbel authors
short_description: Say what the cloud expects of this host
description:
  - From the host's groups, the enabled catalogue entries and the settings of the role C(preflight), gives the
    options of the module M(host_check).
  - Only the parts of an entry that matter here are evaluated, since others may need secrets that are not made yet.
version_added: "0.1.0"
options:
  _terms:
    description:
      - V(host) for what is expected of this host, V(paths) for who reaches the services of the enabled entries.
    type: list
    elements: str
    default: [host]
"""

EXAMPLES = r"""
- name: Show what is expected
  ansible.builtin.debug:
    msg: "{{ lookup('host_expectations') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary for each term; that of V(host) has the options of host_check.
  type: list
  elements: dict
"""

PREFIX = "service_catalogue_"
KEYS = ("name", "user", "kernel_modules", "reached", "key_folders")
PROGRAMS = ("apis", "daemons")
SETTINGS = ("memory_mb", "disk_mb", "processors", "kernel_modules", "ports", "provider_groups")
# What the services of a host were told; empty where they are not deployed.
TOLD = {
    "cinder_volume": ("backends", "cinder_volume_backends", "cinder_volume_expendable_disks"),
    "swift_storage": ("devices", "swift_storage_devices", "swift_storage_expendable_disks"),
    "nova_compute": ("virt_type", "nova_compute_virt_type", ""),
}


class LookupModule(LookupBase):
    """Reads the host's variables."""

    def run(self, terms: list[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Give one dictionary; who reaches what needs nothing of the host."""
        self.set_options(var_options=variables, direct=kwargs)
        found = variables or {}

        def value(name: str) -> Any:
            return self._templar.template(found[name])

        entries = [self._entry(found[f"{PREFIX}{name}"]) for name in value("corbel_services")]
        if terms == ["paths"]:
            return [host_model.paths(entries)]
        cloud = {
            "addresses": value("corbel_addresses"),
            "vips": [value("corbel_internal_vip"), value("corbel_public_vip")],
            "networks": value("corbel_networks"),
            "provider_networks": value("corbel_provider_networks"),
            "expendable": [],
        }
        # Elsewhere their values may name what only the hosts of that group have.
        for group in {entry["name"] for entry in entries} & set(value("group_names")) & set(TOLD):
            key, name, expendable = TOLD[group]
            cloud |= {key: value(name)} if name in found else {}
            cloud["expendable"] += value(expendable) if expendable in found else []
        settings = {name: value(f"preflight_{name}") for name in SETTINGS}
        return [host_model.expectations(value("group_names"), entries, settings, cloud)]

    def _entry(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Evaluate names and ports of the programs, and leave out what needs more than that."""
        entry = {key: self._templar.template(raw[key]) for key in KEYS if key in raw}
        for kind in PROGRAMS:
            programs = raw.get(kind) or []
            entry[kind] = [
                {key: self._templar.template(one[key]) for key in ("name", "port", "listen") if key in one}
                for one in programs
                if isinstance(one, Mapping)
            ]
        return entry
