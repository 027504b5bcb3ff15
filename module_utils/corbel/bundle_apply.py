"""Makes the changes of a plan, in order. Every step can be repeated; a killed run is finished by the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ansible.module_utils.corbel import (
    bundle_accounts,
    bundle_changes,
    bundle_packages,
    bundle_plan,
    bundle_record,
    bundle_units,
)
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.bundle_layout import BOOT_PATH
from ansible.module_utils.corbel.bundle_plan import Observed, Plan, Step
from ansible.module_utils.corbel.bundle_record import RECORDS
from ansible.module_utils.corbel.bundle_spec import UNIT_DIRECTORY, Bundle, Directory, File
from ansible.module_utils.corbel.bundle_state import observe
from ansible.module_utils.corbel.bundle_tree import Ownership
from ansible.module_utils.corbel.bundle_units import DIGESTS, RUNNING, Failure, Pending

EARLY = ("packages", "account")


@dataclass
class Outcome:
    """What a run did, or in check mode would do."""

    steps: list[Step] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    acted: list[Pending] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    before: Observed = field(default_factory=Observed)

    @property
    def changed(self) -> bool:
        """Whether anything was, or would be, different afterwards."""
        return bool(self.steps or self.acted)


def run(host: Host, bundle: Bundle, check: bool = False, outcome: Outcome | None = None) -> Outcome:
    """Bring a host to a bundle. `outcome` is filled as the run goes, so that it tells of a run that fails as well."""
    bundle = wanted_bundle(bundle)
    if check:
        return _dry(host, bundle)
    # A run that has nothing to do needs no lock and leaves no trace.
    planned = _dry(host, bundle, check=False)
    if not planned.changed:
        return planned
    found = bundle_changes.changes(planned.steps, [*planned.acted, *planned.pending], planned.before)
    bundle_changes.refuse_unplanned(found, bundle.allowed)
    with host.locked(max(bundle.timeout * 4, 600)):
        return _apply(host, bundle, Outcome() if outcome is None else outcome)


def wanted_bundle(bundle: Bundle) -> Bundle:
    """An absent bundle wants nothing; its record says what there is to remove."""
    if bundle.state == "present":
        return bundle
    return replace(bundle, packages=(), groups=(), users=(), directories=(), files=(), units=(), watch=(), release="")


def _dry(host: Host, bundle: Bundle, check: bool = True) -> Outcome:
    seen = observe(host, bundle)
    plan = bundle_plan.make(bundle, seen, check)
    outcome = Outcome(steps=plan.all_steps, warnings=plan.warnings, before=seen)
    _share(bundle, plan, outcome)
    return outcome


def _share(bundle: Bundle, plan: Plan, outcome: Outcome) -> None:
    if bundle.units_action == "apply":
        outcome.acted = plan.pending
    else:
        outcome.pending = plan.pending


def _apply(host: Host, bundle: Bundle, outcome: Outcome) -> Outcome:
    seen = observe(host, bundle)
    plan = bundle_plan.make(bundle, seen)
    outcome.before = seen
    for kind in EARLY:
        # A package may make the accounts that the plan would make, so look again after it.
        early = [step for step in plan.early if step.kind == kind]
        if not early:
            continue
        _make(host, early, outcome)
        seen = observe(host, bundle)
        plan = bundle_plan.make(bundle, seen)
        # The host as it was, but for what the packages brought: that is what a file's change is shown against.
        outcome.before = seen
    if plan.early:
        raise BundleError(
            f"after its packages and accounts were made, bundle {bundle.name} still has to "
            f"{'; '.join(step.says for step in plan.early)}; another program is expected not to undo it"
        )
    outcome.warnings = plan.warnings
    _make(host, plan.steps, outcome)
    _share(bundle, plan, outcome)
    outcome.failures = bundle_units.act(host, outcome.acted, plan.digests, bundle.timeout, bundle.settle)
    return outcome


def _make(host: Host, steps: list[Step], outcome: Outcome) -> None:
    for step in steps:
        ACTIONS[step.kind](host, step)
        outcome.steps.append(step)


def _packages(host: Host, step: Step) -> None:
    bundle_packages.install(host, step.item)


def _clean_policy(host: Host, step: Step) -> None:
    bundle_packages.clean_policy(host.tree)


def _account(host: Host, step: Step) -> None:
    host.must(step.item, "mend the account by hand, or the bundle's option users, and run again")


def _owner(host: Host, item: File | Directory) -> Ownership:
    accounts = bundle_accounts.read(host.tree)
    uid, gid = accounts.uid(item.owner), accounts.gid(item.group)
    if uid is None or gid is None:
        raise BundleError(f"{item.path}: owner {item.owner}:{item.group} does not exist; list it under users or groups")
    return Ownership(uid, gid, item.mode)


def _mkdir(host: Host, step: Step) -> None:
    host.tree.mkdir(step.target, _owner(host, step.item))


def _mend(host: Host, step: Step) -> None:
    directory = isinstance(step.item, Directory)
    host.tree.mend(step.target, _owner(host, step.item), directory=directory)


def _write(host: Host, step: Step) -> None:
    file: File = step.item
    folder = step.target.rpartition("/")[0]
    own = step.target.startswith(f"{UNIT_DIRECTORY}/") or step.target == BOOT_PATH
    if own and host.tree.look(folder) is None:
        host.tree.mkdir(folder, host.own(0o755))
    host.tree.write(step.target, file.content, _owner(host, file))


def _test(host: Host, step: Step) -> None:
    file: File = step.item

    def test(partial: str) -> None:
        command = [word.replace("%s", partial) for word in file.validate]
        done = host.run(command, 120)
        if done.code:
            said = "\n".join((done.err or done.out).strip().splitlines()[-10:])
            words = bundle_units.secret_words([file.content.decode(errors="replace")] if file.secret else [])
            raise BundleError(
                f"{file.path}: the new content does not pass '{' '.join(file.validate)}', so no file of a "
                f"unit changes; mend the template or its variables\n{bundle_units.redact(said, words)}"
            )

    host.tree.try_out(step.target, file.content, _owner(host, file), test)


def _forget(host: Host, step: Step) -> None:
    # First what a start would copy, then what the last start copied.
    host.tree.remove(f"{DIGESTS}/{step.target}")
    if step.item is None:
        host.tree.remove(f"{RUNNING}/{step.target}")
    else:
        host.tree.write(f"{RUNNING}/{step.target}", step.item.encode(), host.own())


def _stop(host: Host, step: Step) -> None:
    host.must(["systemctl", "stop", "--", step.target], f"see 'systemctl status {step.target}' on the host", 600)


def _retire(host: Host, step: Step) -> None:
    _stop(host, step)
    # A unit without an installation section, or whose file is gone, has nothing to disable.
    host.run(["systemctl", "disable", "--no-reload", "--quiet", "--", step.target], 60)
    host.run(["systemctl", "reset-failed", "--", step.target], 60)


def _remove(host: Host, step: Step) -> None:
    host.tree.remove(step.target)


def _rmdir(host: Host, step: Step) -> None:
    host.tree.rmdir(step.target)


def _purge(host: Host, step: Step) -> None:
    host.tree.purge(step.target)


def _digest(host: Host, step: Step) -> None:
    if host.tree.look(DIGESTS) is None:
        host.tree.mkdir(DIGESTS, host.own(0o755))
    host.tree.write(f"{DIGESTS}/{step.target}", step.item.encode(), host.own())


def _enable(host: Host, step: Step) -> None:
    verb = "reenable" if step.kind == "enable" else step.kind
    host.must(
        ["systemctl", verb, "--no-reload", "--quiet", "--", step.target],
        f"see the [Install] section of {step.target}; if the unit is masked, unmask it",
    )


def _daemon_reload(host: Host, step: Step) -> None:
    host.must(["systemctl", "daemon-reload"], "see 'systemctl status' on the host")


def _record(host: Host, step: Step) -> None:
    if host.tree.look(RECORDS) is None:
        host.tree.mkdir(RECORDS, host.own(0o700))
    host.tree.write(step.target, bundle_record.dump(step.item), host.own(0o600))


def _unrecord(host: Host, step: Step) -> None:
    host.tree.remove(step.target)


ACTIONS: dict[str, Callable[[Host, Step], None]] = {
    "packages": _packages,
    "clean_policy": _clean_policy,
    "account": _account,
    "mkdir": _mkdir,
    "mend": _mend,
    "test": _test,
    "write": _write,
    "forget": _forget,
    "stop": _stop,
    "retire": _retire,
    "remove": _remove,
    "rmdir": _rmdir,
    "purge": _purge,
    "digest": _digest,
    "enable": _enable,
    "disable": _enable,
    "daemon_reload": _daemon_reload,
    "record": _record,
    "unrecord": _unrecord,
}
