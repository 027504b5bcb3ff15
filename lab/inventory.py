"""The inventory of a lab: written by `up`, read by ansible-playbook."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from lab.errors import LabError
from lab.paths import LabPaths
from lab.plan import Plan

HEADER = "---\n# Written by the lab; `python3 -m lab up` writes it anew.\n"
SECRETS = "secrets.yml"
PROFILES = "inventory/profiles"
GROUPS = ("controller", "network", "compute", "storage")


def ssh_options(lab: LabPaths) -> list[str]:
    """Options that pin host keys and use only the lab's key."""
    return [
        "-o",
        f"UserKnownHostsFile={lab.known_hosts}",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "IdentitiesOnly=yes",
    ]


def hosts(lab: LabPaths, plan: Plan) -> dict[str, Any]:
    """The content of hosts.yml."""
    groups: dict[str, Any] = {group: {"hosts": {}} for group in GROUPS}
    every: dict[str, Any] = {}
    for host in plan.topology.hosts:
        variables: dict[str, Any] = {
            "ansible_host": plan.address(host),
            "corbel_addresses": plan.addresses(host),
        }
        if host.disks:
            # Loop devices have no serial number; the container finds them by the name of a link.
            kind = "by_id" if host.kind == "container" else "serial"
            variables["lab_disks"] = [{kind: name} for name in plan.serials(host)]
        every[host.name] = variables
        for group in host.groups:
            groups.setdefault(group, {"hosts": {}})["hosts"][host.name] = {}
    return {
        "all": {
            "vars": {
                "ansible_user": "root",
                "ansible_ssh_private_key_file": str(lab.key),
                "ansible_ssh_common_args": " ".join(ssh_options(lab)),
            },
            "hosts": every,
            "children": groups,
        }
    }


def networks(plan: Plan) -> dict[str, Any]:
    """Variables that follow from the lab's addresses."""
    found: dict[str, Any] = {
        "corbel_networks": {
            network.name: {"cidr": str(plan.cidrs[network.name]), "mtu": network.mtu}
            for network in plan.topology.networks
            if network.addresses
        }
    }
    # No host of the lab reaches a source of time; the clocks are the machine's.
    found["corbel_waived_checks"] = ["HOST-032"]
    management = plan.cidrs[plan.topology.networks[0].name]
    for name, number in plan.topology.vips.items():
        found[f"corbel_{name}_vip"] = str(management[number])
    return found


def dump(data: Any) -> str:
    """YAML as a person would write it."""
    return HEADER + yaml.safe_dump(data, sort_keys=False, width=200)


def copy(source: Path, target: Path) -> None:
    """Copy an inventory folder over another. Secrets made for this lab stay; so does what the source does not have."""
    if not source.is_dir():
        raise LabError(
            f"the topology says inventory_from: {source}, which is no folder; expected an inventory to copy."
        )
    for path in sorted(source.rglob("*")):
        if path.is_dir() or path.name in (SECRETS, "hosts.yml"):
            continue
        copied = target / path.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)


def copy_profile(checkout: Path, name: str | None, target: Path) -> None:
    """Lay down the services that a topology chooses; without a choice the product's own default holds."""
    if name is None:
        target.unlink(missing_ok=True)
        return
    profiles = checkout / PROFILES
    source = profiles / f"{name}.yml"
    if not source.is_file():
        known = ", ".join(sorted(path.stem for path in profiles.glob("*.yml"))) or "none"
        raise LabError(f"the topology says profile: {name}; expected a file of {PROFILES} (there are: {known}).")
    shutil.copyfile(source, target)


def write(lab: LabPaths, plan: Plan, checkout: Path) -> None:
    """Write the whole inventory."""
    lab.inventory.mkdir(parents=True, exist_ok=True)
    if plan.topology.inventory_from:
        copy(checkout / plan.topology.inventory_from, lab.inventory)
    variables = lab.inventory / "group_vars" / "all" / "lab.yml"
    variables.parent.mkdir(parents=True, exist_ok=True)
    variables.write_text(dump(networks(plan)))
    copy_profile(checkout, plan.topology.profile, variables.with_name("profile.yml"))
    (lab.inventory / "hosts.yml").write_text(dump(hosts(lab, plan)))
