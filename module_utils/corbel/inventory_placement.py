"""Checks of which host runs what: groups with two sources, hosts nothing prepares, parts that belong together."""

from __future__ import annotations

from collections.abc import Iterator

from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.inventory_knowledge import OPERATOR_GROUPS
from ansible.module_utils.corbel.preflight_finding import Finding

MEMCACHED, SWITCH = "memcached", "neutron_openvswitch"
# Each of these needs the agent of the switch on its own host.
PLUGGED = ("nova_compute", "neutron_l3", "neutron_dhcp")


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    yield from two_sources(cloud)
    yield from unprepared(cloud)
    yield from companions(cloud)


def two_sources(cloud: Cloud) -> Iterator[Finding]:
    """Find groups of ours that list hosts and have children as well."""
    for group in sorted(cloud.knowledge.group_names):
        hosts, children = cloud.sources.direct.get(group, set()), cloud.sources.children.get(group, set())
        if hosts and children:
            yield Finding(
                "INV-038",
                f"hosts {', '.join(sorted(hosts))} and children {', '.join(sorted(children))}",
                "hosts, or children: who reads one of the two lists takes it for the whole",
                f"put the hosts into a group of their own, and that into the children of {group}",
                variable=f"group {group}",
                where=", ".join(cloud.sources.inventory_files),
            )


def unprepared(cloud: Cloud) -> Iterator[Finding]:
    """Find hosts that a service is deployed on while they are in no group an operator fills."""
    prepared = {host for group in OPERATOR_GROUPS for host in cloud.groups.get(group, [])}
    for host in cloud.hosts.values():
        serving = sorted(host.groups & (cloud.knowledge.group_names - set(OPERATOR_GROUPS)))
        if serving and host.name not in prepared:
            yield Finding(
                "INV-039",
                f"in {', '.join(serving)} and in none of {', '.join(OPERATOR_GROUPS)}",
                "each host in one of these four: packages, certificates and the release are laid down on them only",
                "add the host to one of the four as well",
                where=", ".join(cloud.sources.inventory_files),
                hosts=(host.name,),
            )


def companions(cloud: Cloud) -> Iterator[Finding]:
    """Find hosts without a part that another part on them needs."""
    enabled = cloud.enabled()
    needs = [(name, MEMCACHED) for name, entry in enabled.items() if entry.get("memcached") is True]
    if SWITCH in enabled:
        needs += [(name, SWITCH) for name in PLUGGED if name in enabled]
    for name, needed in needs:
        if needed not in cloud.groups:
            continue  # a finding of its own
        members = set(cloud.groups[needed])
        lacking = tuple(host.name for host in cloud.members(name) if host.name not in members)
        if lacking:
            yield Finding(
                "INV-039",
                f"in group {name} and not in {needed}",
                f"{needed} on each host of {name}, which asks it on its own host",
                f"point both groups to the same children in groups.yml, or add these hosts to {needed}",
                variable=f"group {needed}",
                where=", ".join(cloud.sources.inventory_files),
                hosts=lacking,
            )
