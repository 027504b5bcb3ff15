"""A compute host joins by a saved plan: it gets everything, and the others change only in what names all hosts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.campaigns.guest import until
from tests.integration.conftest import changed, lab, play

JOINED = "compute9"
HOST = {"kind": "uml", "memory": "2.5G", "groups": ["compute"]}
NUMBER = 49
# What names all hosts, or all hypervisors, and the step that puts a new one into its cell.
OF_ALL_HOSTS = {
    ("file", "/etc/hosts"),
    ("file", "/var/lib/nova/.ssh/authorized_keys"),
    ("file", "/var/lib/nova/.ssh/known_hosts"),
    ("other", "Discover | Put new hypervisors into the cell"),
}


def grow(folder: Path, topology: Path) -> None:
    """Start one more host of the lab in this folder."""
    known = json.loads((folder / "lab.json").read_text())["topology"]
    hosts = {host.pop("name"): host for host in known["hosts"]}
    for host in hosts.values():
        host["memory"], host["disk"] = f"{host['memory']}M", f"{host['disk']}M"
        host["disks"] = [f"{disk}M" for disk in host["disks"]]
    networks = {network.pop("name"): network for network in known["networks"]}
    hosts[JOINED] = {**HOST, "number": NUMBER}
    topology.write_text(yaml.safe_dump({**known, "networks": networks, "hosts": hosts}, sort_keys=False))
    lab("up", "--name", folder.name, "--topology", str(topology))


def started(name: str, hosts: list[str]) -> dict[str, str]:
    """Since when each unit of the lab's hosts runs."""
    names = "systemctl show --property=Id,InvocationID --value --type=service --state=running '*'"
    told: dict[str, str] = {}
    for host in hosts:
        lines = lab("ssh", "--name", name, host, names).split()
        told |= {f"{host} {unit}": run for run, unit in zip(lines[::2], lines[1::2], strict=True)}
    return told


def compute_services(api: Any) -> list[Any]:
    return [one for one in api.compute.services() if one.binary == "nova-compute"]


def hosts_of(inventory_path: str) -> list[str]:
    return list(yaml.safe_load((Path(inventory_path) / "hosts.yml").read_text())["all"]["hosts"])


@pytest.fixture
def others(inventory_path: str, tmp_path: Path) -> list[str]:
    """The hosts that were there before the new one, which has started."""
    known = hosts_of(inventory_path)
    if JOINED in known:
        pytest.skip(f"{JOINED} has joined in an earlier run; make clean-cloud lets it join once more")
    grow(Path(inventory_path).parent, tmp_path / "grown.yml")
    return known


def test_a_compute_host_joins(others: list[str], inventory_path: str, tmp_path: Path, api: Any) -> None:
    name, report = Path(inventory_path).parent.name, tmp_path / "report.json"
    before = started(name, others)

    play(inventory_path, report, "playbooks/plan.yml", CORBEL_PLAN=str(tmp_path))
    planned = json.loads((tmp_path / "plan.json").read_text())["items"]
    beside = {(one["kind"], one["name"]) for one in planned if one["host"] in others}
    assert beside <= OF_ALL_HOSTS
    assert {one["host"] for one in planned} >= {JOINED}

    play(inventory_path, report, "playbooks/apply.yml", "-e", f"plan={tmp_path / 'plan.json'}")
    after = started(name, others)
    assert [unit for unit, run in before.items() if after.get(unit, run) != run] == []

    until("the hypervisor is up", lambda: JOINED in [one.host for one in compute_services(api) if one.state == "up"])
    server = api.compute.create_server(
        name="corbel-campaign-joined",
        image_id=api.image.find_image("guest").id,
        flavor_id=api.compute.find_flavor("lab.nano").id,
        networks=[{"uuid": api.network.find_network("private").id}],
        availability_zone=f"nova:{JOINED}",
    )
    try:
        until("a server runs there", lambda: api.compute.get_server(server.id).status == "ACTIVE")
    finally:
        api.compute.delete_server(server.id)
        until("the server is gone", lambda: api.compute.find_server(server.id) is None)

    assert changed(play(inventory_path, report, "playbooks/site.yml")) == []
    play(inventory_path, report, "playbooks/drift.yml")
