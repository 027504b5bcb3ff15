"""What the module volume_group does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import disk_facts, disks, exclusive, host_journal
from ansible.module_utils.corbel import volume_group as groups
from ansible.module_utils.corbel.plan_change import Change, told

NAME = {"type": "str"}
POOL = {"name": {"type": "str", "required": True}, "percent": {"type": "int", "default": 95}}
ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "disks": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {"serial": NAME, "wwn": NAME, "by_id": NAME},
    },
    "expendable": {"type": "list", "elements": "raw", "default": []},
    "thin_pool": {"type": "dict", "options": POOL},
}
# What is there is seen, whatever a file of devices or a filter says.
COMMON = ["--config", disk_facts.EVERYTHING]
LVM = ("vgcreate", "vgextend", "vgreduce", "pvchange", "pvmove", "pvremove", "lvcreate", "lvextend")
# Without a question, and before the next command asks for the result.
FLAGS = {"pvmove": ["--interval", "1"]} | {name: ["--yes"] for name in ("pvremove", "vgcreate", "vgextend", "lvcreate")}
# Links that follow what is on a disk, not the disk.
CONTENT = ("lvm-pv-uuid-", "dm-", "md-")
# More than any plan has: a guard against commands that succeed and change nothing.
MOST_ACTIONS = 500


class Host:
    """The commands of one host."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module

    def run(self, command: list[str]) -> tuple[int, str, str]:
        """Run a command that may not be there."""
        if self.module.get_bin_path(command[0]) is None:
            return 127, "", f"{command[0]} is not installed"
        return self.module.run_command(command, check_rc=False, environ_update={"LC_ALL": "C"})

    def group(self, name: str) -> groups.Group | None:
        """The volume group as it is."""
        texts = {}
        for command, options in groups.OPTIONS.items():
            report = ["--reportformat", "json", "--units", "b", "--nosuffix", "--options", options]
            everything = ["--all"] if command == "lvs" else []
            code, out, error = self.run([command, *COMMON, *report, *everything])
            if code == 127 and self.module.check_mode:
                return None
            if code:
                raise groups.VolumeGroupError(f"'{command}' ended with {code}: {last_line(error)}")
            texts[command] = out
        return groups.parse(name, texts)

    def apply(self, action: groups.Action) -> None:
        """Run one command of a plan."""
        program, *rest = action.command
        extra = [*COMMON, *FLAGS.get(program, [])] if program in LVM else []
        code, _, error = self.run([program, *extra, *rest])
        if code:
            raise groups.VolumeGroupError(
                f"could not {action.sentence}: '{' '.join(action.command)}' ended with {code}: {last_line(error)}"
            )


def last_line(text: str) -> str:
    """The line in which a command says why."""
    return (text.strip().splitlines() or ["no message"])[-1].strip()


def stable_path(entry: disks.Judged, links: Path = Path("/dev/disk")) -> str:
    """A link that leads to a disk whatever the kernel calls it."""
    if entry.wanted.kind == "by_id":
        return disks.link_path(entry.wanted.name)
    device = Path(entry.device).resolve()
    for folder in ("by-id", "by-path"):
        found = sorted(
            link
            for link in (links / folder).glob("*")
            if not link.name.startswith(CONTENT) and link.resolve() == device
        )
        if found:
            return str(found[0])
    return entry.device


def bring_about(host: Host, module: AnsibleModule) -> dict[str, Any]:
    """Plan, do a part, look again, until nothing differs."""
    name, given = module.params["name"], module.params["thin_pool"]
    pool = groups.Pool(given["name"], given["percent"]) if given else None
    groups.check_name(name)
    if pool:
        groups.check_name(pool.name)
        groups.check_pool(pool)
    wanted = disks.wanted_disks(module.params["disks"], name)
    expendable = disks.expendable_names(module.params["expendable"])
    done: list[groups.Action] = []
    first: groups.Plan | None = None
    while True:
        judged = disks.judge_all(wanted, disk_facts.disk_facts(host.run, wanted), expendable)
        plan = groups.make_plan(name, judged, host.group(name), pool)
        first = first or plan
        if module.check_mode:
            done = plan.actions
            break
        if not plan.actions:
            break
        if len(done) > MOST_ACTIONS:
            raise groups.VolumeGroupError(
                f"volume group {name} still differs after {len(done)} commands; next would be to "
                f"{plan.actions[0].sentence}. See 'pvs' and 'lvs -a' on this host."
            )
        for action in plan.actions:
            host.apply(action)
            done.append(action)
            if action.look_again:
                break
    return {
        "changed": bool(done),
        "commands": [list(action.command) for action in done],
        "changes": [str(action) for action in done],
        "devices": [entry.device for entry in judged],
        "stable_paths": [stable_path(entry) for entry in judged],
        "diff": {"before": first.before, "after": first.after},
        **told(Change("volume", action.sentence, "change", measured=action.size) for action in done),
    }


def execute(module: AnsibleModule) -> None:
    """Plan and apply."""
    try:
        # What a killed run left at work here may still be moving extents.
        with contextlib.nullcontext() if module.check_mode else exclusive.locked():
            result = bring_about(Host(module), module)
    except (disks.DiskError, groups.VolumeGroupError, exclusive.BusyError) as error:
        module.fail_json(msg=str(error))
    host_journal.note_result("volume_group", result, module.check_mode)
    module.exit_json(**result)
