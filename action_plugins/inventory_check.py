"""Checks an inventory before any host is touched. Runs on the controlling machine, without a connection."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import ansible.constants as C
import ansible.module_utils
from ansible import context
from ansible.errors import AnsibleError, AnsibleTemplateSyntaxError
from ansible.plugins.action import ActionBase
from ansible.template import Templar

PROJECT = Path(__file__).resolve().parent.parent
ansible.module_utils.__path__.append(str(PROJECT / "module_utils"))

from ansible.module_utils.corbel import (
    control_checks,
    control_facts,
    host_report,
    inventory_checks,
    inventory_knowledge,
    inventory_sources,
)
from ansible.module_utils.corbel.inventory_cloud import Cloud, Host, Unresolved
from ansible.module_utils.corbel.preflight_finding import ERROR, given, render, report, summary, waive

# Read by checks though no argument specification declares them.
OF_ANSIBLE = {
    "ansible_connection",
    "ansible_host",
    "ansible_host_key_checking",
    "ansible_port",
    "ansible_ssh_args",
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
    "ansible_ssh_host_key_checking",
}
WORD = re.compile(r"[A-Za-z_]\w*")
# An expression with one of these may have a value later, when hosts were read or files made.
LATER = re.compile(r"(ansible_|__)\w+|hostvars|vars|lookup|query|q|corbel_secrets")
OF_A_RUN = {"ansible_facts", "hostvars", "vars"}


class ActionModule(ActionBase):
    """Collects what the inventory says, runs the checks, prints all findings, and fails if one stands."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"waived"})

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        hostvars = (task_vars or {})["hostvars"]
        cloud = collect(
            hostvars._inventory,
            hostvars._variable_manager,
            self._loader,
            extra=[str(option) for option in context.CLIARGS.get("extra_vars") or ()],
            beside=[Path(self._loader.get_basedir())],
        )
        findings = inventory_checks.run(cloud)
        findings += map(inventory_checks.registered, control_checks.run(machine(cloud), cloud))
        waivers = [*inventory_checks.waived(cloud), *given("option waived", self._task.args.get("waived"))]
        findings, dropped = waive(findings, [one["id"] for one in waivers])
        failed = any(finding.severity == ERROR for finding in findings)
        if findings or dropped:
            self._display.display(render(findings, dropped), color=C.COLOR_ERROR if failed else C.COLOR_WARN)
        result.update(
            changed=False,
            hosts_checked=len(cloud.hosts),
            findings=[finding.check for finding in findings],
            waived=[finding.check for finding in dropped],
            report=report(findings, dropped),
            waivers=waivers,
        )
        try:
            # The checks of hosts write it anew with both parts, if the run comes to them.
            host_report.write(str(cloud.value("preflight_report") or ""), findings, dropped, {}, waivers)
        except OSError as error:
            self._display.warning(f"preflight_report: could not write {error.filename}: {error.strerror}")
        if failed:
            result.update(failed=True, msg=summary(findings, "the inventory"))
        return result


def machine(cloud: Cloud) -> control_facts.Facts:
    """Read what the controlling machine is like, for the cloud that it is to deploy."""
    cache = Path(os.environ.get("CORBEL_CACHE") or "~/.cache/corbel").expanduser()
    folders = [Path(file).parent for file in cloud.sources.inventory_files[:1]]
    folders += [cache, Path(C.DEFAULT_LOCAL_TMP)]
    facts = control_facts.read(
        PROJECT, int(context.CLIARGS.get("forks") or C.DEFAULT_FORKS), bool(C.HOST_KEY_CHECKING), folders
    )
    facts.collections = control_facts.collections(facts.pinned_collections, C.COLLECTIONS_PATHS)
    facts.known_hosts = control_facts.known_hosts(control_facts.KNOWN_HOSTS)
    series = str(cloud.value("corbel_release"))
    if series in cloud.knowledge.releases:
        named = {str(entry.get("environment")) for entry in cloud.enabled().values()}
        environments = {name for name in named if not has_expression(name)}
        archives = Path(str(cloud.value("release_cache_dir") or cache / "releases")).expanduser()
        control_facts.read_release(facts, PROJECT / "releases" / series, archives, environments)
    return facts


def collect(
    inventory: Any, variables: Any, loader: Any, extra: Iterable[str] = (), beside: Iterable[Path] = ()
) -> Cloud:
    """Build the cloud that the checks look at from Ansible's inventory and variable manager."""
    known = inventory_knowledge.read(PROJECT)
    sources = inventory_sources.read(
        [str(source) for source in inventory._sources or []], list(extra), Path.cwd(), list(beside)
    )
    cloud = Cloud(known, sources)
    cloud.groups = {name: [host.name for host in group.get_hosts()] for name, group in inventory.groups.items()}
    watched = known.variables | OF_ANSIBLE
    prefixes = tuple(f"{prefix}_" for prefix in known.prefixes)
    named = set(sources.names())
    everyone = inventory.get_hosts(pattern="all", ignore_limits=True, ignore_restrictions=True)
    for host in sorted(everyone, key=lambda one: str(one.name)):
        if host.implicit:
            continue
        raw = variables.get_vars(host=host, include_hostvars=False)
        groups = {group.name for group in host.get_groups()}
        values = {
            name: _resolve(name, value, raw, loader, watched)
            for name, value in ((str(key), value) for key, value in raw.items())
            if name in watched or name in named or name.startswith(prefixes)
        }
        cloud.hosts[host.name] = Host(host.name, groups, values)
    return cloud


def _resolve(name: str, value: Any, context_variables: Mapping[str, Any], loader: Any, watched: set[str]) -> Any:
    """Give a value without expressions; what cannot be known yet is left unresolved."""
    if name not in watched and not name.startswith("service_catalogue_"):
        return Unresolved("not a variable of ours")
    try:
        if not has_expression(value):
            return plain(value)
        return plain(Templar(loader=loader, variables=dict(context_variables)).template(value))
    except RecursionError:
        return Unresolved("the value contains itself", broken=True)
    except AnsibleTemplateSyntaxError as error:
        return Unresolved(_reason(error), broken=True)
    except AnsibleError as error:
        return Unresolved(_reason(error), broken=not _known_later(value, context_variables, watched))


def _reason(error: AnsibleError) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def _known_later(value: Any, variables: Mapping[str, Any], watched: set[str]) -> bool:
    """Tell whether an expression needs what only the run knows, itself or through other variables."""
    seen: set[str] = set()
    waiting = list(_expressions(value))
    while waiting:
        for word in set(WORD.findall(waiting.pop())) - seen:
            seen.add(word)
            if word in variables and word not in OF_A_RUN:
                waiting.extend(_expressions(variables[word]))
            elif word in watched or LATER.fullmatch(word):
                return True
    return False


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for inner in value:
            yield from _expressions(inner)
    elif isinstance(value, str) and has_expression(value):
        yield value


def has_expression(value: Any) -> bool:
    """Tell whether a value must be evaluated; most are plain data, and a thousand hosts have many."""
    if isinstance(value, Mapping):
        return any(has_expression(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_expression(inner) for inner in value)
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    return not isinstance(value, (int, float)) and value is not None


def plain(value: Any) -> Any:
    """Strip Ansible's wrappers from a value."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    return str(value)
