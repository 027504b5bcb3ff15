"""A plan: what would change, what it was made from, and how it compares with another one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import atomic
from ansible.module_utils.corbel.plan_collect import Item, from_data
from ansible.module_utils.corbel.plan_digests import moved

VERSION = 1
MOST_NAMED = 5


class PlanError(Exception):
    """A plan that cannot be used; the message says what was found and what mends it."""


@dataclass
class Plan:
    """Everything that is known of a run before it changes anything."""

    cloud: str = ""
    playbook: str = ""
    made: str = ""
    # Options of the command line that choose what a run does.
    asked: dict[str, Any] = field(default_factory=dict)
    inventory: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    # By name: groups and addresses.
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Networks and virtual addresses of the cloud, for the picture.
    networks: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    services: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    # Hosts that could not be planned, and why.
    failures: dict[str, str] = field(default_factory=dict)
    shortages: list[dict[str, Any]] = field(default_factory=list)
    estimate: dict[str, Any] = field(default_factory=dict)

    def state(self) -> dict[str, dict[str, str]]:
        """Digest of the changes by host and service."""
        grouped: dict[str, dict[str, list[Item]]] = {}
        for item in self.items:
            grouped.setdefault(item.host, {}).setdefault(item.service, []).append(item)
        return {
            host: {service: _digest(found) for service, found in services.items()} for host, services in grouped.items()
        }

    def data(self) -> dict[str, Any]:
        """The plan as JSON has it."""
        return {
            "version": VERSION,
            **{name: value for name, value in vars(self).items() if name != "items"},
            "items": [item.data() for item in self.items],
            "state": self.state(),
        }


def _digest(items: Iterable[Item]) -> str:
    lines = sorted(json.dumps({**item.data(), "measured": ""}, sort_keys=True) for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def write(path: Path, text: str) -> None:
    """Write a file for its owner alone, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    atomic.write(path, text, 0o600)


def to_text(plan: Plan) -> str:
    return json.dumps(plan.data(), indent=1, sort_keys=True) + "\n"


def read(path: Path) -> Plan:
    """Read a saved plan."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(
            f"{path}: found {error.strerror}, expected a plan; make one with playbooks/plan.yml, which says where it is"
        ) from error
    except ValueError as error:
        raise PlanError(f"{path}: found no JSON ({error}), expected the plan.json of playbooks/plan.yml") from error
    if not isinstance(data, dict) or data.get("version") != VERSION:
        found = data.get("version") if isinstance(data, dict) else type(data).__name__
        raise PlanError(f"{path}: found version {found}, expected a plan of version {VERSION}; make it anew")
    known = {name: data[name] for name in vars(Plan()) if name in data and name != "items"}
    plan = Plan(**known, items=[from_data(one) for one in data.get("items", [])])
    if plan.state() != data.get("state"):
        raise PlanError(f"{path}: its changes are not those it was saved with; make it anew with playbooks/plan.yml")
    return plan


def stale(saved: Plan, now: Plan) -> list[str]:
    """Name everything that moved since a plan was saved."""
    lines = [
        f"option {name} was {_shown(saved.asked.get(name))} and is {_shown(now.asked.get(name))}"
        for name in sorted({*saved.asked, *now.asked})
        if saved.asked.get(name) != now.asked.get(name)
    ]
    if saved.playbook != now.playbook:
        lines.append(f"the plan is of playbook {saved.playbook}, not of {now.playbook}")
    lines += moved("inventory file", saved.inventory, now.inventory)
    lines += moved("extra variable", saved.variables, now.variables)
    lines += moved("code file", saved.code, now.code)
    return lines + host_state(saved, now)


def host_state(saved: Plan, now: Plan) -> list[str]:
    """Name the hosts and services of which something else would change than was planned."""
    lines = [f"host {host} could not be planned now: {reason}" for host, reason in now.failures.items()]
    before, after = saved.state(), now.state()
    for host in sorted({*before, *after}):
        for service in sorted({*before.get(host, {}), *after.get(host, {})}):
            if before.get(host, {}).get(service) == after.get(host, {}).get(service):
                continue
            names = _differing(_items(saved, host, service), _items(now, host, service))
            lines.append(f"state of host {host}, service {service}: {'; '.join(names)}")
    return lines


def _items(plan: Plan, host: str, service: str) -> dict[tuple[str, str, str], Item]:
    return {(one.kind, one.name, one.action): one for one in plan.items if (one.host, one.service) == (host, service)}


def _differing(before: Mapping[tuple[str, str, str], Item], after: Mapping[tuple[str, str, str], Item]) -> list[str]:
    names = [f"{_named(key)} is not needed any more" for key in before if key not in after]
    names += [f"{_named(key)} was not planned" for key in after if key not in before]
    names += [f"{_named(key)} is another change" for key in before if key in after and before[key] != after[key]]
    more = len(names) - MOST_NAMED
    return names[:MOST_NAMED] + ([f"and {more} more"] if more > 0 else [])


def _named(key: tuple[str, str, str]) -> str:
    kind, name, action = key
    return f"{action} {kind} {name}"


def _shown(value: Any) -> str:
    return "not given" if value in (None, "", []) else str(value)
