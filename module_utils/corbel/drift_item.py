"""What differs from the model: one form for every kind, and the command that mends it. Standard library only."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

# Worst first: what lets somebody do or reach more than the model does; what should be there or run; the rest.
EXPOSED, BROKEN, CHANGED = "exposed", "broken", "changed"
SEVERITIES = (EXPOSED, BROKEN, CHANGED)
# Kinds of a host of which nothing could be read, and of one that check mode did not get through.
NO_ANSWER = "host"
NOT_PLANNED = "plan"
# Kinds of what is there once: the run that mends it is that of all hosts of the service, one of which does it.
ONCE = ("database", "queue", "identity", "schema", "ring")
# Playbook and tags of what has made a bundle; any other bundle is that of a catalogue entry.
PLAYBOOKS = {
    **dict.fromkeys(("host_base", "certificates", "release"), "hosts.yml"),
    **dict.fromkeys(("galera", "rabbitmq", "memcached", "haproxy", "keepalived"), "infrastructure.yml"),
    "swift_rings": "rings.yml",
    "secrets": "secrets.yml",
    "client_access": "client_access.yml",
}
# Playbooks whose tasks are not to be chosen among.
WHOLE = ("secrets.yml", "client_access.yml")
# Bundles that a service's role makes beside its own, and the services whose roles do; the first that a host has counts.
PARTS = {
    "hypervisor": ("nova_compute",),
    "iscsi_initiator": ("nova_compute", "cinder_volume", "cinder_backup"),
    "openvswitch": ("neutron_openvswitch",),
    "neutron_agents": ("neutron_l3", "neutron_dhcp", "neutron_metadata", "neutron_openvswitch"),
    **dict.fromkeys(("cinder_volume_groups", "cinder_volume_host", "cinder_volume_target"), ("cinder_volume",)),
    **dict.fromkeys(("swift_storage_programs", "swift_storage_devices"), ("swift_storage",)),
}


@dataclass(frozen=True)
class Item:
    """One difference. `bundle` names what a playbook mends, `mend` is a command of the host for what none does."""

    kind: str
    name: str
    found: str
    expected: str
    mend: str = ""
    bundle: str = ""
    severity: str = CHANGED
    host: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Give the form in which modules return it."""
        return asdict(self)


def from_dict(raw: Mapping[str, Any]) -> Item:
    """Read what as_dict wrote."""
    return Item(**{str(key): str(value) for key, value in raw.items()})


def service_of(bundle: str, groups: Iterable[str]) -> str:
    """Name the role or service that makes a bundle on a host of these groups."""
    makers = PARTS.get(bundle, (bundle,))
    mine = set(groups)
    return next((name for name in makers if name in mine), makers[0])


def command(item: Item, groups: Iterable[str], inventory: Iterable[str]) -> str:
    """Give the command that mends an item: of a playbook on the controlling machine, or one to run on the host."""
    sources = [word for source in inventory for word in ("-i", source)]
    if item.kind == NO_ANSWER:
        return f"{shlex.join(['ansible', *sources, item.host, '-m', 'ansible.builtin.ping'])}; then mend what it names"
    if item.kind == NOT_PLANNED:
        return f"{shlex.join(['ansible-playbook', *sources, 'playbooks/plan.yml'])}; then mend what it names"
    if not item.bundle:
        return f"on {item.host}: {item.mend}"
    service = service_of(item.bundle, groups)
    playbook = PLAYBOOKS.get(service, "services.yml")
    words = ["ansible-playbook", *sources, f"playbooks/{playbook}"]
    if playbook not in WHOLE:
        words += ["--tags", service]
        words += [] if item.kind in ONCE else ["--limit", item.host]
    mending = shlex.join(words)
    # What a playbook would not notice needs a step on the host before.
    return f"on {item.host}: {item.mend}; then {mending}" if item.mend else mending


def in_order(items: Iterable[Item]) -> list[Item]:
    """Worst first, by host."""
    return sorted(items, key=lambda one: (SEVERITIES.index(one.severity), one.host, one.kind, one.name))


def merge(first: Iterable[Item], second: Iterable[Item]) -> list[Item]:
    """Make one list of two; what both found counts once, with the worse severity and the words of the first."""
    found: dict[tuple[str, str, str], Item] = {}
    for item in (*first, *second):
        key = (item.host, item.kind, item.name)
        known = found.get(key)
        if known is None:
            found[key] = item
        elif SEVERITIES.index(item.severity) < SEVERITIES.index(known.severity):
            found[key] = replace(known, severity=item.severity)
    return in_order(found.values())
