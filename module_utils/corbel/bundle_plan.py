"""What a run has to do: the difference between what a bundle wants and what the host has. No side effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ansible.module_utils.corbel import bundle_accounts, bundle_record
from ansible.module_utils.corbel.bundle_accounts import Accounts
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_layout import (
    own_paths,
    stale_directories,
    stale_files,
    stale_units,
    unit_files,
)
from ansible.module_utils.corbel.bundle_record import Record
from ansible.module_utils.corbel.bundle_spec import UNIT_DIRECTORY, Bundle, Directory, File, Unit
from ansible.module_utils.corbel.bundle_systemd import UnitState, install_links
from ansible.module_utils.corbel.bundle_tree import Entry
from ansible.module_utils.corbel.bundle_units import Pending, decide, unit_digest


@dataclass(frozen=True)
class Observed:
    """What the host has, as far as a bundle and its record concern it."""

    record: Record | None = None
    others: Mapping[str, Record] = field(default_factory=dict)
    missing_packages: tuple[str, ...] = ()
    accounts: Accounts = field(default_factory=lambda: Accounts({}, {}, {}))
    entries: Mapping[str, Entry | None] = field(default_factory=dict)
    units: Mapping[str, UnitState] = field(default_factory=dict)
    links: Mapping[str, frozenset[str]] = field(default_factory=dict)
    digests: Mapping[str, str | None] = field(default_factory=dict)
    running: Mapping[str, str | None] = field(default_factory=dict)
    watched: Mapping[str, str] = field(default_factory=dict)
    policy_left: bool = False


@dataclass(frozen=True)
class Step:
    """One change. `kind` names the function of bundle_apply that makes it; `says` is for people."""

    kind: str
    target: str
    says: str
    item: Any = None


@dataclass
class Plan:
    """Steps in order, units to act upon afterwards, and what people should know."""

    steps: list[Step] = field(default_factory=list)
    early: list[Step] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def all_steps(self) -> list[Step]:
        """The early steps (packages, accounts) and the others."""
        return [*self.early, *self.steps]


def make(bundle: Bundle, seen: Observed, check: bool = False) -> Plan:
    """Plan a run. In check mode accounts may be missing that an earlier step would have made."""
    _refuse_shared_units(bundle, seen.others)
    plan = Plan()
    _check_units_exist(bundle, seen, check, plan)
    plan.early = [*_packages(seen), *_accounts(bundle, seen, check, plan)]
    plan.digests = {unit.name: unit_digest(bundle, unit, seen.watched) for unit in bundle.units}
    directories = [step for item in bundle.directories for step in _directory(item, seen, check, plan)]
    files = [step for item in bundle.files for step in _file(item, seen, check, plan)]
    units = [step for item in unit_files(bundle) for step in _file(item, seen, check, plan)]
    written = {step.target for step in (*files, *units) if step.kind == "write"}
    unread, read = _by_readers(bundle, seen, files)
    tests = list(_tests(read))
    forgotten = list(_forget(bundle, seen, written))
    stops = list(_stops(bundle, seen))
    removals = list(_removals(bundle, seen))
    digests = [
        Step("digest", name, f"note the configuration of {name}", text)
        for name, text in plan.digests.items()
        if seen.digests.get(name) != text or any(step.target == name for step in forgotten)
    ]
    enabling = list(_enabling(bundle, seen, check))
    reload = _reload(bundle, seen, units, [*removals, *enabling])
    # Digests come last: until systemd has read the unit files, a unit that restarts by itself still is the old one.
    # Tests come before anything is forgotten: a refused file leaves the others, and what is known of the units, alone.
    # They come after the files that concern no unit, such as scripts, which a test may look for.
    plan.steps = [*_leftover(seen), *directories, *unread, *tests, *forgotten, *read]
    plan.steps += [*stops, *removals, *units, *enabling, *reload, *digests]
    _add_record(bundle, seen, plan)
    plan.pending = _pending(bundle, seen, plan, written)
    return plan


def _refuse_shared_units(bundle: Bundle, others: Mapping[str, Record]) -> None:
    for unit in bundle.units:
        for name, record in others.items():
            if unit.name in record.units:
                raise BundleError(
                    f"unit {unit.name} belongs to bundle {name}; one bundle is expected to own it, so take it out of "
                    f"one of them (of {name} first, and apply that)"
                )


def _check_units_exist(bundle: Bundle, seen: Observed, check: bool, plan: Plan) -> None:
    """Units that others bring must be there, before anything is changed for them."""
    for unit in bundle.units:
        brought = unit.content is not None or unit.state != "started" or "@" in unit.name or seen.missing_packages
        if brought or not unit.name.endswith((".service", ".socket", ".timer")):
            continue
        if seen.units.get(unit.name, UnitState()).load != "not-found":
            continue
        if not check:
            raise BundleError(
                f"unit {unit.name} does not exist on this host; give it a template, list the package that brings it "
                "under packages, or mend its name"
            )
        plan.warnings.append(f"unit {unit.name} does not exist yet; something else has to bring it")


def _packages(seen: Observed) -> list[Step]:
    names = seen.missing_packages
    return [Step("packages", " ".join(names), f"install packages {', '.join(names)}", names)] if names else []


def _leftover(seen: Observed) -> list[Step]:
    says = "remove what a killed run left to keep daemons from starting"
    return [Step("clean_policy", "policy-rc.d", says)] if seen.policy_left else []


def _accounts(bundle: Bundle, seen: Observed, check: bool, plan: Plan) -> list[Step]:
    lacking = bundle_accounts.missing_groups(seen.accounts, bundle.groups, bundle.users)
    if lacking and not check and not seen.missing_packages:
        raise BundleError(
            f"group {', '.join(lacking)} does not exist and an account of bundle {bundle.name} should be in it; "
            "list it under groups, or the package that makes it under packages"
        )
    if lacking and not seen.missing_packages:
        plan.warnings.append(f"group {', '.join(lacking)} does not exist yet; something else has to make it")
    return [
        Step("account", command[-1], says, command)
        for says, command in bundle_accounts.commands(seen.accounts, bundle.groups, bundle.users)
    ]


def _owned(entry: Entry, item: File | Directory, seen: Observed) -> bool:
    ids = (seen.accounts.uid(item.owner), seen.accounts.gid(item.group))
    return (entry.uid, entry.gid, entry.mode) == (*ids, item.mode)


def _check_owner(item: File | Directory, seen: Observed, check: bool, plan: Plan) -> None:
    coming = {step.target for step in plan.early if step.kind == "account"}
    for kind, name, number in (
        ("user", item.owner, seen.accounts.uid(item.owner)),
        ("group", item.group, seen.accounts.gid(item.group)),
    ):
        if number is not None or name in coming or seen.missing_packages:
            continue
        if not check:
            raise BundleError(
                f"{item.path}: {kind} {name} does not exist; list it under users or groups, or the package that makes "
                "it under packages"
            )
        warning = f"{kind} {name} does not exist yet; something else has to make it"
        if warning not in plan.warnings:
            plan.warnings.append(warning)


def _directory(item: Directory, seen: Observed, check: bool, plan: Plan) -> Iterator[Step]:
    _check_owner(item, seen, check, plan)
    entry = seen.entries.get(item.path)
    about = f"{item.path} ({item.owner}:{item.group} {item.mode:04o})"
    if entry is None:
        yield Step("mkdir", item.path, f"make directory {about}", item)
    elif entry.kind != "directory":
        raise BundleError(f"{item.path} is a {entry.kind}; a directory is expected, so move it away and run again")
    elif not _owned(entry, item, seen):
        yield Step("mend", item.path, f"mend owner and mode of {about}", item)


def _file(item: File, seen: Observed, check: bool, plan: Plan) -> Iterator[Step]:
    _check_owner(item, seen, check, plan)
    entry = seen.entries.get(item.path)
    about = f"{item.path} ({item.owner}:{item.group} {item.mode:04o})"
    if entry is not None and entry.kind == "directory":
        raise BundleError(f"{item.path} is a directory; a file is expected, so move it away and run again")
    if entry is None:
        yield Step("write", item.path, f"write {about}", item)
    elif entry.kind != "file" or entry.content != item.content:
        yield Step("write", item.path, f"change {about}", item)
    elif not _owned(entry, item, seen):
        yield Step("mend", item.path, f"mend owner and mode of {about}", item)


def _records(bundle: Bundle, seen: Observed) -> list[Record]:
    """The records of all bundles of the host as they will be."""
    return [bundle_record.of_bundle(bundle), *seen.others.values()]


def _by_readers(bundle: Bundle, seen: Observed, files: list[Step]) -> tuple[list[Step], list[Step]]:
    """Files that are put in place untested and for no unit, and the others."""
    read = {path for record in _records(bundle, seen) for path, file in record.files.items() if file.units}
    unread = [step for step in files if step.target not in read and not step.item.validate]
    return unread, [step for step in files if step not in unread]


def _tests(files: list[Step]) -> Iterator[Step]:
    for step in files:
        if step.kind == "write" and step.item.validate:
            yield Step("test", step.target, f"test the new content of {step.target}", step.item)


def _forget(bundle: Bundle, seen: Observed, written: set[str]) -> Iterator[Step]:
    """Forget with what a unit runs before a file of it changes.

    What is put back after a change by hand counts too: the unit may have been started in between. The part that did
    not change stays known, so that a reload suffices where it did before.
    """
    readers = [
        file.units for record in _records(bundle, seen) for path, file in record.files.items() if path in written
    ]
    names = {name: False for units in readers for name in units}
    names |= {unit.name: True for unit in bundle.units if written & set(own_paths(bundle.name, unit.name))}
    for name, whole in names.items():
        running = seen.running.get(name)
        if seen.digests.get(name) is None and running is None:
            continue
        text = None if whole or running is None else f"{running.splitlines()[0] if running else ''}\nfiles unknown\n"
        yield Step("forget", name, f"forget with which configuration {name} runs", text)


def _stops(bundle: Bundle, seen: Observed) -> Iterator[Step]:
    for name in stale_units(bundle, seen.record):
        state = seen.units.get(name, UnitState())
        if state.load != "not-found" or state.running or state.moving:
            yield Step("retire", name, f"stop and disable {name}")
    for unit in reversed(bundle.units):
        state = seen.units.get(unit.name, UnitState())
        if unit.state == "stopped" and (state.running or state.moving):
            yield Step("stop", unit.name, f"stop {unit.name}")


def _removals(bundle: Bundle, seen: Observed) -> Iterator[Step]:
    gone = set()
    for path in stale_files(bundle, seen.record, seen.others):
        if seen.entries.get(path) is not None:
            gone.add(path)
            yield Step("remove", path, f"remove {path}")
    for name in stale_units(bundle, seen.record):
        if seen.digests.get(name) is not None or seen.running.get(name) is not None:
            yield Step("forget", name, f"forget with which configuration {name} ran")
    for path in stale_directories(bundle, seen.record, seen.others):
        entry = seen.entries.get(path)
        if entry is None or entry.kind != "directory":
            continue
        empty = all(f"{path}/{child}" in gone for child in entry.children)
        if bundle.state == "absent" and bundle.purge_directories and not empty:
            gone.add(path)
            yield Step("purge", path, f"remove {path} and everything in it")
        elif empty:
            gone.add(path)
            yield Step("rmdir", path, f"remove {path}")


def _enabling(bundle: Bundle, seen: Observed, check: bool) -> Iterator[Step]:
    for unit in bundle.units:
        if unit.enabled is None or unit.is_template:
            continue
        wanted = _wanted_links(unit)
        state = seen.units.get(unit.name, UnitState())
        if wanted is not None:
            found = seen.links.get(unit.name, frozenset())
            if unit.enabled and wanted != found:
                yield Step("enable", unit.name, f"enable {unit.name}")
            elif not unit.enabled and found:
                yield Step("disable", unit.name, f"disable {unit.name}")
        elif unit.enabled and state.file in ("", "disabled", "linked", "enabled-runtime"):
            yield Step("enable", unit.name, f"enable {unit.name}")
        elif not unit.enabled and (state.file in ("enabled", "enabled-runtime") or (check and _comes(state, seen))):
            yield Step("disable", unit.name, f"disable {unit.name}")


def _comes(state: UnitState, seen: Observed) -> bool:
    """Whether a package may bring a unit, which Debian's do enabled."""
    return state.load == "not-found" and bool(seen.missing_packages)


def _wanted_links(unit: Unit) -> frozenset[str] | None:
    """For a unit of ours the links on disk tell whether it is enabled: systemd's own answer may be an old one."""
    return None if unit.content is None else install_links(unit.name, unit.content)


def _reload(bundle: Bundle, seen: Observed, units: list[Step], others: list[Step]) -> list[Step]:
    touched = any(step.kind == "write" for step in units)
    touched = touched or any(step.kind in ("enable", "disable") for step in others)
    touched = touched or any(step.kind == "remove" and step.target.startswith(UNIT_DIRECTORY) for step in others)
    unseen = any(
        unit.content is not None and seen.units.get(unit.name, UnitState()).load == "not-found"
        for unit in bundle.units
        if not unit.is_template
    )
    needed = any(state.need_reload for name, state in seen.units.items())
    gone = any(name in seen.units for name in stale_units(bundle, seen.record))
    if touched or unseen or needed or gone:
        return [Step("daemon_reload", "systemd", "let systemd read the unit files")]
    return []


def _add_record(bundle: Bundle, seen: Observed, plan: Plan) -> None:
    path = bundle_record.path_of(bundle.name)
    if bundle.state == "absent":
        if seen.record is not None:
            plan.steps.append(Step("unrecord", path, f"forget bundle {bundle.name}"))
        return
    record = bundle_record.of_bundle(bundle)
    before = bundle_record.claim(seen.record, record)
    if plan.steps and before is not None:
        plan.steps.insert(0, Step("record", path, f"note what bundle {bundle.name} is about to write", before))
    if seen.record != record or (plan.steps and before is not None):
        plan.steps.append(Step("record", path, f"note bundle {bundle.name}", record))


def _pending(bundle: Bundle, seen: Observed, plan: Plan, written: set[str]) -> list[Pending]:
    running = {**seen.running, **{step.target: step.item for step in plan.steps if step.kind == "forget"}}
    found = []
    for unit in bundle.units:
        if unit.state != "started" or unit.is_template:
            continue
        state = seen.units.get(unit.name, UnitState())
        now = running.get(unit.name)
        reason = _reason(bundle, unit, seen, written)
        wanted = plan.digests[unit.name]
        item = decide(unit.name, unit.on_change, state, wanted=wanted, running=now, because=reason)
        if item:
            found.append(item)
    return found


def _reason(bundle: Bundle, unit: Unit, seen: Observed, written: set[str]) -> str:
    record = bundle_record.of_bundle(bundle)
    paths = [path for path, file in record.files.items() if path in written and unit.name in file.units]
    paths += [path for path in own_paths(bundle.name, unit.name) if path in written]
    reasons = [f"changed: {', '.join(paths)}"] if paths else []
    if unit.is_service and seen.record and seen.record.release != bundle.release:
        names = [PurePosixPath(value).name or "none" for value in (seen.record.release, bundle.release)]
        reasons.append(f"release {names[0]} gives way to {names[1]}")
    return "; ".join(reasons)
