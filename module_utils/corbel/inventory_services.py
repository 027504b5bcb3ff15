"""Checks of releases, services, groups, host names and endpoint names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from ansible.module_utils.corbel import inventory_catalogue as catalogue
from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.inventory_knowledge import OPERATOR_GROUPS, REQUIRED_GROUPS
from ansible.module_utils.corbel.naming import nearest
from ansible.module_utils.corbel.preflight_finding import Finding, did_you_mean

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LONGEST_NAME = 253
QUORUM_GROUPS = ("database", "message_queue")
LIKE_OURS = 0.85


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    yield from groups(cloud)
    yield from quorum(cloud)
    yield from host_names(cloud)
    yield from releases(cloud)
    yield from services(cloud)
    yield from entries(cloud)
    yield from names(cloud)
    yield from setup_host(cloud)


def groups(cloud: Cloud) -> Iterator[Finding]:
    """Check that the groups an operator fills, and those derived from them, are there."""
    files = ", ".join(cloud.sources.inventory_files) or "the inventory"
    empty: set[str] = set()
    for group in REQUIRED_GROUPS:
        if not cloud.members(group):
            found = "no host in it" if group in cloud.groups else "no such group"
            empty.add(group)
            yield Finding(
                "INV-011",
                found,
                f"at least one host in group {group}",
                f"add hosts to {group} in hosts.yml of the inventory",
                variable=f"group {group}",
                where=files,
            )
    lacking = sorted(set(cloud.knowledge.groups) - set(cloud.groups))
    if lacking:
        yield Finding(
            "INV-013",
            f"no group {', '.join(lacking)}",
            f"all groups of {cloud.knowledge.groups_file}",
            f"give the folder of the inventory to -i, and copy {cloud.knowledge.groups_file} into it if it has none",
            variable="groups",
            where=files,
        )
    ours = cloud.knowledge.group_names
    for group in sorted(set(cloud.groups) - ours - {"all", "ungrouped"} - cloud.sources.below(ours)):
        close = nearest(group, ours, LIKE_OURS)
        if close:
            yield Finding(
                "INV-013",
                f"group {group}, which no playbook uses",
                did_you_mean(group, ours, "group"),
                f"write {close}, or give a group of your own a name less like it",
                variable=f"group {group}",
                where=files,
            )
    placed = {host for group in OPERATOR_GROUPS for host in cloud.groups.get(group, [])}
    derived = {host for group in ours for host in cloud.groups.get(group, [])}
    for host in cloud.hosts.values():
        if host.name not in placed | derived and not host.groups - {"all", "ungrouped"}:
            yield Finding(
                "INV-014",
                "in no group",
                f"each host in at least one of {', '.join(OPERATOR_GROUPS)}",
                "add the host to a group, or remove it from the inventory",
                where=files,
                hosts=(host.name,),
            )
    for name in cloud.enabled():
        filled_from = cloud.knowledge.groups.get(name)
        if filled_from and filled_from <= empty and name in cloud.groups:
            continue  # follows from the empty group that is named already
        if not cloud.members(name) and (name in cloud.groups or name not in cloud.knowledge.groups):
            yield Finding(
                "INV-015",
                "no host" if name in cloud.groups else "no such group",
                f"at least one host in group {name}, since corbel_services deploys {name}",
                f"point group {name} to other groups in groups.yml, or remove {name} from corbel_services",
                variable=f"group {name}",
                where=cloud.where("corbel_services") or files,
            )


def quorum(cloud: Cloud) -> Iterator[Finding]:
    """Check that clusters that vote have an odd number of members."""
    for group in QUORUM_GROUPS:
        members = [host.name for host in cloud.members(group)]
        if members and len(members) % 2 == 0:
            yield Finding(
                "INV-016",
                f"{len(members)} hosts ({', '.join(members)})",
                "1, 3 or 5 hosts: an even number loses its majority as easily as one host less",
                f"add a host to group {group}, or take one out (groups.yml)",
                variable=f"group {group}",
                where=", ".join(cloud.sources.inventory_files),
            )


def host_names(cloud: Cloud) -> Iterator[Finding]:
    """Check that inventory names can be host names, each once."""
    short: dict[str, str] = {}
    files = ", ".join(cloud.sources.inventory_files)
    for name in cloud.hosts:
        if not _is_name(name) or name.split(".")[0] == "localhost":
            yield Finding(
                "INV-017",
                name,
                "a host name: lower-case letters, digits and hyphens, labels of at most 63 characters, not localhost",
                "rename the host in the inventory; its address belongs in ansible_host",
                where=files,
                hosts=(name,),
            )
        label = name.casefold().split(".")[0]
        first = short.setdefault(label, name)
        if first != name and not _is_address(name):
            yield Finding(
                "INV-018",
                f"hosts {first} and {name} with the same first label",
                "first labels that differ; a host is known by it",
                "rename one of the two",
                where=files,
                hosts=(name,),
            )


def releases(cloud: Cloud) -> Iterator[Finding]:
    """Check that the release exists."""
    series = cloud.value("corbel_release")
    if isinstance(series, str) and series not in cloud.knowledge.releases:
        known = sorted(cloud.knowledge.releases)
        yield cloud.finding(
            "INV-040",
            "corbel_release",
            series,
            f"one of {', '.join(known) or 'no release at all: releases/ is empty'}",
            f'write "{nearest(series, known) or (known or ["…"])[-1]}" (with quotes)',
        )


def services(cloud: Cloud) -> Iterator[Finding]:
    """Check the list of services and what each needs."""
    variable = "corbel_services"
    wanted = cloud.value(variable)
    wanted = wanted if isinstance(wanted, (list, tuple)) else ["keystone"]  # its type is a finding elsewhere
    if not wanted:
        fix = "name the services to deploy, at least keystone, or remove the line for the usual ones"
        yield cloud.finding("INV-041", variable, wanted, "at least one service", fix)
    typed = [isinstance(one, str) for one in wanted]
    wanted = [str(one) for one in wanted]
    known = cloud.entries()
    for index, name in enumerate(wanted):
        if not typed[index]:
            continue
        if name not in known:
            close = nearest(name, known)
            yield cloud.finding(
                "INV-041",
                variable,
                name,
                did_you_mean(name, set(known), "service"),
                f"write {close}" if close else "remove it",
                path=(index,),
            )
        elif wanted.index(name) != index:
            yield cloud.finding("INV-041", variable, name, "each service once", "remove it", path=(index,))
    for name in dict.fromkeys(one for one in wanted if one in known):
        requires = known[name].get("requires")
        lacking = [str(one) for one in requires if one not in wanted] if isinstance(requires, (list, tuple)) else []
        if lacking:
            yield cloud.finding(
                "INV-042",
                variable,
                None,
                f"{', '.join(lacking)} as well, which {name} needs",
                f"add {', '.join(lacking)}, or remove {name}",
                path=(wanted.index(name),),
                found=f"{name} without {', '.join(lacking)}",
            )


def entries(cloud: Cloud) -> Iterator[Finding]:
    """Check the form of the entries that the inventory brings or changes, and that no two take the same port."""
    enabled = cloud.enabled()
    for name, entry in enabled.items():
        variable = f"service_catalogue_{name}"
        if not cloud.sources.of(variable):
            continue  # the product's own: its tests check them
        for problem in catalogue.check_entry(entry):
            yield cloud.finding(
                "INV-043", variable, None, problem.expected, problem.fix, path=problem.path, found=problem.found
            )
    for port, units in catalogue.ports(enabled).items():
        if len(units) > 1:
            yield Finding(
                "INV-044",
                f"port {port} taken by {' and '.join(units)}",
                "each port once",
                "give one of them another port",
                variable=f"port {port}",
            )


def names(cloud: Cloud) -> Iterator[Finding]:
    """Check the domain and the names of the endpoints."""
    domain = cloud.value("corbel_domain")
    if isinstance(domain, str) and not _is_name(domain):
        yield cloud.finding(
            "INV-045",
            "corbel_domain",
            domain,
            "a domain in lower case without a dot at either end, such as cloud.example.com",
            "mend the domain",
        )
    for variable in ("neutron_dns_domain", "nova_dhcp_domain"):
        for host, text in cloud.settings(variable):
            if isinstance(text, str) and text and not _is_name(text.removesuffix(".")):
                expected = "a domain in lower case, such as servers.example.com, or nothing"
                yield cloud.finding("INV-045", variable, text, expected, "mend the domain", host=host)
    for variable, vip in (
        ("corbel_internal_name", "corbel_internal_vip"),
        ("corbel_public_name", "corbel_public_vip"),
    ):
        name, address = cloud.value(variable), cloud.value(vip)
        if not isinstance(name, str):
            continue
        if _is_address(name):
            if name != address:
                yield cloud.finding(
                    "INV-046",
                    variable,
                    name,
                    f"a name, or the address {vip} ({address})",
                    f"remove {variable}, or write a name",
                )
        elif not _is_name(name):
            yield cloud.finding(
                "INV-046", variable, name, "a host name in lower case, such as cloud.example.com", "mend the name"
            )
        elif name in cloud.hosts:
            yield cloud.finding(
                "INV-046", variable, name, "a name that no host has", "choose another name; it belongs to the VIP"
            )


def setup_host(cloud: Cloud) -> Iterator[Finding]:
    """Check that the host of once-per-cloud steps is a controller."""
    name = cloud.value("corbel_setup_host")
    members = cloud.groups.get("controller", [])
    if isinstance(name, str) and name not in members:
        close = nearest(name, members)
        yield cloud.finding(
            "INV-047",
            "corbel_setup_host",
            name,
            f"a host of group controller: {', '.join(members)}",
            f"write {close or (members or ['a controller'])[0]}, or remove the variable",
        )


def _is_name(text: str) -> bool:
    labels = text.split(".")
    if len(text) > LONGEST_NAME or labels[-1].isdigit():
        return False
    return all(LABEL.fullmatch(label) for label in labels)


def _is_address(text: Any) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True
