"""What the load balancers stand in front of. Runs on the controlling machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class LoadBalancingError(ValueError):
    """Entries that cannot be put behind a load balancer; the message names them and the fix."""


def fronts(entries: Iterable[Mapping[str, Any]], groups: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """One item for each API and each daemon with a port, in the order of the entries."""
    found: list[dict[str, Any]] = []
    taken: dict[int, str] = {}
    for entry in entries:
        for program in [*entry.get("apis", []), *entry.get("daemons", [])]:
            port = program.get("port")
            if port is None:
                continue
            if port in taken:
                raise LoadBalancingError(
                    f"port {port} belongs to {taken[port]} and to {program['name']}; each port can have one; "
                    f"change 'port' in the catalogue entry '{entry['name']}'"
                )
            taken[port] = program["name"]
            found.append(
                {
                    "name": program["name"],
                    "port": port,
                    "health": program.get("health", "/"),
                    "public": bool(program.get("public", True)),
                    "sticky": bool(program.get("sticky")),
                    "hosts": list(groups.get(entry["name"], [])),
                }
            )
    return found
