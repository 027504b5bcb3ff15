"""Storage policies, and the rings that follow from them and from the devices of the hosts. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.module_utils.corbel.ring_model import RingError, address, mistakes, names, spec

NAME = re.compile(r"[A-Za-z0-9-]+")
REPLICATION, ERASURE = "replication", "erasure_coding"
PORTS = {"account": 6202, "container": 6201, "object": 6200}
# liberasurecode takes no more fragments than this.
MOST_FRAGMENTS = 32
EC_TYPE = "liberasurecode_rs_vand"
Policy = Mapping[str, Any]


def ring_name(index: int) -> str:
    """The ring of a policy."""
    return "object" if index == 0 else f"object-{index}"


def is_erasure(policy: Policy) -> bool:
    """Whether a policy keeps fragments instead of copies."""
    return bool(policy.get("type", REPLICATION) == ERASURE)


def fragments(policy: Policy) -> int:
    """Fragments of an object, with their duplicates."""
    whole = int(policy.get("data") or 0) + int(policy.get("parity") or 0)
    return whole * int(policy.get("duplication") or 1)


def kind(policy: Policy) -> dict[str, Any]:
    """What tells how the objects of a policy are stored: it stays as it is for as long as there are any."""
    if not is_erasure(policy):
        return {"type": REPLICATION}
    return {
        "type": ERASURE,
        "data": int(policy["data"]),
        "parity": int(policy["parity"]),
        "duplication": int(policy.get("duplication") or 1),
        "ec_type": str(policy.get("ec_type") or EC_TYPE),
    }


def policy_mistakes(policies: Sequence[Policy]) -> list[str]:
    """What is wrong with a list of policies."""
    found: list[str] = []
    taken: dict[str, str] = {}
    indexes: dict[int, str] = {}
    for policy in policies:
        name = str(policy.get("name"))
        for word in (name, *(policy.get("aliases") or [])):
            if not NAME.fullmatch(str(word)):
                found.append(f"policy {name}: the name {word!r} has other characters than letters, digits and dashes")
            if (known := str(word).casefold()) in taken:
                found.append(
                    f"policy {name}: {word!r} names policy {taken[known]} too; upper or lower case, names are unique"
                )
            taken.setdefault(known, name)
        index = int(policy.get("index", -1))
        if index < 0:
            found.append(f"policy {name}: index is {index}, expected 0 or more")
        elif index in indexes:
            found.append(
                f"policy {name}: index {index} belongs to policy {indexes[index]} too, expected one of its own"
            )
        indexes.setdefault(index, name)
        found += _kind_mistakes(name, policy)
    defaults = [str(policy.get("name")) for policy in policies if policy.get("default")]
    if len(defaults) != 1:
        found.append(f"{len(defaults)} policies say default: true ({names(defaults) or 'none'}), expected exactly one")
    elif any(policy.get("default") and policy.get("deprecated") for policy in policies):
        found.append(f"policy {defaults[0]}: it is deprecated and the default, expected another default")
    if policies and 0 not in indexes:
        found.append("no policy has index 0, expected one: containers from before the policies belong to it")
    return found


def _kind_mistakes(name: str, policy: Policy) -> Iterable[str]:
    kind = policy.get("type", REPLICATION)
    if kind not in (REPLICATION, ERASURE):
        yield f"policy {name}: type is {kind!r}, expected {REPLICATION} or {ERASURE}"
    elif kind == REPLICATION:
        if odd := sorted(
            {"data", "parity", "duplication", "segment_size"}
            & {key for key, value in policy.items() if value is not None}
        ):
            yield f"policy {name}: {names(odd)} belong to type {ERASURE}, found with {REPLICATION}"
    else:
        data, parity = int(policy.get("data") or 0), int(policy.get("parity") or 0)
        if data < 1 or parity < 1 or data + parity > MOST_FRAGMENTS:
            yield f"policy {name}: data is {data}, parity {parity}, expected 1 or more each, up to {MOST_FRAGMENTS}"
        if int(policy.get("duplication") or 1) < 1:
            yield f"policy {name}: duplication is {policy['duplication']}, expected 1 or more"
        if policy.get("replicas") is not None:
            yield f"policy {name}: replicas follow from data, parity and duplication, expected no replicas"


def ring_specs(
    settings: Mapping[str, Any], policies: Sequence[Policy], hosts: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rings of a cloud, for the module swift_ring.

    `settings`: part_power, replicas, min_part_hours, overload, weight_step, metadata_classes, lost.
    `hosts`: name, address, replication_address, region, zone and devices (name, weight, class, region, zone, meta).
    """
    if problems := policy_mistakes(policies):
        raise RingError("; ".join(problems))
    lost = [_lost(entry, hosts) for entry in settings.get("lost") or []]
    common = {
        "min_part_hours": settings["min_part_hours"],
        "overload": settings["overload"],
        "weight_step": settings.get("weight_step") or 0,
        "lost": lost,
    }
    rings = [
        {
            **common,
            "name": name,
            "part_power": settings["part_power"],
            "replicas": settings["replicas"],
            "devices": devices(hosts, settings.get("metadata_classes") or ["disk"], PORTS[name]),
            "fixed_replicas": False,
            "needed_replicas": 1,
        }
        for name in ("account", "container")
    ]
    for policy in sorted(policies, key=lambda entry: int(entry["index"])):
        erasure = is_erasure(policy)
        own = {key: policy[key] for key in ("min_part_hours", "overload", "weight_step") if policy.get(key) is not None}
        rings.append(
            {
                **common,
                **own,
                "name": ring_name(int(policy["index"])),
                "part_power": policy.get("part_power") or settings["part_power"],
                "replicas": fragments(policy) if erasure else policy.get("replicas") or 3,
                "devices": devices(hosts, policy.get("classes") or ["disk"], PORTS["object"]),
                "fixed_replicas": erasure,
                "needed_replicas": int(policy["data"]) if erasure else 1,
                "policy": kind(policy),
            }
        )
    return rings


def devices(hosts: Sequence[Mapping[str, Any]], classes: Sequence[str], port: int) -> list[dict[str, Any]]:
    """The devices of some classes, as a ring lists them."""
    return [
        {
            "region": entry.get("region") or host.get("region") or 1,
            "zone": entry.get("zone") or host.get("zone") or 1,
            "ip": host["address"],
            "port": port,
            "replication_ip": host.get("replication_address") or host["address"],
            "replication_port": port,
            "device": entry["name"],
            "weight": float(100 if entry.get("weight") is None else entry["weight"]),
            "meta": entry.get("meta") or host["name"],
        }
        for host in hosts
        for entry in host.get("devices") or []
        if (entry.get("class") or "disk") in classes
    ]


def ring_mistakes(rings: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the rings that follow from an inventory, before a host is touched."""
    return [problem for item in rings for problem in mistakes(spec(item))]


def _lost(text: str, hosts: Sequence[Mapping[str, Any]]) -> str:
    """A lost device by the name of its host or by its address: storage3/d1, 192.0.2.10/d1, storage3/*."""
    where, slash, name = str(text).rpartition("/")
    if not slash or not where or not name:
        raise RingError(
            f"swift_rings_lost names {text!r}, expected host/device, address/device or host/* for all of a host"
        )
    by_name = {host["name"]: host["address"] for host in hosts}
    return f"{by_name.get(where, address(where))}/{name}"


def policy_sections(policies: Sequence[Policy]) -> dict[str, dict[str, Any]]:
    """The sections of swift.conf that declare the policies, in the order of their indexes."""
    if problems := policy_mistakes(policies):
        raise RingError("; ".join(problems))
    sections = {}
    for policy in sorted(policies, key=lambda entry: int(entry["index"])):
        lines: dict[str, Any] = {"name": policy["name"], "policy_type": policy.get("type", REPLICATION)}
        if policy.get("aliases"):
            lines["aliases"] = ", ".join(policy["aliases"])
        lines |= {key: "yes" for key in ("default", "deprecated") if policy.get(key)}
        if is_erasure(policy):
            lines |= {
                "ec_type": policy.get("ec_type") or EC_TYPE,
                "ec_num_data_fragments": int(policy["data"]),
                "ec_num_parity_fragments": int(policy["parity"]),
                "ec_duplication_factor": int(policy.get("duplication") or 1),
                "ec_object_segment_size": int(policy.get("segment_size") or 1048576),
            }
        sections[f"storage-policy:{policy['index']}"] = lines
    return sections
