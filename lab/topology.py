"""Topologies: which hosts a lab has, of which kind and on which networks (lab/topologies/*.yml)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.errors import LabError

FOLDER = Path(__file__).resolve().parent / "topologies"
KINDS = ("container", "uml")
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
SIZE = re.compile(r"(\d+(?:\.\d+)?)([MG])")
FIRST_NUMBER = 20
MAX_DISKS = 8


@dataclass(frozen=True)
class Network:
    """A network of the lab: a bridge, and an interface of every host on it."""

    name: str
    cidr: str | None  # none: the next /24 of the range
    addresses: bool = True  # false: hosts get an interface without an address
    gateway: bool = False  # the lab answers as .1
    masquerade: bool = False  # and lets the network reach the outside
    mtu: int = 1500


@dataclass(frozen=True)
class Host:
    """A host of the lab."""

    name: str
    kind: str
    number: int  # last part of its addresses
    memory: int  # MiB
    disk: int  # MiB
    disks: tuple[int, ...]  # further empty disks, MiB
    networks: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Topology:
    """A whole lab as declared."""

    range: str | None  # none: the first free one
    inventory_from: str | None
    profile: str | None  # which services: a file in inventory/profiles
    vips: dict[str, int]
    networks: tuple[Network, ...]
    hosts: tuple[Host, ...]


def megabytes(text: Any, where: str) -> int:
    """`2.5G` or `512M` as MiB."""
    match = SIZE.fullmatch(str(text))
    if not match:
        raise LabError(f"{where} is {text!r}; expected a size such as 512M or 2.5G.")
    return int(float(match[1]) * (1024 if match[2] == "G" else 1))


def _keys(value: Any, allowed: set[str], where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise LabError(f"{where} is {type(value).__name__}; expected a mapping with {', '.join(sorted(allowed))}.")
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise LabError(f"{where} has the unknown key {unknown[0]!r}; expected one of {', '.join(sorted(allowed))}.")
    return value


def _name(value: str, where: str) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise LabError(f"{where} is named {value!r}; expected lower-case letters, digits and dashes, at most 31.")
    return value


def _network(name: str, value: Any, where: str) -> Network:
    data = _keys(value, {"cidr", "addresses", "gateway", "masquerade", "mtu"}, f"{where} network {name}")
    cidr = data.get("cidr")
    if cidr is not None:
        try:
            ipaddress.IPv4Network(cidr)
        except ValueError as error:
            raise LabError(f"{where} network {name}: cidr {cidr!r} is no IPv4 network ({error}).") from None
    return Network(
        _name(name, f"{where}: a network"),
        cidr,
        bool(data.get("addresses", True)),
        bool(data.get("gateway", False) or data.get("masquerade", False)),
        bool(data.get("masquerade", False)),
        int(data.get("mtu", 1500)),
    )


def _host(name: str, value: Any, index: int, networks: tuple[Network, ...], where: str) -> Host:
    allowed = {"kind", "number", "memory", "disk", "disks", "networks", "groups"}
    here = f"{where} host {name}"
    data = _keys(value, allowed, here)
    if data.get("kind") not in KINDS:
        raise LabError(f"{here}: kind is {data.get('kind')!r}; expected {' or '.join(KINDS)}.")
    known = [network.name for network in networks]
    wanted = data.get("networks", known)
    for network in wanted:
        if network not in known:
            raise LabError(f"{here}: network {network!r} is not declared; expected one of {', '.join(known)}.")
    number = data.get("number", FIRST_NUMBER + index)
    if not isinstance(number, int) or not FIRST_NUMBER <= number <= 250:
        raise LabError(f"{here}: number is {number!r}; expected {FIRST_NUMBER} to 250.")
    disks = data.get("disks") or []
    if len(disks) > MAX_DISKS:
        raise LabError(f"{here}: {len(disks)} disks; expected at most {MAX_DISKS}.")
    return Host(
        _name(name, f"{where}: a host"),
        data["kind"],
        number,
        megabytes(data.get("memory", "1G"), f"{here}: memory"),
        megabytes(data.get("disk", "20G"), f"{here}: disk"),
        tuple(megabytes(disk, f"{here}: a disk") for disk in disks),
        tuple(network for network in known if network in wanted),
        tuple(data.get("groups") or []),
    )


def parse(data: Any, where: str) -> Topology:
    """Check a topology and give it its types."""
    data = _keys(data, {"range", "inventory_from", "profile", "vips", "networks", "hosts"}, where)
    if not data.get("networks") or not data.get("hosts"):
        raise LabError(f"{where} declares no networks or no hosts; expected at least one of each.")
    networks = tuple(_network(name, value, where) for name, value in data["networks"].items())
    first = networks[0]
    if not (first.addresses and first.masquerade):
        raise LabError(
            f"{where}: the first network, {first.name}, needs addresses and masquerade: hosts are reached by it."
        )
    hosts = tuple(_host(name, value, i, networks, where) for i, (name, value) in enumerate(data["hosts"].items()))
    numbers: dict[int, str] = {}
    for host in hosts:
        if host.number in numbers:
            raise LabError(
                f"{where}: {numbers[host.number]} and {host.name} both have number {host.number}; choose another."
            )
        if first.name not in host.networks:
            raise LabError(f"{where} host {host.name} is not on {first.name}; expected there: hosts are reached by it.")
        numbers[host.number] = host.name
    wanted = data.get("range", "auto")
    if wanted != "auto":
        try:
            if ipaddress.IPv4Network(wanted).prefixlen > 22:
                raise ValueError("smaller than a /22")
        except ValueError as error:
            raise LabError(
                f"{where}: range is {wanted!r} ({error}); expected auto or a network such as 198.18.0.0/20."
            ) from None
    vips = _keys(data.get("vips"), {"internal", "public"}, f"{where} vips")
    return Topology(
        None if wanted == "auto" else wanted, data.get("inventory_from"), data.get("profile"), vips, networks, hosts
    )


def load(wanted: str) -> Topology:
    """Read a topology by file or by name."""
    path = Path(wanted) if "/" in wanted or wanted.endswith((".yml", ".yaml")) else FOLDER / f"{wanted}.yml"
    if not path.is_file():
        known = ", ".join(sorted(entry.stem for entry in FOLDER.glob("*.yml")))
        raise LabError(f"no topology {path}; expected a file, or one of {known}.")
    try:
        return parse(yaml.safe_load(path.read_text()), path.name)
    except yaml.YAMLError as error:
        raise LabError(f"{path.name} is no YAML: {error}") from None
