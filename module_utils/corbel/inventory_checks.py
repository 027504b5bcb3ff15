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
from ansible.module_utils.corbel.preflight_finding import Finding, merge_hosts, waivers
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
    for index, name in enumerate(waived(cloud)):
        if name.partition(":")[0] not in CHECKS:
            close = nearest(name, CHECKS)
            yield cloud.finding(
                "INV-048",
                "corbel_waived_checks",
                name,
                f"the id of a check{f'; the nearest is {close}' if close else ''} (docs/checks.md)",
                f"write {close}" if close else "remove it",
                path=() if isinstance(cloud.value("corbel_waived_checks"), str) else (index,),
            )


def waived(cloud: Cloud) -> list[str]:
    """Give the ids the operator waived."""
    return waivers(cloud.value("corbel_waived_checks"))


def _of_all(finding: Finding) -> Finding:
    return replace(finding, hosts=())
