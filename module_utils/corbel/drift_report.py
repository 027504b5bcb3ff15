"""What drift prints and writes: a table for people, a document for programs, one sentence for the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import atomic
from ansible.module_utils.corbel.drift_item import BROKEN, NO_ANSWER, SEVERITIES, Item, command, from_dict

VERSION = 1
LABEL = 10


def of_results(results: Mapping[str, Any], hosts: Iterable[str]) -> list[Item]:
    """Give the items that host_drift returned, by host; one that gave no answer is an item itself."""
    found: list[Item] = []
    for host in hosts:
        result = results.get(host)
        items = result.get("items") if isinstance(result, Mapping) else None
        if isinstance(items, Sequence) and not isinstance(items, str):
            found += [from_dict({**raw, "host": host}) for raw in items]
        else:
            found.append(unread(host))
    return found


def unread(host: str) -> Item:
    """Say that a host gave no answer."""
    return Item(NO_ANSWER, host, "no answer: nothing of it was compared", "a host that answers", "", "", BROKEN, host)


def rows(items: Iterable[Item], groups: Mapping[str, Iterable[str]], inventory: Sequence[str]) -> list[dict[str, str]]:
    """Give the items as data, each with the command that mends it."""
    return [{**item.as_dict(), "command": command(item, groups.get(item.host, ()), inventory)} for item in items]


def document(found: Sequence[Mapping[str, str]], cloud: str, hosts: Sequence[str], now: str) -> dict[str, Any]:
    """Give the whole result."""
    keys = ("host", "severity", "kind", "name", "found", "expected", "command")
    return {
        "version": VERSION,
        "cloud": cloud,
        "time": now,
        "hosts": sorted(hosts),
        "counts": counts(found),
        "items": [{key: row[key] for key in keys} for row in found],
    }


def counts(found: Iterable[Mapping[str, str]]) -> dict[str, int]:
    """Count by severity, worst first."""
    severities = [row["severity"] for row in found]
    return {name: severities.count(name) for name in SEVERITIES}


def render(found: Sequence[Mapping[str, str]]) -> str:
    """Give the table for a terminal, worst first."""
    lines: list[str] = []
    previous = ("", "")
    for row in found:
        place = (row["severity"], row["host"])
        if place != previous:
            lines += ["", f"{row['severity']} on {row['host']}"]
            previous = place
        lines.append(f"  {row['kind']:<{LABEL}}{row['name']}")
        lines += [f"  {'':<{LABEL}}{label:<{LABEL}}{row[label]}" for label in ("found", "expected") if row[label]]
        lines.append(f"  {'':<{LABEL}}{'mend':<{LABEL}}{row['command']}")
    return "\n".join(lines).strip("\n")


def summary(found: Sequence[Mapping[str, str]], path: str) -> str:
    """Give the one sentence a run with drift ends with."""
    number = len(found)
    told = ", ".join(f"{count} {name}" for name, count in counts(found).items() if count)
    hosts = sorted({row["host"] for row in found})
    also = f" and in {path}" if path else ""
    return (
        f"found {number} difference{'s' if number != 1 else ''} from the model on {', '.join(hosts)} ({told}), "
        f"expected none; each is listed above{also} with the command that mends it, nothing was changed on any host"
    )


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write the document for its owner only, so that no reader ever sees half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    atomic.write(path, json.dumps(content, indent=1) + "\n", 0o600)
