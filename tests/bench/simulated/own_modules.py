"""What the modules of Corbel answer on a simulated host: it differs at first, and has afterwards what it was given."""

from __future__ import annotations

import time
from typing import Any

from ansible.module_utils.corbel import bundle_payload

from tests.bench.simulated.state import Host, digest

Arguments = dict[str, Any]
Answer = dict[str, Any]


def host_check(host: Host, arguments: Arguments, _: bool) -> Answer:
    """A host in order, with all that hosts are compared by and paths are planned from."""
    addresses = arguments.get("addresses") or {}
    facts: dict[str, Any] = {
        "machine_id": digest(host.address),
        "hostname": host.name,
        "kernel": "6.12.57+deb13-amd64",
        "memory_mb": 65536,
        "time": time.time(),
        "new": False,
        "product_uuid": digest(["product", host.address]),
        "timezone": "Etc/UTC",
        "compute_id": digest(["compute", host.address]),
        "vips": [],
        "load_balancer": bool(arguments.get("load_balancer")),
        "macs": [],
        "addresses": addresses,
        "links": {network: {"name": f"eth{number}", "mtu": 1500} for number, network in enumerate(addresses)},
        "network_mtus": {},
        "gateway": [],
        "authorities": {},
        "keys": {},
    }
    return {"changed": False, "findings": [], "facts": facts}


def host_paths(host: Host, arguments: Arguments, _: bool) -> Answer:
    """Reach everything."""
    plan = arguments.get("plan") or {}
    if arguments["step"] == "listen":
        return {"changed": False, "listening": plan.get("listen", [])}
    if arguments["step"] == "stop":
        return {"changed": False, "lasted": True}
    tried = {
        "connect": ["open"] * len(plan.get("connect", [])),
        "echo": ["answered"] * len(plan.get("echo", [])),
        "write": [1.0] * len(plan.get("write", [])),
    }
    return {"changed": False, **tried, "sources": [], "duplicates": [], "claimed": [], "gateway": None}


def run_lock(host: Host, arguments: Arguments, check: bool) -> Answer:
    """Give the lock to whoever asks: nobody else uses these hosts."""
    released = arguments.get("state") == "released"
    if not check:
        host.put("lock", "" if released else arguments["holder"])
    return {"changed": False, "granted": not released, "taken_over": False, "reason": "nobody has it", "holder": ""}


def service_bundle(host: Host, arguments: Arguments, check: bool) -> Answer:
    """Compare each file, each unit and the rest with what the bundle of this name had before."""
    bundle = bundle_payload.unpack(arguments["payload"])
    files = {item["path"]: digest(item) for item in bundle.get("files") or ()}
    units = {item["name"]: digest([item, reasons(bundle, item["name"])]) for item in bundle.get("units") or ()}
    rest = {key: bundle.get(key) for key in ("packages", "groups", "users", "directories", "watch", "state")}
    key = f"bundle {bundle['name']}"
    before = host.get(key) or {"files": {}, "units": {}}
    changed = host.differs(key, {"files": files, "units": units, "rest": digest(rest)}, check)
    stale = [name for name, value in units.items() if before["units"].get(name) != value]
    acts = [unit_step(name, name in before["units"]) for name in stale]
    changed_files = [path for path, value in files.items() if before["files"].get(path) != value]
    report = bundle.get("units_action") == "report"
    pending = {**host.get("pending", {}), **({step["name"]: step for step in acts} if report else {})}
    if not check:
        host.put("pending", pending)
    return {
        "changed": changed,
        "changed_files": changed_files,
        "removed_files": sorted(set(before["files"]) - set(files)),
        "pending_units": [step for name, step in pending.items() if name in units],
        "acted_units": [] if report else acts,
        "steps": [f"write {path}" for path in changed_files],
    }


def reasons(bundle: Arguments, unit: str) -> list[Any]:
    """Give what a unit restarts for: its files, and the release."""
    files = [item for item in bundle.get("files") or () if item.get("units") is None or unit in item["units"]]
    return [files, bundle.get("release")]


def unit_step(name: str, known: bool) -> Answer:
    return {"name": name, "action": "restart" if known else "start", "reason": "simulated: what it runs changed"}


def service_units(host: Host, arguments: Arguments, check: bool) -> Answer:
    """Start and restart what is pending."""
    names = arguments.get("names") or [item["name"] for item in arguments.get("pending") or ()]
    pending = dict(host.get("pending", {}))
    acted = [step for name in names if (step := pending.pop(name, None))]
    if not check:
        host.put("pending", pending)
    return {"changed": bool(acted), "acted_units": acted}


def release(host: Host, arguments: Arguments, check: bool) -> Answer:
    """Lay environments down without asking for archives."""
    wanted = {name: arguments.get(name) for name in ("release_id", "environments", "state")}
    return {"changed": host.differs("release", wanted, check), "wanting": [], "missing": []}


def hypervisor_info(host: Host, arguments: Arguments, _: bool) -> Answer:
    """A hypervisor with KVM and a key of its own."""
    return {
        "changed": False,
        "virt_type": "kvm",
        "reason": "",
        "ssh_host_keys": [f"ssh-ed25519 {digest(host.address)}"],
    }


def galera_node_info(host: Host, arguments: Arguments, _: bool) -> Answer:
    """A database that never ran."""
    nothing = {"running": False, "replicates": False, "primary": False, "cluster": "", "position": -1}
    return {"changed": False, **nothing, "safe": False, "data": False}


def swift_ring(host: Host, arguments: Arguments, check: bool) -> Answer:
    """Rings that need no Swift."""
    rings = arguments["rings"]
    digests = {ring["name"]: digest(ring) for ring in rings}
    addresses: dict[str, set[str]] = {}
    for ring in rings:
        for device in ring["devices"]:
            addresses.setdefault(device["ip"], set()).add(device["device"])
    devices = {address: sorted(names) for address, names in sorted(addresses.items())}
    changed = host.differs("swift_ring", digests, check)
    return {"changed": changed, "digests": digests, "report": [], "waiting": [], "devices": devices}


def swift_ring_files(host: Host, arguments: Arguments, check: bool) -> Answer:
    """Take rings into use."""
    wanted = {ring["name"]: ring["digest"] for ring in arguments["rings"]}
    has = host.get("ring files", {})
    differing = sorted(name for name, value in wanted.items() if has.get(name) != value)
    if arguments["state"] == "active" and not check:
        host.put("ring files", wanted)
    changes = bool(differing) and arguments["state"] != "compared"
    return {"changed": changes, "differing": [f"{name}" for name in differing]}


def swift_devices(host: Host, arguments: Arguments, _: bool) -> Answer:
    """Devices that are mounted and the servers'."""
    names = list(arguments.get("devices") or ())
    return {"changed": False, "held": names, "mounted": names, "given": []}


def storage_disks(host: Host, arguments: Arguments, _: bool) -> Answer:
    """Disks that carry what belongs there."""
    disks = [{"device": f"/dev/vd{chr(98 + number)}", "state": "ours"} for number, _ in enumerate(arguments["disks"])]
    return {"changed": False, "disks": disks}


def volume_group(host: Host, arguments: Arguments, check: bool) -> Answer:
    """A volume group of its disks."""
    paths = [f"/dev/disk/by-id/simulated-{digest(disk)}" for disk in arguments["disks"]]
    changed = host.differs(f"volume_group {arguments['name']}", digest(arguments["disks"]), check)
    return {"changed": changed, "stable_paths": paths, "devices": paths}


def remembered(module: str) -> Any:
    """Answer for modules that bring something named to what their options say, and return nothing that tasks use."""

    def answer(host: Host, arguments: Arguments, check: bool) -> Answer:
        wanted = digest({key: value for key, value in arguments.items() if not key.startswith("_ansible")})
        changed = host.differs(f"{module} {arguments.get('name') or wanted}", wanted, check)
        return {"changed": changed, "changes": [f"simulated: {module}"] if changed else []}

    return answer
