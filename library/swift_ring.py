#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module swift_ring."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: swift_ring
short_description: Bring rings of Swift one safe step nearer to what is declared
description:
  - Compares the declared devices and settings of each ring with its builder file and computes the next step. Check
    mode does the same, the rebalance included, and writes nothing; a run that follows moves the same partitions.
  - One step moves at most one replica of a partition. What cannot move yet, because C(min_part_hours) have not passed
    or replication has not caught up since the last change, is in RV(waiting) and is no failure. Run again later.
  - A device that is not declared any more is drained. Its weight goes to 0, and it is removed when it holds no
    partition and all servers have replicated. A device named in O(rings[].lost) is removed at once, and its replicas
    are placed elsewhere.
  - A changed part power, a changed hash prefix or suffix, and a changed number of fragments of an erasure code are
    refused. So is a step after which partitions keep too few replicas to be read, unless O(accept_loss).
  - All rings are computed before the first is written. A run that finds nothing to do writes nothing.
  - Partitions are placed by Swift itself (C(swift.common.ring)), from the release environment O(environment).
version_added: "0.1.0"
options:
  directory:
    description: Folder of the builder files and rings on this host; made when missing, for root only.
    type: path
    default: /var/lib/corbel/swift-rings
  environment:
    description: Release environment that has Swift, made with the Python that runs the module.
    type: path
  hash_prefix:
    description: The C(swift_hash_path_prefix) of the cloud. Not stored, only a fingerprint of it.
    type: str
    required: true
  hash_suffix:
    description: The C(swift_hash_path_suffix) of the cloud. Not stored, only a fingerprint of it.
    type: str
    required: true
  accept_loss:
    description: Go on although objects are lost with the devices in O(rings[].lost).
    type: bool
    default: false
  check_replication:
    description: Ask the servers' recon whether replication has caught up before data moves.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for the answer of one server.
    type: float
    default: 5
  backups:
    description: How many older builder files of each ring are kept.
    type: int
    default: 10
  rings:
    description: The rings.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: V(account), V(container), V(object), or V(object-1) and on for other policies.
        type: str
        required: true
      part_power: {description: Binary logarithm of the number of partitions., type: int, required: true}
      replicas: {description: Replicas of a partition., type: float, default: 3}
      min_part_hours: {description: Hours during which a partition that moved stays., type: int, default: 1}
      overload:
        description: Share by which a device may take more than its weight asks for, so that replicas are kept apart.
        type: float
        default: 0.1
      weight_step:
        description: Largest change of a device's weight in one step, in the unit of the weights; 0 goes there at once.
        type: float
        default: 0
      fixed_replicas:
        description: The replicas are fragments of an erasure code, whose number cannot change.
        type: bool
        default: false
      needed_replicas:
        description: Replicas that are needed to read an object; the number of data fragments of an erasure code.
        type: int
        default: 1
      lost:
        description: Devices whose data is gone, as C(address/device), or C(address/*) for all of a host.
        type: list
        elements: str
        default: []
      devices:
        description: The devices. One is known by its address and its name; the rest may change.
        type: list
        elements: dict
        required: true
        suboptions:
          region: {description: Region., type: int, required: true}
          zone: {description: Zone., type: int, required: true}
          ip: {description: Address of the server., type: str, required: true}
          port: {description: Port of the server., type: int, required: true}
          replication_ip: {description: Address for replication; the other where not given., type: str}
          replication_port: {description: Port for replication; the other where not given., type: int}
          device: {description: Name of the device below the mount root., type: str, required: true}
          weight: {description: Share of the partitions., type: float, required: true}
          meta: {description: A remark., type: str, default: ""}
attributes:
  check_mode:
    support: full
    description:
      - Reports partitions moved, balance, dispersion and replicas at risk.
      - Where the release is not laid down yet and no ring exists, RV(rings[].figures) is missing.
  diff_mode:
    support: full
    description: Lists the steps of each ring.
requirements:
  - Swift, in O(environment) or in the interpreter that runs the module
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Have the account ring
  swift_ring:
    environment: /opt/corbel/releases/2026.1-0123456789ab/control
    hash_prefix: "{{ corbel_secrets.swift_hash_prefix }}"
    hash_suffix: "{{ corbel_secrets.swift_hash_suffix }}"
    rings:
      - name: account
        part_power: 14
        devices:
          - {region: 1, zone: 1, ip: 192.0.2.11, port: 6202, device: d1, weight: 100}
          - {region: 1, zone: 2, ip: 192.0.2.12, port: 6202, device: d1, weight: 100}
          - {region: 1, zone: 3, ip: 192.0.2.13, port: 6202, device: d1, weight: 100}
"""

RETURN = r"""
rings:
  description: What happened, or in check mode would happen, to each ring.
  type: list
  elements: dict
  returned: success
  contains:
    name: {description: Name of the ring., type: str}
    changed: {description: Whether its files changed., type: bool}
    steps: {description: "The changes, in words.", type: list, elements: str}
    waiting: {description: What cannot happen yet and why., type: list, elements: str}
    remaining: {description: Changes left for later runs., type: int}
    digest: {description: SHA-256 of the ring file on this host; in check mode of what is not written none., type: str}
    figures:
      description:
        - C(partitions_moved), C(replicas_moved), their C(percent_moved) of all; C(replicas_placed) that had no device.
        - C(balance) and C(dispersion) in percent, and what they were before.
        - C(replicas_at_risk) share a place with others of their partition that could be elsewhere. The objects of
          C(partitions_lost) cannot be read any more. C(overload_needed) would let Swift keep all of them apart.
      type: dict
digests:
  description: SHA-256 of each ring file as it is on this host, by the name of the ring.
  type: dict
  returned: success
waiting:
  description: All of the above that wait.
  type: list
  elements: str
  returned: success
devices:
  description: Names of the devices that any ring has after the step, by address. They must stay mounted.
  type: dict
  returned: success
report:
  description: What happens to each ring, for people; empty when nothing does and nothing waits.
  type: list
  elements: str
  returned: success
directory:
  description: Where the rings are.
  type: str
  returned: success
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import atomic, ring_builder, ring_model, ring_plan
from ansible.module_utils.corbel.ring_builder import Figures, SwiftMissing
from ansible.module_utils.corbel.ring_model import RingError, Spec
from ansible.module_utils.corbel.ring_plan import Plan
from ansible.module_utils.corbel.ring_store import Store

DEVICE = {
    "region": {"type": "int", "required": True},
    "zone": {"type": "int", "required": True},
    "ip": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
    "replication_ip": {"type": "str"},
    "replication_port": {"type": "int"},
    "device": {"type": "str", "required": True},
    "weight": {"type": "float", "required": True},
    "meta": {"type": "str", "default": ""},
}
RING = {
    "name": {"type": "str", "required": True},
    "part_power": {"type": "int", "required": True},
    "replicas": {"type": "float", "default": 3},
    "min_part_hours": {"type": "int", "default": 1},
    "overload": {"type": "float", "default": 0.1},
    "weight_step": {"type": "float", "default": 0},
    "fixed_replicas": {"type": "bool", "default": False},
    "needed_replicas": {"type": "int", "default": 1},
    "lost": {"type": "list", "elements": "str", "default": []},
    "devices": {"type": "list", "elements": "dict", "required": True, "options": DEVICE},
}
ARGUMENTS: dict[str, Any] = {
    "directory": {"type": "path", "default": "/var/lib/corbel/swift-rings"},
    "environment": {"type": "path"},
    "hash_prefix": {"type": "str", "required": True, "no_log": True},
    "hash_suffix": {"type": "str", "required": True, "no_log": True},
    "accept_loss": {"type": "bool", "default": False},
    "check_replication": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 5},
    "backups": {"type": "int", "default": 10},
    "rings": {"type": "list", "elements": "dict", "required": True, "options": RING},
}


@dataclass
class Outcome:
    """A ring, computed and not yet written."""

    wanted: Spec
    plan: Plan
    figures: Figures | None = None
    builder: Any = None
    changed: bool = False
    stale: bool = False


def computed(swift: Any, store: Store, wanted: Spec, options: dict[str, Any]) -> Outcome:
    """The next step of one ring, carried out in memory."""
    builder = store.load(swift, wanted.name)
    held = None if builder is None else ring_builder.read(builder)
    behind: Sequence[str] | None = None
    if held is not None and options["check_replication"] and ring_plan.needs_replication(wanted, held):
        # Only now: what speaks HTTP takes longer to load than a run that finds nothing to do.
        from ansible.module_utils.corbel import ring_replication

        behind = ring_replication.not_caught_up(wanted, held, store.changed_at(wanted.name), options["timeout"])
    plan = ring_plan.compute(wanted, held, behind)
    stale = builder is not None and store.stale(swift, wanted.name, builder)
    if builder is None:
        builder = ring_builder.create(swift, wanted)
    keep, figures = ring_builder.apply(swift, builder, wanted, plan)
    if figures.partitions_lost and not options["accept_loss"]:
        raise RingError(
            f"ring {wanted.name}: with the lost devices {figures.partitions_lost} partitions keep fewer than the "
            f"{wanted.needed_replicas} replicas that reading needs; expected none: bring a device back, or set "
            "swift_rings_accept_loss to give their objects up"
        )
    if stale and not keep:
        # What was tried and found not worth it must not be written.
        builder = store.load(swift, wanted.name)
    return Outcome(wanted, plan, figures, builder, keep, stale)


def all_computed(store: Store, wanted: list[Spec], options: dict[str, Any], check: bool) -> list[Outcome]:
    """The next step of every ring. On a fresh host in check mode only what needs no Swift."""
    try:
        swift = ring_builder.load_swift(options["environment"])
    except SwiftMissing:
        if not check or any(store.builder(one.name).exists() for one in wanted):
            raise
        return [Outcome(one, ring_plan.compute(one, None), changed=True) for one in wanted]
    return [computed(swift, store, one, options) for one in wanted]


# Stands for the digest of a ring that is still to be written.
UNWRITTEN = "not written yet"


def report(store: Store, outcome: Outcome, check: bool) -> dict[str, Any]:
    """What the module returns of one ring."""
    steps = [step.words for step in outcome.plan.steps]
    if outcome.changed and outcome.plan.optional:
        steps.append("rebalance, which makes the ring better")
    if outcome.stale:
        steps.append("write the ring of the builder file, which a run that died did not")
    result: dict[str, Any] = {
        "name": outcome.wanted.name,
        "changed": outcome.changed or outcome.stale,
        "steps": steps,
        "waiting": outcome.plan.waiting,
        "remaining": outcome.plan.remaining,
        # No host has a ring that check mode has not written, so that the hosts' part of the change is planned too.
        "digest": UNWRITTEN if check and (outcome.changed or outcome.stale) else store.digest(outcome.wanted.name),
    }
    if outcome.figures is not None:
        result["figures"] = asdict(outcome.figures)
    return result


def devices(outcomes: list[Outcome]) -> dict[str, list[str]]:
    """Devices that hold or will hold data, by address: also those that are being emptied."""
    found: dict[str, set[str]] = {}
    for one in outcomes:
        there = one.wanted.devices if one.builder is None else ring_builder.read(one.builder).devices
        for entry in there:
            found.setdefault(entry.ip, set()).add(entry.device)
    return {address: sorted(names) for address, names in sorted(found.items())}


def told(ring: dict[str, Any], limit: int = 10) -> list[str]:
    """A ring for people: its steps, what they do, and what waits."""
    lines = [f"{ring['name']}: {step}" for step in ring["steps"][:limit]]
    if len(ring["steps"]) > limit:
        lines.append(f"{ring['name']}: and {len(ring['steps']) - limit} more changes")
    figures = ring.get("figures")
    if ring["changed"] and figures:
        lines.append(
            f"{ring['name']}: {figures['partitions_moved']} partitions move a replica ({figures['percent_moved']} % "
            f"of all), {figures['replicas_placed']} are placed anew; balance {figures['balance']} %, dispersion "
            f"{figures['dispersion']} %, {figures['replicas_at_risk']} replicas at risk"
            + (f" (overload {figures['overload_needed']} would spread them)" if figures["overload_needed"] else "")
        )
    return lines + [f"{ring['name']}: {line}" for line in ring["waiting"]]


def run(options: dict[str, Any], check: bool) -> dict[str, Any]:
    """Compute everything, then write what changed."""
    store = Store(Path(options["directory"]))
    wanted = [ring_model.spec(item) for item in options["rings"]]
    if problems := [problem for one in wanted for problem in ring_model.mistakes(one)]:
        raise RingError("; ".join(problems))
    store.check_identity(options["hash_prefix"], options["hash_suffix"], write=False)
    outcomes = all_computed(store, wanted, options, check)
    if not check:
        changed = [one for one in outcomes if one.changed or one.stale]
        if changed:
            store.check_identity(options["hash_prefix"], options["hash_suffix"], write=True)
        for one in changed:
            store.save(one.wanted.name, one.builder, options["backups"], one.changed)
    rings = [report(store, one, check) for one in outcomes]
    return {
        "changed": any(one["changed"] for one in rings),
        "rings": rings,
        "digests": {one["name"]: one["digest"] for one in rings},
        "waiting": [line for one in rings for line in one["waiting"]],
        "report": [line for one in rings for line in told(one)],
        "devices": devices(outcomes),
        "directory": str(store.folder),
        "diff": {"prepared": "".join(f"{one['name']}: {step}\n" for one in rings for step in one["steps"])},
    }


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    folder = Path(module.params["directory"])
    try:
        if module.check_mode:
            result = run(module.params, check=True)
        else:
            with atomic.locked(folder):
                result = run(module.params, check=False)
    except RingError as error:
        module.fail_json(msg=f"swift_ring: {error}")
    except OSError as error:
        module.fail_json(msg=f"swift_ring: {error}; expected a folder that root can write, see 'directory'")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
