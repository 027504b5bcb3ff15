"""Checks of object storage: policies, devices, and whether they make rings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel import ring_model, ring_policy, swift_devices
from ansible.module_utils.corbel.inventory_cloud import Cloud, Host
from ansible.module_utils.corbel.preflight_finding import Finding

POLICIES = "swift_rings_policies"
DEVICES = "swift_storage_devices"
GROUP = "swift_storage"
NETWORK = "storage"
NAMES = ("serial", "wwn", "by_id")
SETTINGS = ("part_power", "replicas", "min_part_hours", "overload", "weight_step", "metadata_classes", "lost")


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file on clouds that have object storage."""
    enabled = cloud.enabled()
    if GROUP not in enabled:
        return
    yield from identity(cloud, enabled)
    bad = list(devices(cloud))
    yield from bad
    wrong = list(policies(cloud))
    yield from wrong
    if not bad and not wrong:
        yield from rings(cloud)


def identity(cloud: Cloud, enabled: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that somebody knows the clients."""
    if "swift" in enabled and "keystone" not in enabled and cloud.value("swift_auth") == "keystone":
        yield cloud.finding(
            "INV-073",
            "corbel_services",
            sorted(enabled),
            "keystone among them, since swift_auth is keystone",
            "add keystone, or write swift_auth: tempauth",
        )


def devices(cloud: Cloud) -> Iterator[Finding]:
    """Check names of devices and of their disks."""
    for host in cloud.members(GROUP):
        rows = [row for row in _list(cloud.value(DEVICES, host)) if isinstance(row, Mapping)]
        for problem in swift_devices.name_mistakes([str(row.get("name")) for row in rows]):
            found, _, expected = problem.partition(", expected ")
            yield cloud.finding(
                "INV-070",
                DEVICES,
                None,
                expected or "each name once",
                "mend the name; what is mounted already keeps the one it has",
                host=host,
                found=found,
            )
        for index, row in enumerate(rows):
            given = [name for name in NAMES if row.get(name)]
            if len(given) != 1:
                yield cloud.finding(
                    "INV-070",
                    DEVICES,
                    None,
                    f"the disk named by exactly one of {', '.join(NAMES)}",
                    "give the serial number, as lsblk -o NAME,SERIAL shows it; names like sdb move to other disks",
                    host=host,
                    path=(index,),
                    found=" and ".join(given) or "none of them",
                )


def policies(cloud: Cloud) -> Iterator[Finding]:
    """Check the storage policies."""
    value = cloud.value(POLICIES)
    rows = _list(value)
    if any(not isinstance(row, Mapping) or not isinstance(row.get("index"), int) for row in rows):
        return  # their types are a finding of the argument specification
    for problem in ring_policy.policy_mistakes(rows):
        found, _, expected = problem.partition(", expected ")
        yield cloud.finding(
            "INV-071",
            POLICIES,
            None,
            expected or "policies as Swift takes them",
            "mend the policy; one that was used keeps its index and type for ever, deprecated: true retires it",
            found=found,
        )


def rings(cloud: Cloud) -> Iterator[Finding]:
    """Check that the devices suffice for every ring."""
    settings = {name: cloud.value(f"swift_rings_{name}") for name in SETTINGS}
    hosts = [_host(cloud, host) for host in cloud.members(GROUP)]
    if any(host["address"] is None for host in hosts) or any(settings[name] is None for name in SETTINGS[:4]):
        return  # findings of their own
    try:
        problems = ring_policy.ring_mistakes(ring_policy.ring_specs(settings, _list(cloud.value(POLICIES)), hosts))
    except (ring_model.RingError, TypeError, ValueError) as error:
        problems = [str(error)]
    for problem in problems:
        found, _, expected = problem.partition(", expected ")
        what, _, fix = expected.partition("; ")
        yield cloud.finding(
            "INV-072",
            DEVICES if "devices" in found else POLICIES,
            None,
            what or "rings that can be made",
            fix or "mend swift_storage_devices of the storage hosts, or the policies",
            found=found,
        )


def _host(cloud: Cloud, host: Host) -> dict[str, Any]:
    addresses = cloud.value("corbel_addresses", host)
    return {
        "name": host.name,
        "address": addresses.get(NETWORK) if isinstance(addresses, Mapping) else None,
        "region": cloud.value("swift_storage_region", host),
        "zone": cloud.value("swift_storage_zone", host),
        "devices": _list(cloud.value(DEVICES, host)),
    }


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
