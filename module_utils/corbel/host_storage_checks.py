"""Checks of disks, volume groups and what the kernel says of errors. Pure functions, standard library only."""

from __future__ import annotations

from collections.abc import Iterator

from ansible.module_utils.corbel.host_storage_facts import StorageFacts
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING, Finding

FULL_PERCENT = 90
FULL_METADATA_PERCENT = 80


def check(facts: StorageFacts, new: bool) -> Iterator[Finding]:
    """Run all checks of this file. A disk that a running host lost must not stop the mending of the others."""
    for sentence in facts.missing:
        yield Finding(
            "HOST-070",
            sentence,
            "every disk of cinder_volume_backends and swift_storage_devices",
            "mend the name, plug the disk in, or take it out of the list",
            severity=ERROR if new else WARNING,
        )
    for sentence in facts.refused:
        yield Finding(
            "HOST-070",
            sentence,
            "disks that are empty, the cloud's already, or named as expendable",
            "name another disk, or this one in cinder_volume_expendable_disks or swift_storage_expendable_disks",
        )
    yield from volume_groups(facts)
    yield from errors(facts)


def volume_groups(facts: StorageFacts) -> Iterator[Finding]:
    """Check what is in the volume groups of Cinder, and how full they are."""
    for group in facts.groups:
        if group.foreign:
            yield Finding(
                "HOST-071",
                f"volume group {group.name} has volumes that are not Cinder's: {', '.join(group.foreign[:5])}",
                "a volume group for Cinder alone, which counts all of it as its own",
                "move them to another volume group",
                variable="cinder_volume_backends",
                severity=WARNING,
            )
        full = [
            f"pool {name} has {data:.0f} % of its data and {metadata:.0f} % of its metadata in use"
            for name, data, metadata in group.pools
            if data > FULL_PERCENT or metadata > FULL_METADATA_PERCENT
        ]
        if not group.pools and group.size_mb and group.free_mb * 100 < group.size_mb * (100 - FULL_PERCENT):
            full.append(f"{group.free_mb} of {group.size_mb} MiB free")
        if full:
            yield Finding(
                "HOST-073",
                f"volume group {group.name}: {'; '.join(full)}",
                f"at most {FULL_PERCENT} % of data and {FULL_METADATA_PERCENT} % of metadata in use; a full pool "
                "stops every volume in it",
                f"add a disk to its backend; for metadata: lvextend --poolmetadatasize +1G {group.name}/<pool>",
                variable="cinder_volume_backends",
                severity=WARNING,
            )


def errors(facts: StorageFacts) -> Iterator[Finding]:
    """Check for disks that failed."""
    if facts.read_only:
        yield Finding(
            "HOST-072",
            f"a file system that takes no writes for {', '.join(facts.read_only)}",
            "one that can be written; the kernel stops writing after an error of the disk",
            "look at 'journalctl -k -p err', check the disk, and mount it again",
        )
    worn = [f"{name} counted errors of its file system" for name in facts.errors]
    worn += [f"array {name} misses a disk" for name in facts.degraded]
    if worn:
        yield Finding(
            "HOST-072",
            "; ".join(worn),
            "disks without errors",
            "look at 'journalctl -k -p err' and /proc/mdstat; check the file system (fsck) or replace the disk",
            severity=WARNING,
        )
