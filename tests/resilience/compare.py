"""Two digests of a cloud: what differs, and what is wrong in one alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Digest = Mapping[str, Mapping[str, Mapping[str, str]]]

# What a fresh cloud makes by chance: which device gets which partition. Rings are compared from host to host instead.
DRAWN = ("ring",)
MISSING = "missing"


@dataclass(frozen=True)
class Difference:
    """A thing that is not as it is in the clean cloud."""

    host: str
    part: str
    thing: str
    clean: str
    found: str

    def __str__(self) -> str:
        return f"{self.host} {self.part} {self.thing}: {self.clean} in the clean cloud, {self.found} here"


def compare(clean: Digest, found: Digest, drawn: bool) -> list[Difference]:
    """Everything that differs. `drawn` says that both were deployed from nothing, each by its own chance."""
    differences = []
    for host in sorted({*clean, *found}):
        before, after = clean.get(host, {}), found.get(host, {})
        for part in sorted({*before, *after}):
            if drawn and part in DRAWN:
                continue
            old, new = before.get(part, {}), after.get(part, {})
            differences += [
                Difference(host, part, thing, old.get(thing, MISSING), new.get(thing, MISSING))
                for thing in sorted({*old, *new})
                if old.get(thing) != new.get(thing)
            ]
    return differences


def faults(found: Digest) -> list[str]:
    """What is wrong whatever the clean cloud has: it may have it too."""
    wrong = [
        f"{host} {part} {thing}: {value}"
        for host, parts in sorted(found.items())
        for part, things in sorted(parts.items())
        for thing, value in sorted(things.items())
        if is_wrong(part, value)
    ]
    rings = {thing for parts in found.values() for thing in parts.get("ring", {})}
    for ring in sorted(rings):
        holders = {host: parts["ring"][ring] for host, parts in found.items() if ring in parts.get("ring", {})}
        if len(set(holders.values())) > 1:
            wrong.append(f"{', '.join(sorted(holders))} ring {ring}: differs from host to host")
    return wrong


def is_wrong(part: str, value: str) -> bool:
    """Whether a value alone says that something is wrong."""
    return {
        "unit": value.endswith("runs something else") or " failed " in f" {value} ",
        "record": value.startswith("incomplete"),
        "certificate": value != "trusted, its key",
        "load_balancer": True,
    }.get(part, value == "absent")
