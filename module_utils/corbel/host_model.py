"""What the cloud expects of one host, from its groups, the catalogue and the settings of the preflight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.module_utils.corbel.disks import KINDS
from ansible.module_utils.corbel.inventory_catalogue import listed
from ansible.module_utils.corbel.swift_devices import label

LOOPBACK = "127.0.0.1"


def expectations(
    groups: Iterable[str], entries: Iterable[Mapping[str, Any]], settings: Mapping[str, Any], cloud: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the options of the module host_check.

    `settings` are those of the role preflight, without its prefix; `cloud` has addresses, vips, networks and
    provider_networks, and of what the host's services were told: backends, devices, expendable and virt_type.
    """
    mine = set(groups)
    enabled = list(entries)
    here = [entry for entry in enabled if entry["name"] in mine]
    return {
        "memory_mb": sum(settings["memory_mb"].get(group, 0) for group in mine),
        "disks": _disks(mine, settings["disk_mb"]),
        "kernel_modules": sorted(
            {str(name) for entry in here for name in entry.get("kernel_modules") or []}
            | {str(name) for group in mine for name in settings["kernel_modules"].get(group, [])}
        ),
        "addresses": dict(cloud["addresses"]),
        "provider_interfaces": sorted(
            {str(row["interface"]) for row in cloud["provider_networks"] if row.get("interface")}
            if mine & set(settings["provider_groups"])
            else []
        ),
        "ports": _ports(mine, enabled, settings["ports"], cloud),
        "processors": sum(settings["processors"].get(group, 0) for group in mine),
        "kvm": cloud.get("virt_type") == "kvm" and "nova_compute" in mine,
        "networks": {name: dict(row) for name, row in (cloud.get("networks") or {}).items()},
        "bridges": _bridges(cloud["provider_networks"]) if mine & set(settings["provider_groups"]) else {},
        "accounts": sorted({str(entry.get("user") or entry["name"]) for entry in here}),
        **_storage({str(entry["name"]) for entry in here}, cloud),
        "key_folders": sorted({str(path) for entry in here for path in entry.get("key_folders") or []}),
        "vips": list(dict.fromkeys(str(vip) for vip in cloud["vips"])),
        "load_balancer": "load_balancer" in mine,
    }


def paths(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give who reaches the services of these entries.

    `apis` are the ports that load balancers stand in front of, by entry, `rows` what else is reached, and from where.
    """
    apis = {
        str(entry["name"]): [
            program["port"]
            for program in [*listed(entry, "apis"), *listed(entry, "daemons")]
            if isinstance(program.get("port"), int)
        ]
        for entry in entries
    }
    return {
        "apis": apis,
        "rows": [{**row, "to": entry["name"]} for entry in entries for row in listed(entry, "reached")],
    }


def _bridges(networks: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give interface and largest MTU of each provider bridge."""
    found: dict[str, dict[str, Any]] = {}
    for row in networks:
        if row.get("bridge") and row.get("interface"):
            one = found.setdefault(str(row["bridge"]), {"interface": str(row["interface"]), "mtu": 0})
            one["mtu"] = max(int(one["mtu"]), int(row.get("mtu") or 0))
    return found


def _storage(here: set[str], cloud: Mapping[str, Any]) -> dict[str, Any]:
    """Give the disks that the host's services were told to use, with the names of their contents, and volume groups."""
    devices: list[dict[str, Any]] = []
    groups: list[str] = []
    for backend in (cloud.get("backends") or []) if "cinder_volume" in here else []:
        if backend.get("driver") == "lvm" and backend.get("volume_group"):
            groups.append(str(backend["volume_group"]))
            devices += [_device(disk, groups[-1]) for disk in backend.get("disks") or []]
    for device in (cloud.get("devices") or []) if "swift_storage" in here else []:
        devices.append(_device(device, label(str(device.get("name", "")))))
    expendable = list(cloud.get("expendable") or [])
    return {"devices": devices, "expendable": expendable if devices else [], "volume_groups": groups}


def _device(disk: Mapping[str, Any], purpose: str) -> dict[str, Any]:
    return {**{kind: disk[kind] for kind in KINDS if disk.get(kind)}, "purpose": purpose}


def _disks(mine: set[str], floors: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {"/": 0}
    for group in mine:
        for path, size in floors.get(group, {}).items():
            found[path] = found.get(path, 0) + size
    return found


def _ports(
    mine: set[str],
    enabled: Iterable[Mapping[str, Any]],
    infrastructure: Iterable[Mapping[str, Any]],
    cloud: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Give the ports that this host's units take: of the infrastructure, of APIs and their fronts, of other daemons."""
    management = str(cloud["addresses"].get("management", ""))
    where = {"loopback": [LOOPBACK], "management": [management], "vip": list(cloud["vips"])}
    found: list[dict[str, Any]] = []
    for row in infrastructure:
        if row["group"] in mine:
            addresses = where[row.get("listen", "management")]
            found.append({"port": row["port"], "addresses": addresses, "units": list(row["units"])})
    balancers = [unit for row in infrastructure if row.get("front") for unit in row["units"]]
    for entry in enabled:
        for daemon in listed(entry, "daemons") if entry["name"] in mine else []:
            listen = daemon.get("listen")
            if listen:
                address = str(cloud["addresses"].get(listen["network"], ""))
                unit = f"{daemon['name']}.service"
                found.append({"port": listen["port"], "addresses": [address], "units": [unit]})
        for program in [*listed(entry, "apis"), *listed(entry, "daemons")]:
            port = program.get("port")
            if not isinstance(port, int):
                continue
            own = [f"{program['name']}.service"] if entry["name"] in mine else []
            front = balancers if "load_balancer" in mine else []
            if own or front:
                addresses = ([management] if own else []) + (where["vip"] if front else [])
                found.append({"port": port, "addresses": addresses, "units": [*own, *front]})
    return found
