"""Making, finding and removing labs."""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import cgroup, host, identity, inventory, launch, machine, network, paths, roots
from lab.errors import LabError
from lab.identity import PROXY_PORT, key_pair
from lab.paths import CHECKOUT, LabPaths
from lab.plan import Plan, choose_range, make
from lab.topology import Host, Network, Topology, load

PROXY = "_proxy"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
# What programs of a lab take for the end of a path, or for more than one argument.
PLAIN = re.compile(r"[A-Za-z0-9/._+@=-]+")


def registered() -> dict[str, dict[str, Any]]:
    """All labs of this machine, of any checkout."""
    found = {}
    if paths.REGISTRY.is_dir():
        for path in sorted(paths.REGISTRY.glob("*.json")):
            with contextlib.suppress(ValueError):
                found[path.stem] = json.loads(path.read_text())
    return found


def names() -> list[str]:
    """Labs of this checkout, half-made ones too."""
    own = {name for name, entry in registered().items() if entry.get("labs") == str(paths.LABS)}
    if paths.LABS.is_dir():
        own |= {path.parent.name for path in paths.LABS.glob("*/lab.json")}
    return sorted(own)


def paths_of(name: str) -> LabPaths:
    """Files and names of a lab."""
    if not NAME.fullmatch(name):
        raise LabError(f"the lab is named {name!r}; expected lower-case letters, digits, - and _, at most 60.")
    return LabPaths(name)


def opened(name: str) -> tuple[LabPaths, Plan]:
    """An existing lab."""
    lab = paths_of(name)
    if not lab.state.exists():
        known = ", ".join(names()) or "none"
        raise LabError(f"there is no lab {name!r} (there are: {known}); make it: python3 -m lab up --name {name}")
    saved = json.loads(lab.state.read_text())
    return lab, restore(name, saved)


def restore(name: str, saved: dict[str, Any]) -> Plan:
    """A plan from the file that `up` wrote."""
    data = saved["topology"]
    topology = Topology(
        data["range"],
        data["inventory_from"],
        data.get("profile"),
        data["vips"],
        tuple(Network(**entry) for entry in data["networks"]),
        tuple(
            Host(**{**entry, **{key: tuple(entry[key]) for key in ("disks", "networks", "groups")}})
            for entry in data["hosts"]
        ),
    )
    return make(name, topology, ipaddress.IPv4Network(saved["range"]))


def save(lab: LabPaths, plan: Plan) -> None:
    """Remember what the lab is."""
    data = {"range": str(plan.range), "topology": dataclasses.asdict(plan.topology)}
    write_atomically(lab.state, json.dumps(data, indent=1) + "\n")


def write_atomically(path: Path, text: str) -> None:
    """Write a file that is never seen half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_text(text)
    unfinished.rename(path)


def compatible(old: Plan, new: Topology) -> None:
    """Hosts may be added to a lab; what exists must stay as it is."""
    for existing in old.topology.hosts:
        if existing not in new.hosts:
            raise LabError(
                f"lab {old.name} exists and the topology has no host {existing.name} like the one it has; "
                f"expected all hosts of the lab, unchanged: give that topology, or remove the lab first "
                f"(python3 -m lab down --name {old.name})."
            )
    if old.topology.networks != new.networks or new.range not in (None, str(old.range)):
        raise LabError(
            f"lab {old.name} exists with other networks; remove it first: python3 -m lab down --name {old.name}"
        )


def limited(topology: Topology, hosts: Sequence[str]) -> Topology:
    """Only some hosts of a topology."""
    if not hosts:
        return topology
    known = [entry.name for entry in topology.hosts]
    for name in hosts:
        if name not in known:
            raise LabError(f"--hosts names {name!r}, which the topology has not; expected some of {', '.join(known)}.")
    return dataclasses.replace(topology, hosts=tuple(entry for entry in topology.hosts if entry.name in hosts))


def plan_for(lab: LabPaths, topology: Topology) -> Plan:
    """The plan of a lab: the one it has, with new hosts, or a new one in a free range."""
    labs = registered()
    entry = labs.get(lab.name)
    if entry and entry.get("labs") != str(lab.labs):
        raise LabError(
            f"a lab {lab.name} of {entry.get('labs')} is on this machine; expected a free name: "
            "give --name, or remove that lab."
        )
    if lab.state.exists():
        old = restore(lab.name, json.loads(lab.state.read_text()))
        compatible(old, topology)
        return make(lab.name, topology, old.range)
    taken = network.used_ranges(ignore={paths_of(name).uplink for name in labs})
    taken += [ipaddress.IPv4Network(other["range"]) for name, other in labs.items() if name != lab.name]
    return make(lab.name, topology, choose_range(topology.range, taken))


def register(lab: LabPaths, plan: Plan) -> None:
    """Tell the machine of a lab before anything of it exists."""
    if lab.registry.exists():
        return
    others = [entry for name, entry in registered().items() if name != lab.name]
    before = others[0] if others else network.machine_state()
    # What the first lab found is what the last one leaves.
    entry = {**before, "labs": str(lab.labs), "range": str(plan.range)}
    write_atomically(lab.registry, json.dumps(entry) + "\n")


def _answers(gateway: str) -> bool:
    try:
        with socket.create_connection((gateway, PROXY_PORT), timeout=10):
            return True
    except OSError:
        return False


def start_proxy(lab: LabPaths, plan: Plan) -> None:
    """Start the package proxy of a lab unless it runs and answers: its network may have been lost and made anew."""
    group = cgroup.group(lab.name, PROXY)
    if cgroup.running(group):
        if all(_answers(gateway) for gateway in plan.gateways):
            return
        cgroup.kill(group)
    group.mkdir(parents=True, exist_ok=True)
    log = lab.log("proxy")
    log.parent.mkdir(parents=True, exist_ok=True)
    argv = [
        sys.executable,
        "-m",
        "lab.proxy",
        str(paths.cache() / "apt"),
        lab.namespace,
        str(PROXY_PORT),
        *plan.gateways,
    ]
    script = 'set -e; echo $$ >"$1"; shift; exec "$@"'
    with log.open("ab") as output:
        subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", str(group / "cgroup.procs"), *argv],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def up(name: str, wanted: str, hosts: Sequence[str] = ()) -> None:
    """Make a lab, or what is missing of it."""
    lab = paths_of(name)
    topology = limited(load(wanted), hosts)
    machine.refuse(machine.read(paths.LABS), [], any(entry.kind == "uml" for entry in topology.hosts), cache_ready=True)
    for folder in (paths.LABS, paths.cache()):
        if not PLAIN.fullmatch(str(folder)):
            raise LabError(f"a path is {str(folder)!r}; expected letters, digits and /._+@=- only: move it.")
    with paths.lock(f"lab-{name}"):
        with paths.lock("labs"):
            plan = plan_for(lab, topology)
            register(lab, plan)
        off = [entry for entry in plan.topology.hosts if not cgroup.running(cgroup.group(name, entry.name))]
        ready = (paths.cache() / "roots").is_dir()
        machine.refuse(machine.read(paths.LABS), [entry.memory for entry in off], uml=False, cache_ready=ready)
        save(lab, plan)
        lab.root.chmod(0o700)
        key_pair(lab.key, f"lab {name}")
        roots.root()
        network.create(lab, plan)
        start_proxy(lab, plan)
        for entry in plan.topology.hosts:
            launch.write(lab, plan, entry)
        write_atomically(lab.known_hosts, identity.known_hosts(lab, plan))
        inventory.write(lab, plan, CHECKOUT)
        for entry in plan.topology.hosts:
            host.start(lab, plan, entry)
        for entry in plan.topology.hosts:
            host.wait(lab, plan, entry)
    print(f"inventory: {lab.inventory}")


def down(name: str) -> None:
    """Remove every trace of a lab, however far its making came."""
    lab = paths_of(name)
    entry = registered().get(name)
    if entry and entry.get("labs") != str(lab.labs):
        raise LabError(
            f"lab {name} belongs to {entry.get('labs')}; expected one of this checkout: remove it from there."
        )
    if os.geteuid() != 0:
        raise LabError(f"the lab is removed as user {os.geteuid()}; expected root: use sudo.")
    with paths.lock(f"lab-{name}"):
        cgroup.remove(cgroup.group(name))
        cgroup.forget_parent()
        network.destroy(lab)
        if lab.root.exists():
            shutil.rmtree(lab.root)
        if entry:
            others = [other for other in registered() if other != name]
            if not others:
                network.restore_machine(entry)
            lab.registry.unlink()
            with contextlib.suppress(OSError):
                paths.REGISTRY.rmdir()
    with contextlib.suppress(OSError):
        paths.LABS.rmdir()


def down_all() -> None:
    """Remove all labs of this checkout and everything kept beside them."""
    for name in names():
        down(name)
        print(f"removed lab {name}")
    if paths.LABS.exists():
        shutil.rmtree(paths.LABS)
