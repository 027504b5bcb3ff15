"""Debian packages: which are missing, and how they are installed without starting anything."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.bundle_tree import Ownership, Tree

STATUS = "/var/lib/dpkg/status"
POLICY = "/usr/sbin/policy-rc.d"
KEPT_POLICY = "/usr/sbin/policy-rc.d.kept-by-corbel"
MARK = b"# Made by Corbel"
INSTALL = (
    "apt-get",
    "--yes",
    "--quiet",
    "--no-install-recommends",
    "--option=DPkg::Lock::Timeout=300",
    "--option=Dpkg::Options::=--force-confdef",
    "--option=Dpkg::Options::=--force-confold",
    "install",
)
UPDATE = ("apt-get", "--quiet", "--option=DPkg::Lock::Timeout=300", "update")
REPAIR = ("dpkg", "--configure", "-a", "--force-confdef", "--force-confold")
STALE = ("Unable to locate package", "has no installation candidate", "404 ", "Failed to fetch", "unmet dependencies")
LONG = 3600


def missing(status: bytes, names: Sequence[str]) -> list[str]:
    """Name the packages that are not completely installed, from dpkg's status file."""
    return [name for name in names if not _installed(status, name)]


def _installed(status: bytes, name: str) -> bool:
    plain, _, architecture = name.partition(":")
    head = f"Package: {plain}\n".encode()
    position = -1
    while (position := status.find(head, position + 1)) >= 0:
        if position and status[position - 1 : position] != b"\n":
            continue
        end = status.find(b"\n\n", position)
        lines = status[position : end if end >= 0 else len(status)].split(b"\n")
        fits = not architecture or f"Architecture: {architecture}".encode() in lines
        if fits and any(line.startswith(b"Status: ") and line.endswith(b" ok installed") for line in lines):
            return True
    return False


def read_missing(tree: Tree, names: Sequence[str]) -> list[str]:
    """Name the packages a host lacks."""
    return missing(tree.read(STATUS) or b"", names) if names else []


def install(host: Host, names: Sequence[str]) -> None:
    """Install packages; their daemons stay off until they are configured."""
    with _nothing_starts(host):
        done = host.run([*INSTALL, *names], LONG)
        if done.code and "dpkg was interrupted" in done.err:
            host.must(REPAIR, "repair the package system by hand and run again", LONG)
            done = host.run([*INSTALL, *names], LONG)
        if done.code and any(sign in done.err + done.out for sign in STALE):
            host.must(UPDATE, "check the host's package sources in /etc/apt", LONG)
            done = host.run([*INSTALL, *names], LONG)
    if done.code:
        errors = [line for line in (done.err + done.out).splitlines() if line.startswith("E: ")]
        said = "; ".join(errors[:3]) or done.said
        raise BundleError(
            f"packages {', '.join(names)} could not be installed: {said}; check the option packages and the host's "
            "package sources in /etc/apt, and run again"
        )
    left = read_missing(host.tree, names)
    if left:
        raise BundleError(
            f"apt-get installed packages {', '.join(names)} but dpkg does not list {', '.join(left)}; "
            "give the names of real packages, not of virtual ones"
        )


@contextmanager
def _nothing_starts(host: Host) -> Iterator[None]:
    """Deny maintainer scripts the start of daemons, for as long as this process lives and no longer."""
    tree = host.tree
    clean_policy(tree)
    present = tree.look(POLICY, content=True)
    if present and present.kind == "file" and present.content is not None:
        tree.write(KEPT_POLICY, present.content, Ownership(present.uid, present.gid, present.mode))
    tree.write(POLICY, _policy(), host.own(0o755))
    try:
        yield
    finally:
        clean_policy(tree)


def clean_policy(tree: Tree) -> None:
    """Put back what was there before; a run that was killed may have left ours."""
    present = tree.read(POLICY)
    if present is not None and MARK in present:
        kept = tree.look(KEPT_POLICY, content=True)
        if kept and kept.content is not None:
            tree.write(POLICY, kept.content, Ownership(kept.uid, kept.gid, kept.mode))
        else:
            tree.remove(POLICY)
    tree.remove(KEPT_POLICY)


def _policy() -> bytes:
    """Deny while this process lives: left behind by a killed run, the script allows what was allowed before."""
    stat = Path("/proc/self/stat").read_text()
    started = stat.rpartition(")")[2].split()[19]
    script = f"""#!/bin/sh
{MARK.decode()}, which installs packages and starts their daemons only once they are configured.
if [ "$(sed 's/.*) //' /proc/{os.getpid()}/stat 2>/dev/null | cut -d' ' -f20)" = "{started}" ]; then exit 101; fi
if [ -x {KEPT_POLICY} ]; then exec {KEPT_POLICY} "$@"; fi
exit 0
"""
    return script.encode()
