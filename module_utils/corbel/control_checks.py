"""Checks of the controlling machine. Pure: facts and the cloud in, findings out."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import hmac
import re
from collections.abc import Iterator
from resource import RLIM_INFINITY
from typing import Any

from ansible.module_utils.corbel.control_facts import CORE, Facts
from ansible.module_utils.corbel.inventory_cloud import Cloud, Host
from ansible.module_utils.corbel.preflight_finding import Finding

WHERE = "the controlling machine"
LEAST_FREE_MB = 1024
# Of each fork: pipes to it, its SSH and the connection that is kept; itself, SSH and what that starts; its memory.
FILES, PROCESSES, MEMORY_MB = 5, 4, 40
# Of Ansible itself and whatever else runs.
OTHER_FILES, OTHER_PROCESSES = 128, 256
# Hashed names must be tried one by one.
MOST_HASHES = 200_000
MOST_FILES = 5
SSH_ARGUMENTS = ("ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args")
BLIND = re.compile(r"StrictHostKeyChecking[= ](no|off|accept-new)", re.IGNORECASE)
OWN_FILE = re.compile(r"UserKnownHostsFile[= ]|-F\b", re.IGNORECASE)


def run(facts: Facts, cloud: Cloud) -> list[Finding]:
    """Run every check."""
    return [
        *versions(facts),
        *collections(facts),
        *room(facts),
        *limits(facts, len(cloud.hosts)),
        *host_keys(facts, cloud),
        *built(facts),
        *checkout(facts),
    ]


def versions(facts: Facts) -> Iterator[Finding]:
    """Compare Ansible and the libraries with what the product was tested with."""
    core = facts.installed.get(CORE, "")
    series = sorted({_series(version) for version in facts.core_versions})
    if core and _series(core) not in series:
        yield Finding(
            "CTL-001",
            f"{CORE} {core}",
            f"a version of {' or '.join(series)}, which this product is tested with",
            "make .venv with make venv and use its ansible-playbook",
            where=WHERE,
        )
    for name, version in facts.pinned.items():
        present = facts.installed.get(name, "")
        known = name == CORE and _series(present) not in series
        if present != version and not known and not (name == "ansible" and facts.collections):
            yield Finding(
                "CTL-002",
                f"{name} {present or 'not installed'}",
                f"{name} {version} (requirements.txt)",
                "make .venv anew with make venv and use its ansible-playbook",
                variable=name,
                where=WHERE,
            )


def collections(facts: Facts) -> Iterator[Finding]:
    """Find collections that hide those of the package ansible."""
    for name, present in facts.collections.items():
        wanted = facts.pinned_collections[name]
        if present != wanted:
            yield Finding(
                "CTL-002",
                f"collection {name} {present}, which hides that of the package ansible",
                f"{name} {wanted} (requirements.yml)",
                "run: ansible-galaxy collection install --force -r requirements.yml, or remove it",
                variable=name,
                where=WHERE,
            )


def room(facts: Facts) -> Iterator[Finding]:
    """Check the room on the disks that a run writes to."""
    for folder, free in facts.free_mb.items():
        if free < LEAST_FREE_MB:
            yield Finding(
                "CTL-003",
                f"{free} MiB free for {folder}",
                f"at least {LEAST_FREE_MB} MiB for secrets, certificates, releases and what Ansible writes meanwhile",
                "free space; releases can lie elsewhere with CORBEL_CACHE",
                variable=folder,
                where=WHERE,
            )


def limits(facts: Facts, hosts: int) -> Iterator[Finding]:
    """Check that the forks that will work at once have files, processes and memory."""
    forks = min(facts.forks, max(hosts, 1))
    wanted = {
        "open files": (facts.open_files, forks * FILES + OTHER_FILES, "raise it: ulimit -n"),
        "processes": (facts.processes, forks * PROCESSES + OTHER_PROCESSES, "raise it: ulimit -u"),
        "MiB of memory": (facts.memory_mb, forks * MEMORY_MB, "add memory"),
    }
    for what, (present, needed, fix) in wanted.items():
        if present != RLIM_INFINITY and present < needed:
            yield Finding(
                "CTL-004",
                f"{present} {what}",
                f"{needed} for {forks} hosts at once",
                f"{fix}, or set a smaller number with --forks",
                variable=what,
                where=WHERE,
            )


def host_keys(facts: Facts, cloud: Cloud) -> Iterator[Finding]:
    """Find hosts whose key SSH would take without knowing it, or would ask about."""
    reached = [host for host in cloud.hosts.values() if _by_ssh(cloud, host)]
    blind = [host.name for host in reached if _blind(facts, cloud, host)]
    if blind:
        yield Finding(
            "CTL-005",
            "keys of hosts are taken unseen",
            "host_key_checking on, and neither no nor accept-new for StrictHostKeyChecking",
            "remove the setting, and fill known_hosts from a source you trust",
            where=WHERE,
            hosts=tuple(blind),
        )
    if facts.known_hosts is None:
        return
    plain = {name for field in facts.known_hosts for name in field.split(",") if not name.startswith("|")}
    hashed = [field for field in facts.known_hosts if field.startswith("|")]
    patterns = [name for name in plain if "*" in name or "?" in name]
    # What a file of the operator's own choosing holds, SSH will tell.
    usual = [host for host in reached if not OWN_FILE.search(_arguments(cloud, host))]
    if len(hashed) * len(usual) > MOST_HASHES:
        return
    unknown = tuple(
        host.name
        for host in usual
        if host.name not in blind
        and not (names := _names(cloud, host)) & plain
        and not any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)
        and not any(_is_hash_of(field, name) for field in hashed for name in names)
    )
    if unknown:
        yield Finding(
            "CTL-005",
            "no key in known_hosts",
            "the key of each host, so that the first connection is to the host it should be",
            "add the keys that the hosts show on their console (/etc/ssh/ssh_host_ed25519_key.pub)",
            where=WHERE,
            hosts=unknown,
        )


def built(facts: Facts) -> Iterator[Finding]:
    """Find environments of the release that are not built, or whose archive is cut off."""
    if facts.incomplete:
        yield Finding(
            "CTL-006",
            f"no whole archive of {', '.join(facts.incomplete)} of {facts.release}",
            "archives as the manifest lists them; each host compares the digests",
            "run: make release",
            variable="corbel_release",
            where=WHERE,
        )


def checkout(facts: Facts) -> Iterator[Finding]:
    """Find changes of the product that no commit has, and commits that no tag names."""
    changed = facts.changed_files or []
    if changed:
        more = f" and {len(changed) - MOST_FILES} more" if len(changed) > MOST_FILES else ""
        yield Finding(
            "CTL-007",
            f"changes that are not committed: {', '.join(changed[:MOST_FILES])}{more}",
            "a clean checkout, so that what was deployed can be told and had again",
            "commit the changes, or put them aside",
            where=WHERE,
        )
    elif not facts.tagged:
        yield Finding(
            "CTL-007",
            "a commit without a tag",
            "a tagged commit, so that what was deployed has a name",
            "check out a tag",
            where=WHERE,
        )


def _series(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _by_ssh(cloud: Cloud, host: Host) -> bool:
    return str(cloud.value("ansible_connection", host) or "ssh") in {"ssh", "smart", "ansible.builtin.ssh"}


def _arguments(cloud: Cloud, host: Host) -> str:
    texts: list[Any] = [cloud.value(name, host) for name in SSH_ARGUMENTS]
    return " ".join(text for text in texts if isinstance(text, str))


def _blind(facts: Facts, cloud: Cloud, host: Host) -> bool:
    own = [cloud.value(name, host) for name in ("ansible_host_key_checking", "ansible_ssh_host_key_checking")]
    checking = next((value for value in own if value is not None), facts.key_checking)
    return str(checking).lower() in {"false", "no", "0"} or bool(BLIND.search(_arguments(cloud, host)))


def _names(cloud: Cloud, host: Host) -> set[str]:
    """Give the names under which SSH looks a host up."""
    name = str(cloud.value("ansible_host", host) or host.name)
    port = str(cloud.value("ansible_port", host) or 22)
    return {name} if port == "22" else {f"[{name}]:{port}"}


def _is_hash_of(field: str, name: str) -> bool:
    """Tell whether a hashed field (|1|salt|hash) is of a name."""
    parts = field.split("|")
    try:
        salt, wanted = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (IndexError, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), wanted)
