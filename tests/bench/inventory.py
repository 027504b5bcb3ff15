"""Makes up a site of any number of hosts: inventory, addresses, disks and a release that nobody has to build."""

from __future__ import annotations

import ipaddress
import json
import shutil
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.corbel import release

ROOT = Path(__file__).resolve().parents[2]
PROFILE = ROOT / "inventory/profiles/standard.yml"
GROUPS = ROOT / "inventory/ha/groups.yml"
SERIES = "2026.1"
# Addresses for benchmarks (RFC 2544): no host of anybody has them.
NETWORKS = {"management": "198.18.0.0/19", "tunnel": "198.18.32.0/19", "storage": "198.18.64.0/19"}
MOST_HOSTS = 8000
# The first addresses are those that move between the load balancers.
FIRST_HOST = 16
SMALLEST_SITE = 10
CONTROLLERS, NETWORK_HOSTS, FEWEST_STORAGE_HOSTS, HOSTS_FOR_A_STORAGE_HOST = 3, 2, 3, 25

GENERAL = {
    "corbel_cloud": "bench",
    "corbel_domain": "bench.example.com",
    "corbel_networks": {name: {"cidr": cidr} for name, cidr in NETWORKS.items()},
    "corbel_internal_vip": "198.18.0.2",
    "corbel_public_vip": "198.18.0.3",
    "corbel_provider_networks": [{"name": "physnet1", "type": "flat", "bridge": "br-ex", "interface": "eth1"}],
}
VOLUMES = {
    "cinder_volume_backends": [
        {"name": "lvm", "driver": "lvm", "volume_group": "volumes", "disks": [{"serial": "volumes1"}]}
    ]
}
OBJECTS = {"swift_storage_devices": [{"name": f"d{number}", "serial": f"objects{number}"} for number in (1, 2, 3)]}


def shape(count: int) -> dict[str, list[str]]:
    """Name the hosts of each group: the proportions of a real site, or below ten hosts one that has all but servers."""
    if not 2 <= count <= MOST_HOSTS:
        raise ValueError(f"found {count} hosts, expected 2 to {MOST_HOSTS}; give --hosts another number")
    if count < SMALLEST_SITE:
        first = ["controller1"]
        return {"controller": first, "network": first, "storage": first, "compute": numbered("compute", count - 1)}
    storage = max(FEWEST_STORAGE_HOSTS, count // HOSTS_FOR_A_STORAGE_HOST)
    return {
        "controller": numbered("controller", CONTROLLERS),
        "network": numbered("network", NETWORK_HOSTS),
        "storage": numbered("storage", storage),
        "compute": numbered("compute", count - CONTROLLERS - NETWORK_HOSTS - storage),
    }


def numbered(name: str, count: int) -> list[str]:
    return [f"{name}{number}" for number in range(1, count + 1)]


def addresses(number: int) -> dict[str, str]:
    """Give the addresses of a host."""
    return {name: str(ipaddress.ip_network(cidr)[FIRST_HOST + number]) for name, cidr in NETWORKS.items()}


def hosts(groups: dict[str, list[str]]) -> dict[str, Any]:
    """Give the content of hosts.yml."""
    every: dict[str, Any] = {}
    for name in dict.fromkeys(name for names in groups.values() for name in names):
        found = addresses(len(every))
        every[name] = {"ansible_host": found["management"], "corbel_addresses": found}
    children: dict[str, Any] = {group: {"hosts": {name: {} for name in names}} for group, names in groups.items()}
    return {"all": {"vars": {"ansible_connection": "simulated"}, "hosts": every, "children": children}}


def write(folder: Path, count: int) -> dict[str, str]:
    """Write the inventory of so many hosts; give their names by address."""
    groups = shape(count)
    made = hosts(groups)
    general = {**GENERAL, "client_access_directory": str(folder.parent / "access")}
    dump(folder / "hosts.yml", made)
    dump(folder / "group_vars/all/corbel.yml", general)
    dump(folder / "group_vars/cinder_volume.yml", VOLUMES)
    dump(folder / "group_vars/swift_storage.yml", OBJECTS)
    shutil.copyfile(GROUPS, folder / "groups.yml")
    shutil.copyfile(PROFILE, folder / "group_vars/all/profile.yml")
    return {row["ansible_host"]: name for name, row in made["all"]["hosts"].items()}


def dump(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\n" + yaml.safe_dump(data, sort_keys=False, width=200), encoding="utf-8")


def write_release(cache: Path) -> None:
    """Pretend that the release is built: simulated hosts ask for no archive."""
    contents = release.definition_contents(ROOT / "releases" / SERIES)
    identifier = release.release_id(SERIES, contents)
    definition = yaml.safe_load(contents["release.yml"])
    environments = {
        name: {"archive": release.archive_name(identifier, name), "sha256": "0" * 64, "size": 1, "unpacked_size": 1}
        for name in definition["environments"]
    }
    manifest = {"format": release.MANIFEST_FORMAT, "release_id": identifier, "environments": environments}
    folder = cache / "releases" / identifier
    folder.mkdir(parents=True, exist_ok=True)
    (folder / release.MANIFEST_NAME).write_text(json.dumps(manifest), encoding="utf-8")
