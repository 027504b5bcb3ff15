"""Carries a plan out with Swift's own builder, which places the partitions; what is asked of it is ours."""

from __future__ import annotations

import gc
import importlib
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import ring_table
from ansible.module_utils.corbel.ring_model import Held, Ring, RingError, Spec
from ansible.module_utils.corbel.ring_plan import Plan, Step

# Swift's own bound for a rebalance that is worth its moves, in percent.
WORTH = 1.0
# More hours than a builder counts: no partition has stayed so long, so only what has no device gets one.
NEVER = 256


@dataclass(frozen=True)
class Figures:
    """What a step does to a ring, and what the ring is then."""

    partitions_moved: int = 0
    replicas_moved: int = 0
    percent_moved: float = 0.0
    replicas_placed: int = 0
    balance_before: float | None = None
    balance: float = 0.0
    dispersion_before: float | None = None
    dispersion: float = 0.0
    replicas_at_risk: int = 0
    overload_needed: float = 0.0  # that would let Swift keep them apart
    partitions_lost: int = 0


def load_swift(environment: str | None) -> Any:
    """Swift's module of builders; of the interpreter that runs, or of a release environment with the same Python."""
    name = "swift.common.ring.builder"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError:
            pass
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = Path(environment or "/nonexistent") / "lib" / version / "site-packages"
        if not (packages / "swift").is_dir():
            found = sorted(path.name for path in Path(environment or "/nonexistent").glob("lib/python*"))
            raise SwiftMissing(
                f"found no Swift in {packages} (there is: {', '.join(found) or 'nothing'}), expected the release "
                f"environment of this host, made for {version}; lay the release down first (playbooks/hosts.yml)"
            )
        sys.path.append(str(packages))
        importlib.invalidate_caches()
        try:
            return importlib.import_module(name)
        except ImportError as error:
            raise SwiftMissing(f"Swift in {packages} cannot be loaded: {error}") from error


class SwiftMissing(RingError):
    """The release is not there, which on a fresh host in check mode is no mistake."""


def read(builder: Any) -> Ring:
    """What a builder holds, as the plan wants it."""
    removed = {entry["id"] for entry in builder._remove_devs}
    devices = [
        Held(
            int(entry["region"]),
            int(entry["zone"]),
            entry["ip"],
            int(entry["port"]),
            entry.get("replication_ip") or entry["ip"],
            int(entry.get("replication_port") or entry["port"]),
            entry["device"],
            float(entry["weight"]),
            entry.get("meta") or "",
            id=entry["id"],
            parts=entry.get("parts", 0),
            parts_wanted=entry.get("parts_wanted", 0),
        )
        for entry in builder.devs
        if entry is not None and entry["id"] not in removed
    ]
    return Ring(
        builder.part_power,
        float(builder.replicas),
        builder.min_part_hours,
        float(builder.overload),
        tuple(devices),
        builder.min_part_seconds_left if builder.ever_rebalanced else 0,
        float(builder.dispersion or 0),
        builder.next_part_power is not None,
    )


def create(swift: Any, wanted: Spec) -> Any:
    """A builder without devices."""
    return swift.RingBuilder(wanted.part_power, wanted.replicas, wanted.min_part_hours)


def _set(builder: Any, step: Step) -> None:
    builder.devs[step.id].update(step.values)
    # What hosts read of a ring changes without a rebalance.
    builder._ring = None
    builder.version += 1


def _place(builder: Any, step: Step) -> None:
    for name, value in step.values.items():
        getattr(builder, f"set_dev_{name}")(step.id, value)


ACTIONS: Mapping[str, Callable[[Any, Step], Any]] = {
    "create": lambda builder, step: builder.set_overload(step.values["overload"]),
    "min_part_hours": lambda builder, step: builder.change_min_part_hours(step.values["value"]),
    "overload": lambda builder, step: builder.set_overload(step.values["value"]),
    "replicas": lambda builder, step: builder.set_replicas(step.values["value"]),
    "add": lambda builder, step: builder.add_dev(dict(step.values)),
    "set": _set,
    "place": _place,
    "weight": lambda builder, step: builder.set_dev_weight(step.id, step.values["value"]),
    "remove": lambda builder, step: builder.remove_dev(step.id),
    "lose": lambda builder, step: builder.remove_dev(step.id),
}


def apply(swift: Any, builder: Any, wanted: Spec, plan: Plan) -> tuple[bool, Figures]:
    """Carry the steps out in memory; says whether the builder is now worth keeping, and what it is."""
    before = _tables(builder)
    endangered = ring_table.endangered(before, plan.lost, wanted.needed_replicas)
    figures = Figures(partitions_lost=endangered)
    if builder.ever_rebalanced:
        figures = replace(figures, balance_before=float(builder.get_balance()), dispersion_before=builder.dispersion)
    for step in plan.steps:
        ACTIONS[step.action](builder, step)
    if plan.rebalance:
        try:
            _rebalance(builder, wanted.name, plan.hold)
        except swift.exceptions.RingBuilderError as error:
            raise RingError(
                f"ring {wanted.name}: Swift refuses it ({error}); look at weights, zones and replicas"
            ) from error
    moves = ring_table.compare(before, builder._replica2part2dev or [], plan.lost)
    if before and moves.most > 1:
        raise RingError(
            f"ring {wanted.name}: {moves.most} replicas of one partition would move at once, expected one at most; "
            "nothing was written"
        )
    figures = _figures(builder, figures, moves, fresh=not before)
    if plan.steps or (plan.optional and _better(figures)):
        return True, figures
    return False, replace(
        Figures(balance_before=figures.balance_before, dispersion_before=figures.dispersion_before),
        balance=figures.balance_before or 0.0,
        dispersion=figures.dispersion_before or 0.0,
        replicas_at_risk=round((figures.dispersion_before or 0) * builder.parts * builder.replicas / 100),
    )


def _rebalance(builder: Any, name: str, hold: bool) -> None:
    hours = builder.min_part_hours
    if hold:
        builder.min_part_hours = NEVER
    # Millions of small objects, none of them in a circle: looking for circles would only cost time.
    gc.disable()
    try:
        # The same seed in check mode and in the run: what was reported is what happens.
        builder.rebalance(seed=f"{name}-{builder.version}")
        builder.validate()
    finally:
        gc.enable()
        builder.min_part_hours = hours


def _tables(builder: Any) -> list[Any]:
    return [row[:] for row in builder._replica2part2dev or []]


def _figures(builder: Any, figures: Figures, moves: ring_table.Moves, fresh: bool) -> Figures:
    slots = builder.parts * builder.replicas
    dispersion = float(builder.dispersion or 0)
    return replace(
        figures,
        partitions_moved=0 if fresh else moves.partitions,
        replicas_moved=0 if fresh else moves.replicas,
        percent_moved=0.0 if fresh else round(100 * moves.replicas / slots, 2),
        replicas_placed=moves.placed,
        balance=round(float(builder.get_balance()), 2),
        dispersion=round(dispersion, 2),
        balance_before=None if figures.balance_before is None else round(figures.balance_before, 2),
        dispersion_before=None if figures.dispersion_before is None else round(figures.dispersion_before, 2),
        replicas_at_risk=round(dispersion * slots / 100),
        overload_needed=round(float(builder.get_required_overload()), 3) if dispersion else 0.0,
    )


def _better(figures: Figures) -> bool:
    """Whether moves that nobody asked for are worth it: by Swift's own measure, and only for the better."""
    if not figures.replicas_moved:
        return False
    gained = (figures.balance_before or 0) - figures.balance
    spread = (figures.dispersion_before or 0) - figures.dispersion
    # A device that is being emptied keeps the balance at Swift's largest value until it is empty.
    emptying = figures.balance >= 999 and figures.balance_before == figures.balance
    return gained >= WORTH or spread > 0 or emptying
