"""All static checks of an inventory, in the order in which an operator wants to read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ansible.module_utils.corbel import (
    inventory_names,
    inventory_needs,
    inventory_network,
    inventory_object_access,
    inventory_object_storage,
    inventory_overrides,
    inventory_placement,
    inventory_provider,
    inventory_routing,
    inventory_secrets,
    inventory_services,
    inventory_storage,
    inventory_users,
)
from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.naming import nearest
from ansible.module_utils.corbel.preflight_finding import Finding, given, merge_hosts, waivers
from ansible.module_utils.corbel.preflight_register import CHECKS

PARTS = (
    inventory_names,
    inventory_overrides,
    inventory_services,
    inventory_placement,
    inventory_network,
    inventory_provider,
    inventory_routing,
    inventory_object_storage,
    inventory_object_access,
    inventory_storage,
    inventory_users,
    inventory_needs,
    inventory_secrets,
)

# The standing list of the inventory, and what one run leaves out beside it.
WAIVING = ("corbel_waived_checks", "preflight_skip")


def run(cloud: Cloud) -> list[Finding]:
    """Run every check; findings that differ by host only become one."""
    found: list[Finding] = []
    for part in PARTS:
        found.extend(part.check(cloud))
    found.extend(unknown_waivers(cloud))
    every = len(cloud.hosts)
    return [
        _of_all(finding) if len(finding.hosts) == every > 1 else finding
        for finding in merge_hosts(registered(one) for one in found)
    ]


def registered(finding: Finding) -> Finding:
    """Give a finding the severity that the register has for its check."""
    return replace(finding, severity=CHECKS[finding.check].severity)


def unknown_waivers(cloud: Cloud) -> Iterator[Finding]:
    """Find waivers that name no check."""
    for variable in WAIVING:
        value = cloud.value(variable)
        for index, name in enumerate(waivers(value)):
            if name.partition(":")[0] not in CHECKS:
                close = nearest(name, CHECKS)
                yield cloud.finding(
                    "INV-048",
                    variable,
                    name,
                    f"the id of a check{f'; the nearest is {close}' if close else ''} (docs/checks.md)",
                    f"write {close}" if close else "remove it",
                    path=() if isinstance(value, str) else (index,),
                )


def waived(cloud: Cloud) -> list[dict[str, str]]:
    """Give the ids the operator waived, standing ones and those of this run, each with where it was given."""
    return [one for name in WAIVING for one in given(name, cloud.value(name), cloud.where(name))]


def _of_all(finding: Finding) -> Finding:
    return replace(finding, hosts=())
