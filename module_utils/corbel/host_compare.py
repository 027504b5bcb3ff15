"""Checks that compare hosts with each other, by the facts that host_check returns. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from ansible.module_utils.corbel.preflight_finding import WARNING, Finding

Hosts = Mapping[str, Mapping[str, Any]]
LEFT_OVER = "site.yml mends it; run it without --limit"


def compare(hosts: Hosts, tolerance: float = 2.0) -> Iterator[Finding]:
    """Run all comparisons; a host that could not be read has no facts."""
    yield from clones(hosts)
    yield from clocks(hosts, tolerance)
    yield from time_zones(hosts)
    yield from virtual_addresses(hosts)
    yield from authorities(hosts)
    yield from keys(hosts)


def clones(hosts: Hosts) -> Iterator[Finding]:
    """Find hosts that share what each must have of its own."""
    for machine_id, names in _shared(hosts, lambda facts: facts.get("machine_id")):
        yield Finding(
            "HOST-031",
            f"the same machine id {machine_id} on {len(names)} hosts",
            "a machine id of its own for each host",
            "on all but one: rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup; reboot",
            hosts=names,
        )
    for uuid, names in _shared(hosts, lambda facts: facts.get("product_uuid")):
        yield Finding(
            "HOST-035",
            f"the same product UUID {uuid} on {len(names)} hosts",
            "one of its own for each: libvirt takes two hypervisors with one UUID for the same, and refuses to migrate",
            "give the virtual machines UUIDs of their own, or set host_uuid in /etc/libvirt/libvirtd.conf",
            hosts=names,
            severity=WARNING,
        )
    for number, names in _shared(hosts, lambda facts: facts.get("compute_id")):
        yield Finding(
            "HOST-037",
            f"the same compute id {number} in /var/lib/nova/compute_id on {len(names)} hosts",
            "one of its own for each hypervisor; with another's, a hypervisor takes over its record in Nova",
            "on the copy, before its nova-compute first runs: rm /var/lib/nova/compute_id",
            hosts=names,
        )


def clocks(hosts: Hosts, tolerance: float) -> Iterator[Finding]:
    """Find the two hosts whose clocks are farthest apart, if too far however slow the connections were."""
    ranges = {name: facts["clock"] for name, facts in hosts.items() if facts.get("clock")}
    if len(ranges) < 2:
        return
    # Between these two a host is ahead of the controlling machine.
    first = max(ranges, key=lambda name: float(ranges[name][0]))
    last = min(ranges, key=lambda name: float(ranges[name][1]))
    apart = float(ranges[first][0]) - float(ranges[last][1])
    if apart > tolerance:
        yield Finding(
            "HOST-033",
            f"the clock of {first} {apart:.1f} s or more ahead of that of {last}",
            f"at most {tolerance:g} s between any two hosts",
            "set the clocks, and let chrony keep them from the same source (timedatectl)",
            hosts=(first, last),
        )


def time_zones(hosts: Hosts) -> Iterator[Finding]:
    """Find hosts of another time zone than most."""
    zones: dict[str, list[str]] = {}
    for name, facts in hosts.items():
        if facts.get("timezone"):
            zones.setdefault(str(facts["timezone"]), []).append(name)
    if len(zones) > 1:
        usual = max(sorted(zones), key=lambda zone: len(zones[zone]))
        others = {zone: names for zone, names in zones.items() if zone != usual}
        yield Finding(
            "HOST-034",
            f"time zone {', '.join(sorted(others))}",
            f"{usual}, as on most hosts; times in what operators compare would differ",
            f"run on the host: timedatectl set-timezone {usual}",
            hosts=tuple(name for names in others.values() for name in names),
            severity=WARNING,
        )


def virtual_addresses(hosts: Hosts) -> Iterator[Finding]:
    """Find virtual addresses on hosts that should not have them, and on more than one."""
    holders: dict[str, list[str]] = {}
    for name, facts in hosts.items():
        for address in facts.get("vips") or []:
            holders.setdefault(str(address), []).append(name)
    for address, names in sorted(holders.items()):
        wrong = tuple(name for name in names if not hosts[name].get("load_balancer"))
        if wrong:
            yield Finding(
                "HOST-036",
                f"virtual address {address} on a host that is no load balancer",
                "it on a load balancer, where keepalived puts it",
                f"remove it there (ip address del {address}/32 dev <interface>), or mend the group load_balancer",
                variable="corbel_internal_vip",
                hosts=wrong,
            )
        elif len(names) > 1:
            yield Finding(
                "HOST-036",
                f"virtual address {address} on {len(names)} load balancers at once",
                "it on one: keepalived gives it to another only when it hears nothing from the first",
                "let IP protocol 112 (VRRP) pass between the load balancers, and look at 'journalctl -u keepalived'",
                variable="corbel_internal_vip",
                hosts=tuple(names),
                severity=WARNING,
            )


def authorities(hosts: Hosts) -> Iterator[Finding]:
    """Find hosts that trust another authority than the others."""
    for name in ("host", "queue"):
        yield from _differing(
            "HOST-085",
            hosts,
            partial(_of, "authorities", name),
            f"another authority of {name}.pem than most hosts have",
            "the same on all: with two, hosts refuse each other",
        )


def keys(hosts: Hosts) -> Iterator[Finding]:
    """Find hosts whose keys of Keystone differ from the others'."""
    folders = sorted({folder for facts in hosts.values() for folder in facts.get("keys") or {}})
    for folder in folders:
        yield from _differing(
            "HOST-086",
            hosts,
            partial(_of, "keys", folder),
            f"other keys in {folder} than most hosts have",
            "the same on all: what one signs or encrypts, the others cannot read",
        )


def _of(kind: str, name: str, facts: Mapping[str, Any]) -> Any:
    return (facts.get(kind) or {}).get(name)


def _differing(
    check: str, hosts: Hosts, value: Callable[[Mapping[str, Any]], Any], found: str, expected: str
) -> Iterator[Finding]:
    """Name the hosts that differ from most."""
    groups: dict[str, list[str]] = {}
    for name, facts in hosts.items():
        if value(facts):
            groups.setdefault(str(value(facts)), []).append(name)
    if len(groups) > 1:
        usual = max(sorted(groups), key=lambda one: len(groups[one]))
        others = tuple(name for one, names in groups.items() if one != usual for name in names)
        yield Finding(check, found, expected, LEFT_OVER, hosts=others, severity=WARNING)


def _shared(hosts: Hosts, value: Callable[[Mapping[str, Any]], Any]) -> Iterable[tuple[str, tuple[str, ...]]]:
    seen: dict[str, list[str]] = {}
    for name, facts in hosts.items():
        if value(facts):
            seen.setdefault(str(value(facts)), []).append(name)
    return [(one, tuple(names)) for one, names in seen.items() if len(names) > 1]
