"""What a run of a bundle changes, as a plan names it, and whether that was planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_plan import Observed, Step
from ansible.module_utils.corbel.bundle_spec import Directory
from ansible.module_utils.corbel.bundle_units import Pending
from ansible.module_utils.corbel.plan_change import Change, step_key

# Steps that keep the module's own books.
BOOKS = ("record", "unrecord", "digest", "forget", "test", "daemon_reload", "clean_policy")
MOST_NAMED = 5


def changes(steps: Sequence[Step], acted: Iterable[Pending], before: Observed) -> list[Change]:
    """Name what changes on the host."""
    found = [change for step in steps if step.kind not in BOOKS for change in _of_step(step, before)]
    return found + unit_changes(acted)


def unit_changes(acted: Iterable[Pending]) -> list[Change]:
    """Name the units that are started, restarted or reloaded, and why."""
    return [Change("unit", item.name, item.action, item.reason) for item in acted]


def refuse_unplanned(found: Iterable[Change], allowed: frozenset[tuple[str, ...]] | None) -> None:
    """While a saved plan is applied, nothing else may change; None stands for a run without a plan."""
    if allowed is None:
        return
    unplanned = [one for one in found if step_key(one.kind, one.name, one.action) not in allowed]
    beyond = [f"{one.action} {one.kind} {one.name}" for one in unplanned]
    if beyond:
        more = f" and {len(beyond) - MOST_NAMED} more" if len(beyond) > MOST_NAMED else ""
        raise BundleError(
            f"the plan that is applied does not have: {', '.join(beyond[:MOST_NAMED])}{more}; the host moved since the "
            "plan was compared, and nothing of this bundle was changed. Plan again with playbooks/plan.yml"
        )


def _of_step(step: Step, before: Observed) -> list[Change]:
    if step.kind == "packages":
        return [Change("package", name, "install") for name in step.item]
    if step.kind == "account":
        # A user and its group often have one name.
        whose = "group" if step.item[0] == "groupadd" else "user"
        action = "change" if step.item[0] == "usermod" else "create"
        return [Change("account", f"{whose} {step.target}", action, step.says)]
    there = before.entries.get(step.target) is not None
    whose = "directory" if isinstance(step.item, Directory) else "file"
    found = {
        "mkdir": Change("directory", step.target, "create"),
        "rmdir": Change("directory", step.target, "remove"),
        "purge": Change("directory", step.target, "remove", "with everything in it"),
        "write": Change("file", step.target, "change" if there else "create"),
        "mend": Change(whose, step.target, "change", "owner or mode"),
        "remove": Change("file", step.target, "remove"),
        "retire": Change("unit", step.target, "stop", "no longer part of the service"),
    }
    return [found.get(step.kind, Change("unit", step.target, step.kind))]
