"""What a ring should be and what its builder file holds, without Swift. Pure functions; standard library only."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Swift names rings by what they are for; the object ring of a policy carries the policy's index.
RING = re.compile(r"account|container|object(-[1-9][0-9]*)?")
# A name that can be a folder below the mount root and a module of rsync.
DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
MAX_PART_POWER = 32
INFORMATION = ("port", "replication_ip", "replication_port", "meta")
PLACE = ("region", "zone")


class RingError(ValueError):
    """A ring that cannot be made as declared; the message names what was found, what was expected and what mends it."""


@dataclass(frozen=True)
class Device:
    """One device of a ring as declared."""

    region: int
    zone: int
    ip: str
    port: int
    replication_ip: str
    replication_port: int
    device: str
    weight: float
    meta: str = ""

    @property
    def key(self) -> str:
        """What a device is known by. Ports, zones and remarks may change; another address or name is another device."""
        return f"{self.ip}/{self.device}"


@dataclass(frozen=True)
class Held(Device):
    """One device of a builder file."""

    id: int = 0
    parts: int = 0
    parts_wanted: int = 0


@dataclass(frozen=True)
class Spec:
    """A ring as declared."""

    name: str
    part_power: int
    replicas: float
    min_part_hours: int
    overload: float
    devices: tuple[Device, ...]
    lost: frozenset[str] = frozenset()
    weight_step: float = 0.0
    fixed_replicas: bool = False  # fragments of an erasure code cannot become more or fewer
    needed_replicas: int = 1  # fewer than these left, and objects of a partition cannot be read
    policy: Mapping[str, Any] = field(default_factory=dict)  # how objects are stored, for ever

    def is_lost(self, entry: Device) -> bool:
        """Whether an operator named a device, or all of its host, as lost."""
        return entry.key in self.lost or f"{entry.ip}/*" in self.lost


@dataclass(frozen=True)
class Ring:
    """What a builder file holds."""

    part_power: int
    replicas: float
    min_part_hours: int
    overload: float
    devices: tuple[Held, ...]
    seconds_left: int = 0
    dispersion: float = 0.0
    growing: bool = False  # between the steps of an increase of the part power


def device(item: Mapping[str, Any]) -> Device:
    """A device as declared or as Swift holds it; replication goes where everything goes unless it says otherwise."""
    return Device(
        int(item["region"]),
        int(item["zone"]),
        address(item["ip"]),
        int(item["port"]),
        address(item.get("replication_ip") or item["ip"]),
        int(item.get("replication_port") or item["port"]),
        str(item["device"]),
        float(item["weight"]),
        str(item.get("meta") or ""),
    )


def address(text: Any) -> str:
    """An address as Swift writes it; what is none stays, to be refused by name."""
    try:
        return str(ipaddress.ip_address(str(text)))
    except ValueError:
        return str(text)


def spec(item: Mapping[str, Any]) -> Spec:
    """A ring from the options of the module."""
    return Spec(
        str(item["name"]),
        int(item["part_power"]),
        float(item["replicas"]),
        int(item["min_part_hours"]),
        float(item["overload"]),
        tuple(device(entry) for entry in item["devices"]),
        frozenset(lost_key(entry) for entry in item.get("lost") or []),
        float(item.get("weight_step") or 0),
        bool(item.get("fixed_replicas")),
        int(item.get("needed_replicas") or 1),
        {key: value for key, value in (item.get("policy") or {}).items() if value is not None},
    )


def lost_key(text: str) -> str:
    """The key of a device that an operator names as lost: 192.0.2.10/d1; 192.0.2.10/* is all of a host."""
    where, _, name = text.rpartition("/")
    return f"{address(where)}/{name}"


def mistakes(wanted: Spec) -> list[str]:
    """What is wrong with a ring as declared, whatever its builder file holds."""
    here = f"ring {wanted.name}"
    found = []
    if not RING.fullmatch(wanted.name):
        found.append(f"{here}: found this name, expected account, container, object or object-<index of a policy>")
    if not 1 <= wanted.part_power <= MAX_PART_POWER:
        found.append(f"{here}: part_power is {wanted.part_power}, expected 1 to {MAX_PART_POWER}")
    if wanted.replicas < 1:
        found.append(f"{here}: replicas is {wanted.replicas:g}, expected 1 or more")
    if wanted.min_part_hours < 0 or wanted.overload < 0 or wanted.weight_step < 0:
        found.append(f"{here}: min_part_hours, overload or weight_step is negative, expected 0 or more")
    found += [f"{here}: {problem}" for problem in _device_mistakes(wanted.devices)]
    if both := sorted(entry.key for entry in wanted.devices if wanted.is_lost(entry)):
        found.append(
            f"{here}: {names(both)} is named as lost and declared too; expected one of the two: take it out of the "
            "devices, or, when a new disk took its place under the same name, out of the lost ones"
        )
    usable = sum(entry.weight > 0 for entry in wanted.devices)
    if usable < wanted.replicas:
        found.append(
            f"{here}: {usable} devices with a weight, expected at least {wanted.replicas:g}, one for each replica or "
            "fragment; declare more devices or lower the replicas (k + m and the duplication factor) of the policy"
        )
    return found


def _device_mistakes(devices: Sequence[Device]) -> Iterable[str]:
    seen: dict[str, Device] = {}
    for entry in devices:
        if not DEVICE.fullmatch(entry.device):
            yield f"a device is named {entry.device!r}, expected letters, digits, dot, dash and underscore"
        for text in dict.fromkeys((entry.ip, entry.replication_ip)):
            if not _is_address(text):
                yield f"device {entry.key} has the address {text!r}, expected an IP address"
        for port in dict.fromkeys((entry.port, entry.replication_port)):
            if not 1 <= port <= 65535:
                yield f"device {entry.key} has the port {port}, expected 1 to 65535"
        if entry.region < 0 or entry.zone < 0:
            yield f"device {entry.key} has region {entry.region}, zone {entry.zone}, expected 0 or more"
        if entry.weight < 0:
            yield f"device {entry.key} has the weight {entry.weight:g}, expected 0 or more"
        if entry.key in seen:
            yield f"device {entry.key} is declared twice, expected once"
        seen[entry.key] = entry


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def names(keys: Iterable[str], limit: int = 5) -> str:
    """A list for a sentence; long ones end with how many more there are."""
    listed = list(keys)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more


def duration(seconds: float) -> str:
    """Time left, in words: 1 h 5 min, 12 min, 40 s."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"
