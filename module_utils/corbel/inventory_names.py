"""Checks of names and types: unknown, misspelled and renamed variables, wrong types, set twice, not set."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.inventory_cloud import Cloud, Host, Unresolved
from ansible.module_utils.corbel.inventory_sources import EXTRA, GROUP, unused_files
from ansible.module_utils.corbel.inventory_types import IN_QUOTES, NAMES, Problem, check_overrides, check_value
from ansible.module_utils.corbel.naming import nearest
from ansible.module_utils.corbel.preflight_finding import Finding, did_you_mean, shown

NEARLY_EQUAL = 0.88
SHORTEST_GUESS = 8
PORTS = (1, 65535)
# Swift takes 0 processes for one that does all.
SWIFT_PROCESSES = (0, 1024)
# More often than each second nothing rests; less often than each week nothing is looked after.
PASS_SECONDS = (1, 86400 * 7)
BOUNDS: dict[str, tuple[float, float]] = {
    "ansible_port": PORTS,
    # Swift keeps no larger object.
    "cinder_backup_object_size": (32768, 5 * 2**30),
    "cinder_reservation_expire_hours": (1, 24 * 365),
    "corbel_api_processes": (1, 1024),
    "corbel_workers": (1, 1024),
    "heat_max_resources_per_stack": (-1, 10**6),
    "heat_max_stacks_per_project": (-1, 10**6),
    "horizon_processes": (1, 1024),
    "horizon_session_seconds": (60, 86400 * 7),
    "horizon_threads": (1, 1024),
    "horizon_upload_limit_bytes": (1, 2**50),
    # 0 would fail reads and writes of servers at once.
    "iscsi_initiator_replacement_timeout": (1, 86400),
    "keepalived_router_id_internal": (1, 255),
    "keepalived_router_id_public": (1, 255),
    "keystone_token_seconds": (60, 86400 * 30),
    "swift_account_ratelimit": (0, 10**6),
    "swift_dispersion_coverage": (0.001, 100),
    "swift_rings_backups": (1, 1000),
    "swift_rings_max_file_size": (1, 2**63 - 1),
    "swift_rings_timeout_seconds": (1, 3600),
    "swift_storage_audit_interval": PASS_SECONDS,
    "swift_storage_expire_interval": PASS_SECONDS,
    "swift_storage_replication_interval": PASS_SECONDS,
    "swift_storage_rsync_connections": (1, 1024),
    "swift_storage_shard_objects": (0, 10**12),
    "swift_storage_update_interval": PASS_SECONDS,
    "swift_storage_workers": SWIFT_PROCESSES,
    "swift_workers": SWIFT_PROCESSES,
}
BLANK = {
    "corbel_cloud",
    "corbel_region",
    "corbel_secrets_file",
    "corbel_ca_file",
    "corbel_queue_ca_file",
    "cinder_availability_zone",
    "cinder_backup_container",
    "heat_domain_admin",
    "horizon_default_domain",
}
# What may differ from host to host; all else of the role `corbel` is one value for the cloud.
OF_A_HOST = {
    "corbel_addresses",
    "corbel_management_address",
    "corbel_provider_networks",
    "corbel_release_root",
    "corbel_api_processes",
    "corbel_workers",
    "corbel_secrets",
    "corbel_no_log",
    "corbel_ca_file",
    "corbel_queue_ca_file",
}


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    yield from cloud.sources.findings
    yield from unused_files(cloud.sources, {*cloud.groups, "all", "ungrouped"}, set(cloud.hosts))
    yield from unknown_names(cloud)
    yield from set_twice(cloud)
    yield from missing(cloud)
    yield from expressions(cloud)
    yield from types(cloud)
    yield from bounds(cloud)
    yield from without_effect(cloud)
    yield from hidden(cloud)
    yield from differing(cloud)


def unknown_names(cloud: Cloud) -> Iterator[Finding]:
    """Find variables that look like ours and are not."""
    known = cloud.knowledge.variables
    names = [*cloud.sources.names(), *sorted({name for host in cloud.hosts.values() for name in host.variables})]
    for name in dict.fromkeys(names):
        if name in known:
            continue
        where = ", ".join(dict.fromkeys(one.where() for one in cloud.sources.of(name)))
        if name in cloud.knowledge.renamed:
            row = cloud.knowledge.renamed[name]
            replacement = row.get("replacement", "")
            yield Finding(
                "INV-002",
                f"a variable that release {row['since']} {'renamed' if replacement else 'removed'}",
                replacement or row["reason"],
                f"write {replacement} instead" if replacement else "remove the variable",
                variable=name,
                where=where,
            )
        elif _ours(cloud, name) and not _own_entry(cloud, name):
            close = nearest(name, known)
            fix = f"write {close}, or" if close else "remove the variable, or"
            yield Finding(
                "INV-001",
                "a variable that nothing reads",
                did_you_mean(name, known, "variable"),
                f"{fix} give a variable of your own a name that does not start like a role or service",
                variable=name,
                where=where,
            )


def _ours(cloud: Cloud, name: str) -> bool:
    """Tell whether a name starts like one of ours, or nearly is one of ours."""
    if name.startswith(("ansible_", "__")):
        return False
    if name == "corbel":
        return True
    words = name.casefold().split("_")
    starts = {"_".join(words[:count]) for count in range(1, len(words))}
    if starts & cloud.knowledge.prefixes:
        return True
    if len(name) < SHORTEST_GUESS:
        return False
    close = nearest(name, cloud.knowledge.variables)
    return bool(close) and difflib.SequenceMatcher(None, name, close).ratio() >= NEARLY_EQUAL


def _own_entry(cloud: Cloud, name: str) -> bool:
    return name.startswith("service_catalogue_") and isinstance(cloud.value(name), Mapping)


def set_twice(cloud: Cloud) -> Iterator[Finding]:
    """Find variables that one group or host has in two files; which one wins depends on the files' names."""
    for name in cloud.sources.names():
        seen: dict[tuple[str, str], Any] = {}
        for one in cloud.sources.of(name):
            if one.kind == EXTRA:
                continue
            first = seen.setdefault((one.kind, one.scope), one)
            if first.file != one.file or (first.line != one.line and one.line and first.scope != "all"):
                yield Finding(
                    "INV-009",
                    f"set for {one.kind} {one.scope} in {first.where()} and again here",
                    "one place for each group or host",
                    "remove one of the two",
                    variable=name,
                    where=one.where(),
                )


def missing(cloud: Cloud) -> Iterator[Finding]:
    """Find settings of the whole cloud that are required and not given."""
    for name in sorted(cloud.knowledge.cloud_wide):
        spec = cloud.knowledge.specs[name]
        without = [host.name for host in cloud.hosts.values() if name not in host.variables]
        if spec.get("required") and without and _served(cloud):
            yield Finding(
                "INV-006",
                "no value",
                f"{NAMES.get(str(spec.get('type', 'str')), 'string')}: {_description(spec)}",
                "set it in group_vars/all of the inventory"
                if name not in OF_A_HOST
                else "set it at the host in hosts.yml, or in host_vars",
                variable=name,
                hosts=tuple(without) if len(without) < len(cloud.hosts) or name in OF_A_HOST else (),
            )


def _served(cloud: Cloud) -> bool:
    return bool(cloud.hosts)


def _description(spec: Mapping[str, Any]) -> str:
    text = spec.get("description", "")
    return str(text[0] if isinstance(text, list) and text else text)


def expressions(cloud: Cloud) -> Iterator[Finding]:
    """Find expressions that no run could evaluate."""
    for host in cloud.hosts.values():
        for name, value in host.variables.items():
            if isinstance(value, Unresolved) and value.broken:
                yield cloud.finding(
                    "INV-019",
                    name,
                    None,
                    "an expression that has a value before the run, or names facts of the host",
                    "encrypt it anew with the vault password in use"
                    if "vault" in value.reason.casefold()
                    else "mend the expression, or set what it names",
                    host=host,
                    found=f"no value: {value.reason}",
                )


def bounds(cloud: Cloud) -> Iterator[Finding]:
    """Find numbers outside their range, and settings of the whole cloud that are blank."""
    for host in cloud.hosts.values():
        for name, value in host.variables.items():
            if value is None or isinstance(value, Unresolved):
                continue
            number = _number(value)
            bound = ends(name, cloud.knowledge.specs)
            undeclared = name not in cloud.knowledge.specs  # a variable of Ansible: no other check has its type
            if bound and (undeclared if number is None else not bound[0] <= number <= bound[1]):
                expected = f"a number from {bound[0]} to {bound[1]}"
                yield cloud.finding("INV-004", name, value, expected, "choose a number in this range", host=host)
            if name in BLANK and isinstance(value, str) and not value.strip():
                fix = "give a value, or remove the line"
                yield cloud.finding("INV-004", name, value, "a text that is not blank", fix, host=host)


def ends(name: str, specs: Mapping[str, Any]) -> tuple[float, float] | None:
    """Give the least and the largest number that a variable takes, if it has any."""
    return BOUNDS.get(name) or (PORTS if name.endswith("_port") and name in specs else None)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        value = int(value) if value.strip().isdecimal() else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def without_effect(cloud: Cloud) -> Iterator[Finding]:
    """Find variables of a group in an inventory file that group_vars/all takes the effect from."""
    for name in cloud.sources.names():
        ones = cloud.sources.of(name)
        stronger = [one for one in ones if one.kind == GROUP and one.scope == "all" and not one.inline]
        for one in ones if stronger and name in cloud.knowledge.variables else []:
            if one.kind == GROUP and one.inline and one.scope != "all":
                yield Finding(
                    "INV-009",
                    f"set for group {one.scope} without effect: group_vars/all ({stronger[-1].where()}) is stronger "
                    "than the vars of groups in an inventory file",
                    "one place for each group or host",
                    f"move it to group_vars/{one.scope}, or remove one of the two",
                    variable=name,
                    where=one.where(),
                )


def types(cloud: Cloud) -> Iterator[Finding]:
    """Find values of another type or form than the argument specifications say."""
    for host in cloud.hosts.values():
        for name, value in host.variables.items():
            unset = value is None and cloud.knowledge.defaults.get(name, "") is None
            if isinstance(value, Unresolved) or unset:
                continue
            if name in cloud.knowledge.overrides:
                problems = check_overrides(value)
            elif name in cloud.knowledge.specs:
                problems = check_value(value, cloud.knowledge.specs[name], cloud.loose(name, host), name)
            else:
                continue
            for problem in problems:
                yield cloud.finding(
                    problem.check,
                    name,
                    None,
                    problem.expected,
                    _as_written(cloud, name, host, problem),
                    host=host,
                    path=problem.path,
                    found=problem.found,
                )


def _as_written(cloud: Cloud, name: str, host: Host, problem: Problem) -> str:
    """Quote the text of the file: YAML reads 10:20 as 620, and 2026.10 as 2026.1."""
    written = cloud.sources.written(name, host.name, host.groups, problem.path)
    return f'{IN_QUOTES}"{written}"' if written and problem.fix.startswith(IN_QUOTES) else problem.fix


def hidden(cloud: Cloud) -> Iterator[Finding]:
    """Find settings of the whole cloud that the controlling machine, which is in no group but all, would not see."""
    for name in sorted(cloud.knowledge.cloud_wide - OF_A_HOST):
        places = cloud.sources.of(name)
        if places and not any(one.scope in ("all", EXTRA) for one in places):
            yield Finding(
                "INV-010",
                f"set for {places[0].kind} {places[0].scope}, and not for all",
                "a setting of the whole cloud in group_vars/all, where the controlling machine finds it as well",
                "move it to group_vars/all",
                variable=name,
                where=places[0].where(),
            )


def differing(cloud: Cloud) -> Iterator[Finding]:
    """Find settings of the whole cloud that differ from host to host."""
    for name in sorted(cloud.knowledge.cloud_wide - OF_A_HOST):
        if not any(name in host.variables for host in cloud.hosts.values()):
            continue
        values: list[Any] = [cloud.value(name, host) for host in cloud.hosts.values()]
        texts = [json.dumps(value, sort_keys=True, default=str) for value in values]
        usual = values[texts.index(Counter(texts).most_common(1)[0][0])]
        other = [host for host, value in zip(cloud.hosts.values(), values, strict=True) if value != usual]
        for host in other:
            yield Finding(
                "INV-010",
                f"{shown(cloud.value(name, host), name)}, while other hosts have {shown(usual, name)}",
                "one value for the whole cloud",
                "set it only once, in group_vars/all",
                variable=name,
                where=cloud.where(name, host),
                hosts=(host.name,),
            )
