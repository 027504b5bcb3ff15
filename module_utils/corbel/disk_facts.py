"""The disks of a host and what is on them, read with lsblk, wipefs and pvs. Runs on hosts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.disks import Disk, DiskError, Signature, Wanted, is_lvm, link_path, resolve

COLUMNS = "PATH,TYPE,SIZE,RO,SERIAL,WWN,MOUNTPOINTS,FSTYPE,LABEL,MAJ:MIN"
# All that exists, also what a file of devices or a filter keeps from the other commands.
EVERYTHING = 'devices { use_devicesfile=0 filter=["a|.*|"] global_filter=["a|.*|"] }'

# Gives return code, standard output and standard error of a command.
Run = Callable[[list[str]], tuple[int, str, str]]


class CommandError(DiskError):
    """A command that reads disks ended badly, so that nothing is known of them."""


def parse_lsblk(text: str, identities: Mapping[str, tuple[frozenset[str], frozenset[str]]]) -> list[Disk]:
    """Disks, partitions and what is made of them. `identities` are serials and WWNs that the kernel itself gives."""
    disks: dict[str, Disk] = {}

    def walk(entry: Mapping[str, Any], parent: Disk | None) -> None:
        device = entry["path"]
        disk = disks.get(device)
        if disk is None:
            serials, wwns = identities.get(device, (frozenset(), frozenset()))
            # A volume or a partition has the names of its disk, which are not its own.
            own = parent is None or entry.get("type") == "mpath"
            disk = disks[device] = Disk(
                device,
                int(entry.get("size") or 0),
                bool(entry.get("ro")),
                serials | ({str(entry["serial"]).strip()} if own and entry.get("serial") else frozenset()),
                wwns | ({str(entry["wwn"]).strip()} if own and entry.get("wwn") else frozenset()),
                mounts=sorted(path for path in entry.get("mountpoints") or [] if path),
            )
        if parent is not None:
            parent.children.append(describe_child(entry))
            parent.mounts = sorted({*parent.mounts, *disk.mounts})
            if entry.get("type") == "mpath":
                parent.multipath = device
        for child in entry.get("children") or []:
            walk(child, disk)

    for entry in json.loads(text or "{}").get("blockdevices", []):
        walk(entry, None)
    return list(disks.values())


def describe_child(entry: Mapping[str, Any]) -> str:
    """A partition or what else is made of a disk."""
    kind = {"part": "partition", "lvm": "logical volume", "crypt": "encrypted volume"}.get(
        entry.get("type") or "", f"{entry.get('type')} device"
    )
    content = f" with {entry['fstype']}" if entry.get("fstype") else ""
    label = f" labelled {entry['label']}" if entry.get("label") else ""
    return f"{kind} {entry['path']}{content}{label}"


def parse_signatures(text: str) -> list[Signature]:
    """What `wipefs --json --no-act` found; the same type may stand at several places."""
    found: list[Signature] = []
    for entry in json.loads(text or "{}").get("signatures", []):
        signature = Signature(entry["type"], entry.get("label") or "")
        if signature not in found:
            found.append(signature)
    return found


def parse_groups(text: str) -> dict[str, str]:
    """Device of each physical volume to its volume group, from `pvs --reportformat json`."""
    reports = json.loads(text or "{}").get("report", [])
    return {row["pv_name"]: row["vg_name"] for report in reports for row in report.get("pv", []) if row["vg_name"]}


def kernel_identities(root: Path) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Serials and WWNs that the kernel gives, also where no udev runs. `root` is /sys/block."""
    found = {}
    for folder in root.glob("*"):
        # A driver without one may say so.
        serials = {read_word(folder / name) for name in ("serial", "device/serial")} - {"", "(null)"}
        wwns = {read_word(folder / name) for name in ("wwid", "device/wwid")} - {""}
        found[f"/dev/{folder.name.replace('!', '/')}"] = (frozenset(serials), frozenset(wwns))
    return found


def read_word(path: Path) -> str:
    """A file of one line; empty when it is not there or the driver refuses."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip().strip("\0")
    except OSError:
        return ""


def is_busy(device: str) -> bool:
    """Whether the kernel refuses to give the whole device to one program: mounted anywhere, held, or swap."""
    try:
        os.close(os.open(device, os.O_RDONLY | os.O_EXCL | os.O_CLOEXEC))
    except OSError:
        return True
    return False


def output(run: Run, command: list[str]) -> str:
    """Standard output of a command that must end well."""
    code, out, error = run(command)
    if code:
        said = (error.strip() or out.strip() or "no message").splitlines()[-1]
        raise CommandError(f"'{' '.join(command)}' ended with {code}: {said}")
    return out


def disk_facts(run: Run, wanted: Sequence[Wanted], sysfs: Path = Path("/sys/block")) -> list[Disk]:
    """The devices that the names stand for, in their order, with everything that is on them. Reads only."""
    command = ["lsblk", "--json", "--bytes", "--all", "--output", COLUMNS]
    disks = parse_lsblk(output(run, command), kernel_identities(sysfs))
    links = {}
    for entry in wanted:
        if entry.kind == "by_id" and (path := Path(link_path(entry.name))).exists():
            links[entry.name] = os.path.realpath(path)
    refusals, chosen = [], []
    for entry in wanted:
        try:
            chosen.append(resolve(entry, disks, links))
        except DiskError as error:
            refusals.append(str(error))
    if refusals:
        raise DiskError("\n".join(refusals))
    for disk in chosen:
        disk.signatures = parse_signatures(output(run, ["wipefs", "--json", "--no-act", disk.device]))
        disk.busy = is_busy(disk.device)
    if any(is_lvm(signature) for disk in chosen for signature in disk.signatures):
        groups = volume_groups(run)
        for disk in chosen:
            disk.volume_group = groups.get(disk.device, "")
    return chosen


def volume_groups(run: Run) -> dict[str, str]:
    """Real path of each physical volume to its volume group; nothing where LVM is not installed."""
    command = ["pvs", "--config", EVERYTHING, "--reportformat", "json", "--options", "pv_name,vg_name"]
    code, out, _ = run(command)
    return {os.path.realpath(name): group for name, group in parse_groups(out).items()} if code == 0 else {}
