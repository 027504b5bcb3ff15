"""The cloud an inventory describes, as the checks see it: hosts, groups, resolved values, where each was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.corbel.inventory_knowledge import Knowledge
from ansible.module_utils.corbel.inventory_sources import Sources
from ansible.module_utils.corbel.preflight_finding import Finding, shown


class Unresolved:
    """Stands for a value that only a host's facts or a later step can give, or none at all if it is broken."""

    def __init__(self, reason: str, broken: bool = False) -> None:
        self.reason = reason
        self.broken = broken


@dataclass
class Host:
    """A host with its groups and the resolved values of the variables that checks look at."""

    name: str
    groups: set[str] = field(default_factory=set)
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass
class Cloud:
    """All that the checks need."""

    knowledge: Knowledge
    sources: Sources
    hosts: dict[str, Host] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    def value(self, name: str, host: Host | None = None) -> Any:
        """Give a variable of a host (default: of the first that has it); the product's default if it is plain data."""
        for one in [host] if host else self.hosts.values():
            found = one.variables.get(name)
            if found is not None:
                return None if isinstance(found, Unresolved) else found
        default = self.knowledge.defaults.get(name)
        return None if isinstance(default, str) and "{{" in default else default

    def is_set(self, name: str, host: Host) -> bool:
        """Tell whether the operator set the variable for this host."""
        return name in host.variables

    def members(self, group: str) -> list[Host]:
        """Give the hosts of a group."""
        return [self.hosts[name] for name in self.groups.get(group, []) if name in self.hosts]

    def enabled(self) -> dict[str, Mapping[str, Any]]:
        """Give the catalogue entries that the cloud deploys; an inventory's own entries count."""
        names = self.value("corbel_services")
        entries = self.entries()
        return {name: entries[name] for name in names or [] if isinstance(name, str) and name in entries}

    def entries(self) -> dict[str, Mapping[str, Any]]:
        """Give all catalogue entries: the product's and those of the inventory."""
        own = {
            name.removeprefix("service_catalogue_"): self.value(name)
            for name in self.sources.names()
            if name.startswith("service_catalogue_")
        }
        return {**self.knowledge.entries, **{name: value for name, value in own.items() if isinstance(value, Mapping)}}

    def where(self, name: str, host: Host | None = None, path: Sequence[str | int] = ()) -> str:
        """Give file and line of a variable."""
        if host:
            return self.sources.where(name, host.name, host.groups, path)
        return self.sources.where(name, path=path)

    def loose(self, name: str, host: Host) -> bool:
        """Tell whether the value came from `-e name=value`, where everything is a string."""
        found = self.sources.winner(name, host.name, host.groups)
        return bool(found and found.loose)

    def finding(
        self,
        check: str,
        variable: str,
        value: Any,
        expected: str,
        fix: str,
        *,
        host: Host | None = None,
        path: Sequence[str | int] = (),
        found: str = "",
    ) -> Finding:
        """Make a finding about a variable, or a key inside one."""
        inside = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        name = variable + inside
        return Finding(
            check,
            found or shown(value, str(path[-1]) if path else variable),
            expected,
            fix,
            variable=name,
            where=self.where(variable, host, path),
            hosts=(host.name,) if host else (),
        )

    def settings(self, name: str) -> Iterator[tuple[Host, Any]]:
        """Give the resolved value of a variable for each host that has one set."""
        for host in self.hosts.values():
            found = host.variables.get(name)
            if found is not None and not isinstance(found, Unresolved):
                yield host, found
