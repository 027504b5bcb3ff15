"""Answers the questions of a comparison on the host: many modules in check mode, in one process."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ModuleArgumentSpecValidator
from ansible.module_utils.corbel import atomic, bundle_payload, bundle_record, bundle_systemd
from ansible.module_utils.corbel.bundle_host import Completed, Host, Runner, run_command
from ansible.module_utils.corbel.bundle_tree import Entry, Tree

if TYPE_CHECKING:
    # Ansible sends a host what it sees imported; the host then loads only what it is asked for.
    from ansible.module_utils.corbel.calls import (  # noqa: F401
        database_account,
        host_certificate,
        hypervisor_info,
        keystone_resources,
        ovs_bridges,
        queue_account,
        release,
        schema_migration,
        service_bundle,
        service_units,
        storage_disks,
        swift_devices,
        swift_ring,
        swift_ring_files,
        volume_group,
    )

CALLS = "ansible.module_utils.corbel.calls"
UNFINISHED = Path("/var/lib/corbel/unfinished.json")


class Ended(Exception):
    """A module came to its result."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__("ended")
        self.result = result


class StandIn:
    """What a module has of AnsibleModule, for a call among others."""

    def __init__(self, module: AnsibleModule, params: dict[str, Any], check: bool) -> None:
        self._module = module
        self.params = params
        self.check_mode = check
        self._diff = False
        self.no_log_values: set[str] = set()

    def run_command(self, *arguments: Any, **options: Any) -> Any:
        """Run a command."""
        return self._module.run_command(*arguments, **options)

    def get_bin_path(self, program: str, required: bool = False, opt_dirs: list[str] | None = None) -> str | None:
        """Find a program; one that is required and missing ends this call, not all."""
        found: str | None = self._module.get_bin_path(program, False, opt_dirs)
        if found is None and required:
            self.fail_json(f"the program {program} is not installed")
        return found

    def warn(self, _: str) -> None:
        """Leave warnings to the run that acts."""

    def exit_json(self, **result: Any) -> NoReturn:
        """End with a result."""
        raise Ended(result)

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """End with a failure."""
        raise Ended({**result, "failed": True, "msg": msg})


class SeenTree(Tree):
    """Files, each read once."""

    def __init__(self, root: Path, seen: dict[Any, Any]) -> None:
        super().__init__(root)
        self._seen = seen

    def look(self, path: str, content: bool = False, children: bool = False, follow: bool = False) -> Entry | None:
        """Look at a path."""
        key = (path, content, children, follow)
        if key not in self._seen:
            self._seen[key] = super().look(path, content, children, follow)
        found: Entry | None = self._seen[key]
        return found


@dataclass
class SharedHost(Host):
    """A host whose files and units are read once for all bundles."""

    seen: dict[Any, Any] = field(default_factory=dict)

    @property
    def tree(self) -> Tree:
        """Its files."""
        return SeenTree(self.root, self.seen)


def sharing(run: Runner, names: Iterable[str]) -> Runner:
    """Answer `systemctl show` from one call about all units."""
    head = ["systemctl", "show", "--no-pager", f"--property={','.join(bundle_systemd.PROPERTIES)}", "--"]
    wanted = sorted(set(names))
    blocks: dict[str, str] = {}

    def shared(command: Any, timeout: float) -> Completed:
        words = list(command)
        if words[: len(head)] != head:
            return run(command, timeout)
        if wanted and not blocks:
            done = run([*head, *wanted], timeout)
            answers = [block for block in done.out.strip().split("\n\n") if block.strip()]
            if not done.code and len(answers) == len(wanted):
                blocks.update(zip(wanted, answers, strict=True))
        units = words[len(head) :]
        if all(unit in blocks for unit in units):
            return Completed(0, "\n\n".join(blocks[unit] for unit in units) + "\n")
        return run(command, timeout)

    return shared


def units_of(questions: Iterable[Mapping[str, Any]], tree: Tree) -> list[str]:
    """Name the units that bundles are going to ask for: those they list, and those their records list."""
    bundles = [
        bundle_payload.unpack(question["arguments"]["payload"])
        for question in questions
        if question["module"] == "service_bundle"
    ]
    names = [str(unit.get("name")) for bundle in bundles for unit in bundle.get("units") or ()]
    try:
        names += [name for record in bundle_record.read_all(tree).values() for name in record.units]
    except Exception:  # the bundle whose record it is says what is wrong with it
        return [name for name in names if "@." not in name]
    return [name for name in names if "@." not in name]


def answer_all(
    module: AnsibleModule, questions: list[dict[str, Any]], host: Host | None = None
) -> list[dict[str, Any]]:
    """Answer every question; one that goes wrong says so and leaves the others alone."""
    shared = SharedHost() if host is None else SharedHost(host.root, host.run, host.sleep, host.clock)
    shared.run = sharing(shared.run, units_of(questions, shared.tree))
    return [answer(module, question, shared) for question in questions]


def answer(module: AnsibleModule, question: Mapping[str, Any], host: Host) -> dict[str, Any]:
    """Answer one question as the module itself would."""
    name, arguments = question["module"], question["arguments"]
    special = SPECIAL.get(name)
    try:
        if special is not None:
            return special(arguments)
        call = importlib.import_module(f"{CALLS}.{name}")
        rules = getattr(call, "RULES", {})
        checked = ModuleArgumentSpecValidator(call.ARGUMENTS, **rules).validate(arguments)
        if checked.error_messages:
            return {"failed": True, "msg": "; ".join(checked.error_messages)}
        stand_in: Any = StandIn(module, checked.validated_parameters, bool(question["check"]))
        if name == "service_bundle":
            call.execute(stand_in, host)
        else:
            call.execute(stand_in)
    except Ended as ended:
        ended.result.pop("diff", None)
        return ended.result
    except Exception as error:  # soundness: what cannot be compared differs
        return {"failed": True, "msg": f"{name}: {type(error).__name__}: {error}"}
    return {"failed": True, "msg": f"{name} came to no result"}


def command(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run a command that its task declares to change nothing."""
    argv = arguments.get("argv") or arguments.get("cmd") or arguments.get("_raw_params")
    words = [str(word) for word in argv] if isinstance(argv, list) else str(argv).split()
    done = run_command(words, 60)
    return {
        "changed": True,
        "rc": done.code,
        "cmd": words,
        "stdout": done.out.rstrip("\r\n"),
        "stderr": done.err.rstrip("\r\n"),
        "stdout_lines": done.out.rstrip("\r\n").splitlines(),
        "stderr_lines": done.err.rstrip("\r\n").splitlines(),
        "failed": done.code != 0,
    }


def modprobe(arguments: Mapping[str, Any], root: Path = Path("/")) -> dict[str, Any]:
    """Look whether a module of the kernel is there, as the module of that name does in check mode."""
    if set(arguments) != {"name"}:
        return {"failed": True, "msg": "modprobe: only loading by name can be told beforehand"}
    name = str(arguments["name"])
    loaded = {line.partition(" ")[0] for line in (root / "proc/modules").read_text().splitlines()}
    builtin = root / "lib/modules" / os.uname().release / "modules.builtin"
    if name.replace("-", "_") in loaded:
        return {"changed": False}
    return {"changed": not any(line.endswith(f"/{name}.ko") for line in builtin.read_text().splitlines())}


SPECIAL: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"command": command, "modprobe": modprobe}
COMPARABLE = frozenset(path.stem for path in Path(__file__).with_name("calls").glob("[!_]*.py")) | SPECIAL.keys()


def unfinished(path: Path = UNFINISHED) -> list[str]:
    """Name the services that a run found to differ and did not bring to its end."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    return [str(name) for name in found] if isinstance(found, list) else []


def note_unfinished(names: Iterable[str], path: Path = UNFINISHED) -> None:
    """Write them down, or remove the note when there is none."""
    noted = sorted(set(names))
    if not noted:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, json.dumps(noted) + "\n", 0o644)
