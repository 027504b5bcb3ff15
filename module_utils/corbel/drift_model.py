"""What a host may have: sockets, units, directories, accounts and identity resources of the enabled entries.

Pure functions for the controlling machine; the result is the options of the module host_drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.corbel.catalogue import identity_spec, system_user
from ansible.module_utils.corbel.inventory_catalogue import listed

LOOPBACK = "127.0.0.1"
Entry = Mapping[str, Any]


class DriftModelError(ValueError):
    """The settings do not make a model; the message names the variable."""


def model(
    entries: Iterable[Entry],
    host: str,
    groups: Mapping[str, list[str]],
    settings: Mapping[str, Any],
    cloud: Mapping[str, Any],
) -> dict[str, Any]:
    """Give the options of host_drift for one host.

    `settings` are those of the role drift, without its prefix; `cloud` has addresses, vips, identity, and bridges in
    the form of the filter provider_bridges.
    """
    mine = {name for name, members in groups.items() if host in members}
    enabled = [entry for entry in entries if groups.get(entry["name"])]
    here = [entry for entry in enabled if entry["name"] in mine]
    return {
        "listeners": listeners(mine, enabled, settings, cloud),
        "enabled_units": [unit for entry in here for unit in units(entry)],
        "known_units": [unit for entry in enabled for unit in units(entry)],
        "directories": sorted({f"/etc/{system_user(dict(entry))}" for entry in here}),
        "folders": list(settings["configuration_folders"]),
        "allowed_files": list(settings["allowed_files"]),
        "bridges": bridges(cloud["bridges"]) if "neutron_openvswitch" in mine else [],
        "database": _accounts(enabled) if host == _first(groups, "database") else None,
        "queue": _queue_accounts(enabled) if host == _first(groups, "message_queue") else None,
        "identity": identity(enabled, settings, cloud["identity"]) if host == _first(groups, "keystone") else None,
    }


def _first(groups: Mapping[str, list[str]], name: str) -> str:
    """Name the host on which the deployment itself reads what is there once."""
    return next(iter(groups.get(name) or []), "")


def units(entry: Entry) -> list[str]:
    """Name the units of an entry."""
    return [f"{program['name']}.service" for kind in ("apis", "daemons") for program in listed(entry, kind)]


def bridges(wanted: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give the provider bridges with the names of their ports."""
    return [{"name": one["name"], "ports": [port["name"] for port in one["ports"]]} for one in wanted]


def _accounts(enabled: Iterable[Entry]) -> dict[str, Any]:
    return {"accounts": {entry["name"]: list(entry["databases"]) for entry in enabled if entry.get("databases")}}


def _queue_accounts(enabled: Iterable[Entry]) -> dict[str, Any]:
    return {"accounts": {entry["name"]: entry["name"] for entry in enabled if entry.get("message_queue")}}


def listeners(
    mine: set[str], enabled: Iterable[Entry], settings: Mapping[str, Any], cloud: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Give the sockets of the settings and of the catalogue, and those that the operator allows."""
    rows = [row for row in settings["listeners"] if row.get("group") is None or row["group"] in mine]
    found = [_rule(row, _addresses(row, cloud)) for row in rows]
    found += [_rule(row, []) for row in settings["allowed_listeners"]]
    fronts = [unit for row in rows if row.get("front") for unit in row["units"]]
    management = _addresses({"listen": "management"}, cloud)
    for entry in enabled:
        own = entry["name"] in mine
        for program in [*listed(entry, "apis"), *listed(entry, "daemons")]:
            unit, listen = [f"{program['name']}.service"], program.get("listen")
            if own and listen:
                addresses = _addresses(listen, cloud, key="network")
                found.append(_rule({"port": listen["port"], "units": unit}, addresses))
            if own and program.get("port"):
                found.append(_rule({"port": program["port"], "units": unit}, management))
            if fronts and program.get("port"):
                # The first is the internal one, on which everything is.
                vips = list(cloud["vips"]) if program.get("public", True) else list(cloud["vips"])[:1]
                found.append(_rule({"port": program["port"], "units": fronts}, vips))
    return found


def _addresses(row: Mapping[str, Any], cloud: Mapping[str, Any], key: str = "listen") -> list[str]:
    """Turn the name of a place into addresses; none means any."""
    place = row.get(key, "any")
    if place == "any":
        return []
    if place == "loopback":
        return [LOOPBACK]
    if place == "vip":
        return list(cloud["vips"])
    address = cloud["addresses"].get(place)
    if not address:
        known = ", ".join(("any", "loopback", "vip", *cloud["addresses"]))
        raise DriftModelError(
            f"found listen: {place} in drift_listeners or a catalogue entry, expected one of {known}; "
            "mend it, or give the host an address there in corbel_addresses"
        )
    return [str(address)]


def _rule(row: Mapping[str, Any], addresses: list[str]) -> dict[str, Any]:
    port = row.get("port")
    return {
        "port": None if port is None else str(port),
        "protocol": row.get("protocol", "tcp"),
        "addresses": addresses,
        "units": list(row.get("units", [])),
        "programs": list(row.get("programs", [])),
        "namespace": row.get("namespace", ""),
    }


def identity(enabled: Iterable[Entry], settings: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Give what Keystone should have: what the engine makes of each entry, and what roles make beside it (further)."""
    services: list[dict[str, Any]] = []
    endpoints: list[dict[str, Any]] = []
    assignments: list[dict[str, Any]] = []
    names = {"internal_name": context["internal_name"], "public_name": context["public_name"]}
    for entry in (entry for entry in enabled if entry.get("identity") and entry["name"] not in context["without"]):
        asked = {**names, "auth": {}, "ca_file": "", "region": context["region"], "password": ""}
        spec, owner = identity_spec(dict(entry), asked), {"entry": entry["name"]}
        services += [{"type": one["type"], "name": one["name"], **owner} for one in spec.get("services", [])]
        endpoints += [
            {"type": one["service_type"], "interface": one["interface"], "url": one["url"], **owner}
            for one in spec.get("endpoints", [])
        ]
        assignments += [{"user": one["user"], "role": one["role"], **owner} for one in spec["assignments"]]
    present = {entry["name"] for entry in enabled} - set(context["without"])
    for one in (one for one in context["further"] if one["entry"] in present):
        services.append({key: one[key] for key in ("type", "name", "entry")})
        for interface in one["interfaces"]:
            host = context["public_name" if interface == "public" else "internal_name"]
            url = f"https://{host}:{one['port']}{one['path']}"
            endpoints.append({"type": one["type"], "interface": interface, "url": url, "entry": one["entry"]})
    return {
        **context["auth"],
        "ca_file": context["ca_file"],
        "region": context["region"],
        "services": services,
        "endpoints": endpoints,
        "assignments": assignments,
        "accounts": sorted({one["user"] for one in assignments}),
        "allowed_types": list(settings["allowed_service_types"]),
    }
