"""Units of a host against the records of what was deployed: down, masked, overridden, left over, failed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.bundle_layout import recorded_unit_files, unit_path
from ansible.module_utils.corbel.bundle_record import Record
from ansible.module_utils.corbel.bundle_spec import UNIT_DIRECTORY
from ansible.module_utils.corbel.bundle_systemd import UnitState, show
from ansible.module_utils.corbel.bundle_units import DIGESTS, RUNNING, decide
from ansible.module_utils.corbel.drift_item import BROKEN, CHANGED, EXPOSED, Item

# Where units and drop-ins come from that no operator wrote: packages, and what systemd makes while it runs.
DELIVERED = ("/usr/lib/systemd/", "/lib/systemd/", "/run/systemd/generator", "/run/systemd/transient/")
MARK = "Managed by Ansible"
RELEASES = "/opt/corbel/releases"
# The module release makes these itself, without a record.
OF_RELEASES = "opt-corbel-releases-"
SUFFIXES = (".service", ".socket", ".timer", ".mount", ".path")


@dataclass(frozen=True)
class Origin:
    """Where systemd has a unit from."""

    file: str = ""
    drop_ins: tuple[str, ...] = ()


def check(host: Host, records: Mapping[str, Record], enabled: Iterable[str], known: Iterable[str]) -> list[Item]:
    """Compare the units; `enabled` are those that must start with the host, `known` all of the cloud's."""
    owners = {name: record for record in records.values() for name in record.units}
    states = show(host, sorted(owners))
    listed = loaded(host)
    origins = read_origins(host, [name for name in sorted(owners) if "@." not in name])
    return [
        *_down(host, owners, states),
        *_disabled(owners, states, set(enabled)),
        *_overridden(
            owners,
            {name: origin for name, origin in origins.items() if not _is_off(owners[name], name, states)},
            {path for record in records.values() for path in recorded_unit_files(record)},
        ),
        *_failed(listed, owners, states),
        *_left_over(host, owners, set(known), listed),
    ]


def loaded(host: Host) -> dict[str, dict[str, str]]:
    """Read what systemd has loaded."""
    done = host.must(
        ["systemctl", "list-units", "--all", "--no-pager", "--output=json"], "the host must run systemd; see it there"
    )
    rows: list[dict[str, Any]] = json.loads(done.out or "[]")
    return {str(row["unit"]): {key: str(row.get(key, "")) for key in ("load", "active", "sub")} for row in rows}


def read_origins(host: Host, names: Iterable[str]) -> dict[str, Origin]:
    """Ask systemd for the files of units."""
    wanted = list(names)
    if not wanted:
        return {}
    command = ["systemctl", "show", "--no-pager", "--property=Id,FragmentPath,DropInPaths", "--", *wanted]
    found = {}
    blocks = host.must(command, "the host must run systemd; see it there").out.split("\n\n")
    for name, block in zip(wanted, (block for block in blocks if block.strip()), strict=False):
        values = dict(line.partition("=")[::2] for line in block.strip().splitlines())
        found[name] = Origin(values.get("FragmentPath", ""), tuple(values.get("DropInPaths", "").split()))
    return found


def _down(host: Host, owners: Mapping[str, Record], states: Mapping[str, UnitState]) -> Iterable[Item]:
    for name, state in states.items():
        record = owners[name]
        unit = record.units[name]
        if state.load == "masked" and unit.state == "started":
            yield Item(
                "unit",
                name,
                "masked: nothing can start it",
                "a unit that runs",
                mend=f"systemctl unmask {name}",
                bundle=record.name,
                severity=BROKEN,
            )
        elif unit.state == "stopped" and state.running:
            yield Item("unit", name, f"it is {state.describe()}", "stopped", bundle=record.name)
        elif unit.state == "started":
            wanted, running = host.tree.text(f"{DIGESTS}/{name}"), host.tree.text(f"{RUNNING}/{name}")
            pending = decide(name, unit.on_change, state, wanted=wanted, running=running)
            if pending:
                severity = CHANGED if state.running else BROKEN
                yield Item("unit", name, pending.reason, _expected(record), bundle=record.name, severity=severity)


def _expected(record: Record) -> str:
    release = f" of release {record.release.rpartition('/')[2]}" if record.release else ""
    return f"running with the configuration{release} that was deployed last"


def _disabled(owners: Mapping[str, Record], states: Mapping[str, UnitState], enabled: set[str]) -> Iterable[Item]:
    for name in sorted(enabled & set(states)):
        if states[name].file == "disabled" and states[name].load == "loaded":
            yield Item(
                "unit",
                f"{name} at boot",
                "disabled: it will not start with the host",
                "enabled",
                bundle=owners[name].name,
                severity=BROKEN,
            )


def _is_off(record: Record, name: str, states: Mapping[str, UnitState]) -> bool:
    """Whether a unit that should be off is masked: systemd names the mask as its file."""
    return record.units[name].state == "stopped" and name in states and states[name].load == "masked"


def _overridden(owners: Mapping[str, Record], origins: Mapping[str, Origin], own: set[str]) -> Iterable[Item]:
    for name, origin in origins.items():
        record = owners[name]
        foreign = [path for path in origin.drop_ins if path not in own and not path.startswith(DELIVERED)]
        file = origin.file
        if file and not record.units[name].file and file not in own and not file.startswith(DELIVERED):
            foreign.append(file)
        for path in foreign:
            yield Item(
                "file",
                path,
                f"it changes {name} and no bundle lists it",
                "unit files and drop-ins of bundles and packages only",
                mend=f"rm {shlex.quote(path)} && systemctl daemon-reload && systemctl restart {name}",
                severity=EXPOSED,
            )


def _failed(
    listed: Mapping[str, Mapping[str, str]], owners: Mapping[str, Record], states: Mapping[str, UnitState]
) -> Iterable[Item]:
    for name, row in sorted(listed.items()):
        # A package that was replaced leaves the failure of a unit that is no more.
        if row["active"] != "failed" or row["load"] == "not-found":
            continue
        if name in states and owners[name].units[name].state == "started":
            continue
        yield Item(
            "unit",
            name,
            "failed",
            "no failed unit on a host of the cloud",
            mend=f"journalctl --unit={name}; systemctl restart {name}",
            severity=BROKEN,
        )


def _left_over(
    host: Host, owners: Mapping[str, Record], known: set[str], listed: Mapping[str, Mapping[str, str]]
) -> Iterable[Item]:
    """Find unit files that the product wrote, or that run its programs, and that no record has."""
    top = host.tree.look(UNIT_DIRECTORY, children=True, follow=True)
    for name in sorted(top.children if top else ()):
        if name in owners or not name.endswith(SUFFIXES) or name.startswith(OF_RELEASES):
            continue
        entry = host.tree.look(unit_path(name), content=True)
        if entry is None or entry.kind != "file":
            continue
        content = (entry.content or b"").decode(errors="replace")
        if name not in known and MARK not in content and RELEASES not in content:
            continue
        active = listed.get(name, {}).get("active", "not loaded")
        yield Item(
            "unit",
            name,
            f"a unit that no bundle of this host lists ({active})",
            "units of bundles only",
            mend=f"systemctl disable --now {name}; rm {unit_path(name)} && systemctl daemon-reload",
            severity=EXPOSED,
        )
