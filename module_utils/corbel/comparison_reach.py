"""Finds out, from the files of roles alone, which tasks lead to one whose result other hosts need.

Names and files given as expressions are not followed. What is missed that way is read when it is needed, or its play
runs: slower, and no less right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROLES = frozenset({"include_role", "import_role"})
FILES = frozenset({"include_tasks", "import_tasks"})
NESTED = ("block", "rescue", "always")


def plain_name(action: str) -> str:
    """Give the name of an action without its collection."""
    return str(action).rpartition(".")[2]


@dataclass(frozen=True)
class Step:
    """What is known of a task before it runs."""

    action: str
    arguments: Mapping[str, Any]
    # Where files are that it names.
    folder: Path
    registers: bool = False
    once: bool = False
    delegated: bool = False


def of_task(task: Any, name: Callable[[str], str]) -> Step:
    """Give the step of a task that Ansible has loaded; `name` evaluates the name of a role."""
    action = plain_name(task.action)
    arguments = dict(task.args)
    if action in ROLES:
        # As it is: Ansible evaluates only text that it knows to be a template.
        arguments["name"] = name(arguments.get("name") or arguments["role"])
    folder = Path(str(task.get_path()).rpartition(":")[0]).parent
    return Step(action, arguments, folder, bool(task.register), bool(task.run_once), bool(task.delegate_to))


def of_yaml(content: Any, folder: Path) -> Iterator[Step]:
    """Give the steps of a list of tasks in a file."""
    for task in content if isinstance(content, Sequence) and not isinstance(content, str) else ():
        if not isinstance(task, Mapping):
            continue
        for part in NESTED:
            yield from of_yaml(task.get(part), folder)
        about = bool(task.get("register")), bool(task.get("run_once")), bool(task.get("delegate_to"))
        for key, given in task.items():
            arguments = given if isinstance(given, Mapping) else {"_raw_params": given}
            yield Step(plain_name(key), arguments, folder, *about)


@dataclass
class Reach:
    """The files of roles; each is looked at once."""

    load: Callable[[str], Any]
    roots: Sequence[Path]
    # Modules that answer together with others, and may speak for a whole batch.
    comparable: frozenset[str]
    _known: dict[Path, bool] = field(default_factory=dict)

    def leads(self, step: Step) -> bool:
        """Whether a step reads something for others, or includes what does."""
        if step.action in ROLES:
            name, start = str(step.arguments.get("name", "")), str(step.arguments.get("tasks_from", "main"))
            return self.role(name, start)
        if step.action in FILES:
            given = step.arguments.get("_raw_params") or step.arguments.get("file") or ""
            return self.file(step.folder / str(given))
        own = step.action.endswith("_info") and not step.delegated and not step.once
        return step.registers and (own or (step.once and step.action in self.comparable))

    def role(self, name: str, start: str = "main") -> bool:
        """Whether a role, or one that it depends on, leads to such a task."""
        for root in self.roots:
            meta = root / name / "meta/main.yml"
            needed = (self.load(str(meta)) or {}).get("dependencies") if meta.is_file() else None
            names = [one.get("role", "") if isinstance(one, Mapping) else one for one in needed or ()]
            if self.file(root / name / "tasks" / Path(start).with_suffix(".yml")) or any(map(self.role, names)):
                return True
        return False

    def file(self, path: Path) -> bool:
        """Whether a file of tasks leads to such a task."""
        if path not in self._known:
            # A file that includes itself leads nowhere by that.
            self._known[path] = False
            steps = of_yaml(self.load(str(path)), path.parent) if path.is_file() else ()
            self._known[path] = any(self.leads(step) for step in steps)
        return self._known[path]

    def needed(self, tasks: Iterable[Any], name: Callable[[str], str]) -> list[Any]:
        """Leave out the tasks after the last one that leads to such a task; `name` evaluates names of roles."""
        listed = list(tasks)
        while listed and not self.leads(of_task(listed[-1], name)):
            listed.pop()
        return listed
