"""Addresses and networks as an inventory writes them."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

CIDR = re.compile(r"/\d{1,3}\Z")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def usable(address: Address, network: Network) -> bool:
    """Tell whether a host can have an address of a network."""
    if address not in network:
        return False
    if network.version == 6 or network.prefixlen >= 31:
        return True
    return address not in (network.network_address, network.broadcast_address)


def address_of(text: Any) -> Address | None:
    """Read an address; nothing if the text is none."""
    try:
        return ipaddress.ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None


def unfit(network: Network) -> bool:
    """Tell whether no host can have an address of the network."""
    one = network.network_address
    special = one.is_loopback or one.is_multicast or one.is_link_local or one.is_unspecified
    return special or (network.version == 4 and one.is_reserved)


def network_of(text: Any, strict: bool = True, mask: bool = False) -> Network | None:
    """Read a CIDR; `mask` takes 192.0.2.0/255.255.255.0 as well, which the services do not."""
    if not isinstance(text, str) or not (CIDR.search(text) or (mask and "/" in text)):
        return None
    try:
        return ipaddress.ip_network(text, strict=strict)
    except ValueError:
        return None
