"""Which tasks of which roles write files with service_bundle, found in the roles themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INCLUDES = ("ansible.builtin.include_role", "ansible.builtin.import_role")
# Every role has these two, which hold data only.
DATA = ("corbel", "service_catalogue")
Load = Callable[[Path], Any]


@dataclass(frozen=True)
class BundleTask:
    """A task that applies a bundle: the roles that lead to it, outermost first, and the variables they pass on."""

    roles: tuple[str, ...]
    file: Path
    arguments: Mapping[str, Any]
    variables: tuple[Mapping[str, Any], ...] = ()


def bundle_tasks(roles: Path, role: str, load: Load) -> list[BundleTask]:
    """All of a role, and of the roles it includes."""
    return list(_of_role(roles, (role,), "", (), load))


def _of_role(
    roles: Path, chain: tuple[str, ...], only: str, variables: tuple[Mapping[str, Any], ...], load: Load
) -> Iterator[BundleTask]:
    folder = roles / chain[-1] / "tasks"
    files = [folder / f"{only}.yml"] if only else sorted(folder.glob("*.yml"))
    for file in files:
        for task in _tasks(load(file) or [] if file.is_file() else []):
            own = (*variables, task["vars"]) if isinstance(task.get("vars"), Mapping) else variables
            bundle = task.get("service_bundle")
            if isinstance(bundle, Mapping):
                yield BundleTask(chain, file, bundle, own)
            for key in INCLUDES:
                included = task.get(key) or {}
                name = str(included.get("name") or "")
                if name and "{{" not in name and name not in (*chain, *DATA):
                    yield from _of_role(roles, (*chain, name), str(included.get("tasks_from") or ""), own, load)


def _tasks(raw: Any) -> Iterator[Mapping[str, Any]]:
    for task in raw:
        if not isinstance(task, Mapping):
            continue
        yield task
        for part in ("block", "rescue", "always"):
            yield from _tasks(task.get(part) or [])


def variable_files(role: Path, kind: str) -> list[Path]:
    """Files of a role's `defaults` or `vars`."""
    main = role / kind / "main"
    return (
        sorted(main.glob("*.yml")) if main.is_dir() else [path for path in [main.with_suffix(".yml")] if path.is_file()]
    )
