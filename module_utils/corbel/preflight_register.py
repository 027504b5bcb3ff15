"""Every preflight check: id, what it looks at, why it matters, what mends it. docs/checks.md is made from it.

The entries stand where their like are; what an entry leaves out has the default of Check.
"""

from __future__ import annotations

from ansible.module_utils.corbel import (
    preflight_register_control,
    preflight_register_hosts,
    preflight_register_names,
    preflight_register_services,
)
from ansible.module_utils.corbel.preflight_check import Check

CHECKS: dict[str, Check] = {
    name: Check(*row)
    for rows in (
        preflight_register_control.CHECKS,
        preflight_register_names.CHECKS,
        preflight_register_services.CHECKS,
        preflight_register_hosts.CHECKS,
    )
    for name, row in rows.items()
}
