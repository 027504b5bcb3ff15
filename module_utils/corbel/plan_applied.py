"""What a run knows of the plan it applies, or of the check it is part of. Runs on the controlling machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ansible.module_utils.corbel import plan_model
from ansible.module_utils.corbel.plan_change import permitted
from ansible.module_utils.corbel.plan_collect import Item

# The environment of a run that applies a plan names it here, so that every worker sees it.
VARIABLE = "CORBEL_PLAN_APPLIED"
# The fact that names files which a task in check mode would have changed.
CHANGING = "corbel_changing_files"


def allowed(environment: Mapping[str, str], host: str) -> list[tuple[str, str, str]] | None:
    """What may change on a host; None where no plan is applied."""
    path = environment.get(VARIABLE)
    return sorted(_by_host(path).get(host, ())) if path else None


def record(plan: Path) -> Path:
    """Where a run that applies a plan notes what it has changed."""
    return plan.expanduser().absolute().with_name(f"{plan.stem}.applied.json")


def made(plan: Path) -> list[Item]:
    """What was changed after a plan was saved; a run that changed nothing notes nothing."""
    noted = record(plan)
    return plan_model.read(noted).items if noted.is_file() else []


def is_due(plan: Path, playbook: str) -> bool:
    """Whether a plan is of a playbook, and nothing was changed after it."""
    try:
        return plan_model.read(plan).playbook == playbook and not record(plan).exists()
    except plan_model.PlanError:
        return False


@lru_cache(maxsize=1)
def _by_host(path: str) -> dict[str, set[tuple[str, str, str]]]:
    found: dict[str, set[tuple[str, str, str]]] = {}
    for item in plan_model.read(Path(path)).items:
        found.setdefault(item.host, set()).update(permitted(item.kind, item.name, item.action))
    return found
