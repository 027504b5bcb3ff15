"""Units of applied bundles that do not run as configured, found from the host alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible.module_utils.corbel import bundle_record, bundle_units
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.bundle_record import Record, RecordedUnit
from ansible.module_utils.corbel.bundle_systemd import UnitState, show
from ansible.module_utils.corbel.bundle_units import DIGESTS, RUNNING, Failure, Pending, decide


@dataclass
class Outcome:
    """What was done with the units, or in check mode would be."""

    acted: list[Pending] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """What is asked for: do what is pending, or restart or stop in any case."""

    names: tuple[str, ...]
    action: str = "pending"
    timeout: int = 90
    settle: int = 3


def run(host: Host, request: Request, check: bool = False) -> Outcome:
    """Do what the units need."""
    names = list(dict.fromkeys(request.names))
    records = bundle_record.read_all(host.tree)
    states = show(host, names)
    digests = {name: host.tree.text(f"{DIGESTS}/{name}") for name in names}
    if request.action == "pending":
        todo = _needed(host, names, _recorded(records), states, digests)
    else:
        todo = _asked(names, request.action, states)
    outcome = Outcome(acted=todo)
    if check or not todo:
        return outcome
    with host.locked(max(request.timeout * 4, 600)):
        if request.action == "stop":
            _stop(host, todo, request.timeout)
            return outcome
        _refuse_unknown(states, todo)
        known = {name: text for name, text in digests.items() if text is not None}
        outcome.failures = bundle_units.act(host, todo, known, request.timeout, request.settle)
    if outcome.failures:
        outcome.secrets = _secrets(host, records)
    return outcome


def _recorded(records: Mapping[str, Record]) -> dict[str, RecordedUnit]:
    return {name: unit for record in records.values() for name, unit in record.units.items()}


def _needed(
    host: Host,
    names: Sequence[str],
    units: Mapping[str, RecordedUnit],
    states: Mapping[str, UnitState],
    digests: Mapping[str, str | None],
) -> list[Pending]:
    found = []
    for name in names:
        on_change = units.get(name, RecordedUnit()).on_change
        running = host.tree.text(f"{RUNNING}/{name}")
        found.append(decide(name, on_change, _state(states, name), wanted=digests.get(name), running=running))
    return [item for item in found if item]


def _asked(names: Sequence[str], action: str, states: Mapping[str, UnitState]) -> list[Pending]:
    if action == "stop":
        names = [name for name in names if _state(states, name).running or _state(states, name).moving]
    return [Pending(name, action, "asked for") for name in names]


def _state(states: Mapping[str, UnitState], name: str) -> UnitState:
    if name not in states:
        raise BundleError(f"{name} is the template of units, which cannot run; give the names of its instances")
    return states[name]


def _refuse_unknown(states: Mapping[str, UnitState], todo: Sequence[Pending]) -> None:
    lacking = [item.name for item in todo if states[item.name].load == "not-found"]
    if lacking:
        raise BundleError(
            f"unit {', '.join(lacking)} does not exist on this host; apply the bundle that brings it, or mend the name"
        )


def _stop(host: Host, todo: Sequence[Pending], timeout: int) -> None:
    for item in reversed(todo):
        host.must(
            ["systemctl", "stop", "--", item.name], f"see 'systemctl status {item.name}' on the host", float(timeout)
        )


def _secrets(host: Host, records: Mapping[str, Record]) -> list[str]:
    """Read what must not be shown: the last lines of a unit may quote its configuration."""
    paths = [path for record in records.values() for path, file in record.files.items() if file.secret]
    return [text for path in paths if (text := host.tree.text(path)) is not None]
