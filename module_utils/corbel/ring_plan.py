"""The next step from what a builder file holds to the ring as declared, or why there is none. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.corbel.ring_model import (
    INFORMATION,
    PLACE,
    Device,
    Held,
    Ring,
    RingError,
    Spec,
    duration,
    mistakes,
    names,
)


@dataclass(frozen=True)
class Step:
    """One change of a builder: what is done, to which device, and the same in words."""

    action: str
    words: str
    id: int = -1
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Plan:
    """What one run does to one ring."""

    steps: list[Step] = field(default_factory=list)
    # What cannot happen yet, and what follows in later runs.
    waiting: list[str] = field(default_factory=list)
    rebalance: bool = False
    # Nothing is declared that the builder does not hold: another rebalance is kept only if it makes the ring better.
    optional: bool = False
    # Only replicas of lost devices may get another place now.
    hold: bool = False
    remaining: int = 0

    @property
    def lost(self) -> list[int]:
        """Devices whose replicas are gone."""
        return [step.id for step in self.steps if step.action == "lose"]


def compute(wanted: Spec, held: Ring | None, behind: Sequence[str] | None = None) -> Plan:
    """The next step of a ring.

    `behind` says who has not replicated since the last change; none: nobody was asked, and min_part_hours has to do.
    """
    if problems := mistakes(wanted):
        raise RingError("; ".join(problems))
    if held is None:
        return _new(wanted)
    _refuse(wanted, held)
    plan = Plan(_information(wanted, held) + _losses(wanted, held))
    moving, plan.remaining = _moves(wanted, held)
    held_back = _reasons(held, behind)
    if moving and held_back:
        plan.waiting = [f"{_count(len(moving), 'change')} of ring {wanted.name} must wait: {'; '.join(held_back)}"]
        plan.remaining += len(moving)
        moving = []
    plan.hold = bool(held_back)
    plan.steps += moving
    plan.optional = not moving and not plan.lost and _unsettled(wanted, held)
    if plan.optional and held_back:
        plan.optional = False
        plan.waiting = [f"the balance of ring {wanted.name} may improve later: {'; '.join(held_back)}"]
    plan.rebalance = bool(moving or plan.lost or plan.optional)
    return plan


def needs_replication(wanted: Spec, held: Ring | None) -> bool:
    """Whether the next step moves data, so that those who hold it must be asked first whether they caught up."""
    if held is None or held.seconds_left or mistakes(wanted):
        return False
    return bool(_losses(wanted, held) or _moves(wanted, held)[0] or _unsettled(wanted, held))


def _new(wanted: Spec) -> Plan:
    words = f"make the builder: 2^{wanted.part_power} partitions, {wanted.replicas:g} replicas"
    settings = {name: getattr(wanted, name) for name in ("part_power", "replicas", "min_part_hours", "overload")}
    steps = [Step("create", words, values=settings)]
    # Nothing is stored yet, so nothing needs to move slowly.
    steps += [_add(entry, entry.weight) for entry in wanted.devices]
    return Plan(steps, rebalance=True)


def _refuse(wanted: Spec, held: Ring) -> None:
    here = f"ring {wanted.name}"
    if wanted.part_power != held.part_power:
        raise RingError(
            f"{here}: part_power is {wanted.part_power}, the builder file has {held.part_power}; it cannot change, "
            f"because every object's place follows from it: set it to {held.part_power}"
        )
    if held.growing:
        raise RingError(
            f"{here}: an increase of the part power has begun in the builder file; finish or cancel it with "
            "swift-ring-builder first"
        )
    if wanted.fixed_replicas and wanted.replicas != held.replicas:
        raise RingError(
            f"{here}: the policy has {wanted.replicas:g} fragments, the builder file {held.replicas:g}; k, m and the "
            "duplication factor cannot change: give the new ones to a new policy"
        )
    kept = {entry.key for entry in held.devices if entry.weight > 0 and not wanted.is_lost(entry)}
    usable = len(kept | {entry.key for entry in wanted.devices if entry.weight > 0})
    if usable < wanted.replicas:
        raise RingError(f"{here}: {usable} devices are left for {wanted.replicas:g} replicas; declare more devices")


def _information(wanted: Spec, held: Ring) -> list[Step]:
    """Changes that move no data."""
    steps = []
    if wanted.min_part_hours != held.min_part_hours:
        words = f"min_part_hours {held.min_part_hours} becomes {wanted.min_part_hours}"
        steps.append(Step("min_part_hours", words, values={"value": wanted.min_part_hours}))
    declared = {entry.key: entry for entry in wanted.devices}
    for old in held.devices:
        new = declared.get(old.key)
        if new is None:
            continue
        values = _differences(old, new, INFORMATION)
        if values:
            words = f"{old.key}: " + ", ".join(
                f"{name} {getattr(old, name)!r} becomes {values[name]!r}" for name in values
            )
            steps.append(Step("set", words, old.id, values))
    return steps


def _losses(wanted: Spec, held: Ring) -> list[Step]:
    return [
        Step("lose", f"{old.key}: lost, its {_count(old.parts, 'partition')} get other devices", old.id)
        for old in held.devices
        if wanted.is_lost(old)
    ]


def _moves(wanted: Spec, held: Ring) -> tuple[list[Step], int]:
    """Changes that move data, and how many devices will not be where they should after them."""
    steps: list[Step] = []
    remaining = 0
    if wanted.overload != held.overload:
        words = f"overload {held.overload:g} becomes {wanted.overload:g}"
        steps.append(Step("overload", words, values={"value": wanted.overload}))
    if wanted.replicas != held.replicas:
        value = _toward(held.replicas, wanted.replicas, 1)
        remaining += value != wanted.replicas
        steps.append(Step("replicas", f"replicas {held.replicas:g} becomes {value:g}", values={"value": value}))
    there = {entry.key: entry for entry in held.devices}
    for new in wanted.devices:
        old = there.get(new.key)
        if old is None:
            value = _toward(0, new.weight, wanted.weight_step)
            steps.append(_add(new, value))
            remaining += value != new.weight
            continue
        if place := _differences(old, new, PLACE):
            words = f"{old.key}: " + ", ".join(f"{name} {getattr(old, name)} becomes {place[name]}" for name in place)
            steps.append(Step("place", words, old.id, place))
        if old.weight != new.weight:
            value = _toward(old.weight, new.weight, wanted.weight_step)
            steps.append(_weigh(old, value, new.weight))
            remaining += value != new.weight
    declared = {entry.key for entry in wanted.devices}
    for old in held.devices:
        if old.key in declared or wanted.is_lost(old):
            continue
        if old.weight > 0:
            value = _toward(old.weight, 0, wanted.weight_step)
            steps.append(
                Step("weight", f"{old.key}: drained, weight {old.weight:g} becomes {value:g}", old.id, {"value": value})
            )
            remaining += 1
        elif old.parts:
            remaining += 1
        else:
            steps.append(Step("remove", f"{old.key}: drained and empty, removed", old.id))
    return steps, remaining


def _add(new: Device, weight: float) -> Step:
    values = {
        "region": new.region,
        "zone": new.zone,
        "ip": new.ip,
        "port": new.port,
        "replication_ip": new.replication_ip,
        "replication_port": new.replication_port,
        "device": new.device,
        "weight": weight,
        "meta": new.meta,
    }
    later = "" if weight == new.weight else f" of {new.weight:g}"
    return Step(
        "add", f"{new.key}: added to region {new.region}, zone {new.zone} with weight {weight:g}{later}", -1, values
    )


def _weigh(old: Held, value: float, target: float) -> Step:
    later = "" if value == target else f" on the way to {target:g}"
    return Step("weight", f"{old.key}: weight {old.weight:g} becomes {value:g}{later}", old.id, {"value": value})


def _differences(old: Device, new: Device, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(new, name) for name in fields if getattr(old, name) != getattr(new, name)}


def _toward(now: float, target: float, step: float) -> float:
    """The next value on the way to a target; a step of 0 goes there at once."""
    if not step or abs(target - now) <= step:
        return target
    return now + step if target > now else now - step


def _reasons(held: Ring, behind: Sequence[str] | None) -> list[str]:
    """Why no data may move now."""
    found = []
    if held.seconds_left:
        found.append(
            f"partitions moved less than min_part_hours ({held.min_part_hours} h) ago, "
            f"{duration(held.seconds_left)} are left"
        )
    if behind:
        found.append(f"replication has not caught up ({names(behind, 3)})")
    return found


def _unsettled(wanted: Spec, held: Ring) -> bool:
    """Whether another rebalance may bring partitions nearer to where they should be."""
    kept = [entry for entry in held.devices if not wanted.is_lost(entry)]
    return held.dispersion > 0 or any(entry.parts_wanted or (entry.parts and not entry.weight) for entry in kept)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
