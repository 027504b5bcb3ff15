"""What the cloud expects of one host, from its groups, the catalogue and the settings of the preflight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.corbel.inventory_catalogue import listed

LOOPBACK = "127.0.0.1"


def expectations(
    groups: Iterable[str], entries: Iterable[Mapping[str, Any]], settings: Mapping[str, Any], cloud: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the options of the module host_check.

    `settings` are those of the role preflight, without its prefix; `cloud` has addresses, vips and provider_networks.
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
    }


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
