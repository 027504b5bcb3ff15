"""What the module swift_ring does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import atomic, host_journal, ring_builder, ring_model, ring_plan
from ansible.module_utils.corbel.ring_builder import Figures, SwiftMissing
from ansible.module_utils.corbel.ring_model import RingError, Spec
from ansible.module_utils.corbel.ring_plan import Plan
from ansible.module_utils.corbel.ring_store import IDENTITY, POLICIES, Store

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
POLICY = {
    "type": {"type": "str", "required": True, "choices": ["replication", "erasure_coding"]},
    "data": {"type": "int"},
    "parity": {"type": "int"},
    "duplication": {"type": "int"},
    "ec_type": {"type": "str"},
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
    "policy": {"type": "dict", "options": POLICY},
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
    identity = store.identity_to_note(options["hash_prefix"], options["hash_suffix"])
    policies = store.policies_to_note(wanted)
    outcomes = all_computed(store, wanted, options, check)
    if not check:
        changed = [one for one in outcomes if one.changed or one.stale]
        # Before the first builder: no ring is there of which it is not known how its objects are stored.
        if identity and changed:
            store.note(IDENTITY, identity)
        if policies:
            store.note(POLICIES, policies)
        for one in changed:
            store.save(one.wanted.name, one.builder, options["backups"], one.changed)
    rings = [report(store, one, check) for one in outcomes]
    return {
        "changed": bool(policies) or any(one["changed"] for one in rings),
        "rings": rings,
        "digests": {one["name"]: one["digest"] for one in rings},
        "waiting": [line for one in rings for line in one["waiting"]],
        "report": [line for one in rings for line in told(one)],
        "devices": devices(outcomes),
        "directory": str(store.folder),
        "diff": {
            "prepared": "".join(f"{one['name']}: {step}\n" for one in rings for step in one["steps"])
            + ("note how the objects of each policy are stored\n" if policies else "")
        },
    }


def execute(module: AnsibleModule) -> None:
    """Do what the options say, and end the module."""
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
    host_journal.note_result("swift_ring", result, module.check_mode)
    module.exit_json(**result)
