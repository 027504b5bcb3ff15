"""What a plan is made from and about: read from Ansible's own objects on the controlling machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import plan_digests, run_journal

# What every host of a cloud is in.
OPERATOR_GROUPS = ("controller", "network", "compute", "storage")


@dataclass(frozen=True)
class World:
    """Inventory, code and the command line, as far as a plan names them."""

    cloud: str
    sources: tuple[str, ...]
    files: dict[str, str]
    variables: dict[str, str]
    code: dict[str, str]
    groups: dict[str, list[str]]
    hosts: dict[str, dict[str, Any]]
    networks: dict[str, str]
    addresses: dict[str, str]


def read(manager: Any, project: Path, services: Iterable[str]) -> World:
    """Read the world from the variable manager of a play; `services` are the names of the catalogue."""
    inventory = manager._inventory
    sources = tuple(str(source) for source in inventory._sources or ())
    groups = {name: [host.name for host in group.get_hosts()] for name, group in inventory.groups.items()}
    everyone = inventory.get_hosts(pattern="all", ignore_limits=True, ignore_restrictions=True)
    variables = {host.name: manager.get_vars(host=host, include_hostvars=False) for host in everyone}
    first: Mapping[str, Any] = next(iter(variables.values()), {})
    deployed = first.get("corbel_services")
    services = [name for name in services if not isinstance(deployed, list) or name in deployed]
    return World(
        cloud=_text(first.get("corbel_cloud")) or run_journal.cloud_name(sources),
        sources=sources,
        files=plan_digests.inventory(sources),
        variables=plan_digests.variables(manager.extra_vars),
        code=plan_digests.code(project),
        groups=groups,
        hosts={
            host: {
                "groups": [group for group in OPERATOR_GROUPS if host in groups.get(group, ())],
                "addresses": _texts(own.get("corbel_addresses")),
                "services": [service for service in services if host in groups.get(service, ())],
            }
            for host, own in variables.items()
        },
        networks={key: _text(one.get("cidr")) for key, one in _mappings(first.get("corbel_networks")).items()},
        addresses={
            kind: address for kind in ("internal", "public") if (address := _text(first.get(f"corbel_{kind}_vip")))
        },
    )


def asked(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the command line that choose what a run does; what was not given is left out."""
    tags = [str(tag) for tag in arguments.get("tags") or () if tag != "all"]
    skipped = [str(tag) for tag in arguments.get("skip_tags") or ()]
    chosen = {"limit": str(arguments.get("subset") or ""), "tags": sorted(tags), "skip_tags": sorted(skipped)}
    return {key: value for key, value in chosen.items() if value}


def _text(value: Any) -> str:
    """A value as it is written; what has to be evaluated first is none yet."""
    text = "" if value is None else str(value)
    return "" if "{{" in text else text


def _texts(value: Any) -> dict[str, str]:
    return {str(key): _text(one) for key, one in value.items()} if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> dict[str, Mapping[str, Any]]:
    items = value.items() if isinstance(value, Mapping) else ()
    return {str(key): one for key, one in items if isinstance(one, Mapping)}
