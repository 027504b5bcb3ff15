"""A compute host joins by a saved plan: it gets everything, and the others change only in what names all hosts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.campaigns.guest import until
from tests.integration.conftest import ROOT, tool

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


@dataclass(frozen=True)
class Lab:
    """The lab that the inventory belongs to."""

    inventory: Path

    @property
    def name(self) -> str:
        return self.inventory.parent.name

    def grow(self, topology: Path) -> None:
        """Start one more host."""
        known = json.loads((self.inventory.parent / "lab.json").read_text())["topology"]
        hosts = {host.pop("name"): host for host in known["hosts"]}
        for host in hosts.values():
            host["memory"], host["disk"] = f"{host['memory']}M", f"{host['disk']}M"
            host["disks"] = [f"{disk}M" for disk in host["disks"]]
        networks = {network.pop("name"): network for network in known["networks"]}
        hosts[JOINED] = {**HOST, "number": NUMBER}
        topology.write_text(yaml.safe_dump({**known, "networks": networks, "hosts": hosts}, sort_keys=False))
        command = [sys.executable, "-m", "lab", "up", "--name", self.name, "--topology", str(topology)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def play(self, name: str, folder: Path, *arguments: str) -> str:
        """Run a playbook; give what it printed."""
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "CORBEL_PLAN": str(folder)}
        command = [tool("ansible-playbook"), "-i", str(self.inventory), f"playbooks/{name}.yml", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        (folder / f"{name}.log").write_text(done.stdout + done.stderr)
        assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-60:])
        return done.stdout


def started(lab: Lab, hosts: list[str]) -> dict[str, str]:
    """Since when each unit of the hosts runs."""
    names = "systemctl show --property=Id,InvocationID --value --type=service --state=running '*'"
    told: dict[str, str] = {}
    for host in hosts:
        command = [sys.executable, "-m", "lab", "ssh", "--name", lab.name, host, names]
        lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
        told |= {f"{host} {unit}": run for run, unit in zip(lines[::2], lines[1::2], strict=True)}
    return told


def compute_services(api: Any) -> list[Any]:
    return [one for one in api.compute.services() if one.binary == "nova-compute"]


@pytest.fixture(scope="module")
def grown(inventory_path: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Path]:
    lab, folder = Lab(Path(inventory_path)), tmp_path_factory.mktemp("scale-out")
    if JOINED in yaml.safe_load((lab.inventory / "hosts.yml").read_text())["all"]["hosts"]:
        pytest.skip(f"{JOINED} has joined in an earlier run; make clean-cloud lets it join once more")
    lab.grow(folder / "grown.yml")
    return lab, folder


def test_a_compute_host_joins(grown: tuple[Lab, Path], inventory_path: str, api: Any) -> None:
    lab, folder = grown
    hosts = yaml.safe_load((Path(inventory_path) / "hosts.yml").read_text())["all"]["hosts"]
    others = [name for name in hosts if name != JOINED]
    before = started(lab, others)

    lab.play("plan", folder)
    planned = json.loads((folder / "plan.json").read_text())["items"]
    beside = {(one["kind"], one["name"]) for one in planned if one["host"] in others}
    assert beside <= OF_ALL_HOSTS
    assert {one["host"] for one in planned} >= {JOINED}

    lab.play("apply", folder, "-e", f"plan={folder / 'plan.json'}")
    after = started(lab, others)
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

    recap = lab.play("site", folder).rpartition("PLAY RECAP")[2]
    assert "changed=0" in recap
    assert [line for line in recap.splitlines() if "changed=" in line and "changed=0" not in line] == []
    lab.play("drift", folder)
