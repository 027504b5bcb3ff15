"""The form of a catalogue entry, for contract tests and for the preflight of an inventory that brings its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.inventory_types import Problem, check_value

TEXT: dict[str, Any] = {"type": "str"}
FLAG: dict[str, Any] = {"type": "bool"}
DICT: dict[str, Any] = {"type": "dict"}
TEXTS: dict[str, Any] = {"type": "list", "elements": "str"}
NAME: dict[str, Any] = {"type": "str", "required": True}
PORT: dict[str, Any] = {"type": "int"}
MODED = {"owner": TEXT, "group": TEXT, "mode": TEXT}

API = {
    "name": NAME,
    "port": {**PORT, "required": True},
    "module": NAME,
    "health": TEXT,
    "public": FLAG,
    "endpoint": FLAG,
    "sticky": FLAG,
    "environment": DICT,
    "arguments": TEXTS,
}
ENDPOINT = {"type": NAME, "name": NAME, "title": NAME, "api": NAME, "path": TEXT}
IDENTITY = {
    "type": {"type": "raw"},
    "roles": TEXTS,
    "path": TEXT,
    "endpoints": {"type": "list", "elements": "dict", "options": ENDPOINT},
}
LISTEN = {"network": NAME, "port": {**PORT, "required": True}}
DAEMON = {
    "name": NAME,
    "command": {**TEXTS, "required": True},
    "user": TEXT,
    "capabilities": TEXTS,
    "sandbox": {**TEXT, "choices": ["strict", "agent"]},
    "environment": DICT,
    "after": TEXTS,
    "directives": DICT,
    "port": PORT,
    "public": FLAG,
    "sticky": FLAG,
    "health": TEXT,
    "listen": {"type": "dict", "options": LISTEN},
}
REACHED = {
    "from": {**TEXTS, "required": True},
    "ports": {"type": "list", "elements": "int", "required": True},
    "network": TEXT,
}
ENTRY: dict[str, Any] = {
    "name": NAME,
    "title": NAME,
    "environment": {**NAME, "choices": ["control", "compute", "network", "storage", "dashboard"]},
    "user": TEXT,
    "shell": TEXT,
    "requires": TEXTS,
    "networks": TEXTS,
    "kernel_modules": TEXTS,
    "reached": {"type": "list", "elements": "dict", "options": REACHED},
    "key_folders": TEXTS,
    "databases": TEXTS,
    "message_queue": FLAG,
    "memcached": FLAG,
    "identity": {"type": "dict", "options": IDENTITY},
    "apis": {"type": "list", "elements": "dict", "options": API},
    "daemons": {"type": "list", "elements": "dict", "options": DAEMON},
    "packages": TEXTS,
    "groups": TEXTS,
    "directories": {"type": "list", "elements": "dict", "options": {"path": NAME, **MODED}},
    "files": {"type": "list", "elements": "dict"},
    "secrets": DICT,
    "schema": {"type": "list", "elements": "list"},
    "schema_environment": DICT,
    "hooks": {"type": "dict", "options": {"after_schema": TEXTS, "after_start": TEXTS}},
}


def check_entry(entry: Any) -> Iterator[Problem]:
    """Compare one entry with the form that docs/decisions/0001-interfaces.md gives it."""
    yield from check_value(entry, {"type": "dict", "options": ENTRY})
    fronts = [api for api in listed(entry, "apis") if api.get("endpoint")]
    identity = entry.get("identity") if isinstance(entry, Mapping) else None
    if isinstance(identity, Mapping) and identity.get("type") and len(fronts) != 1:
        yield Problem(
            "INV-005",
            ("apis",),
            f"{len(fronts)} APIs with endpoint: true",
            "exactly one, since identity has a type",
            "mark the API that clients call",
        )
    names = [api.get("name") for api in listed(entry, "apis")]
    for number, item in enumerate(listed(identity, "endpoints")):
        if item.get("api") not in names:
            yield Problem(
                "INV-005",
                ("identity", "endpoints", number, "api"),
                str(item.get("api")),
                f"an API of the entry: {', '.join(map(str, names)) or 'it has none'}",
                "name the API that answers for this type",
            )


def ports(entries: Mapping[str, Any]) -> dict[int, list[str]]:
    """Give each port with the units that take it."""
    found: dict[int, list[str]] = {}
    for entry in entries.values():
        for unit in [*listed(entry, "apis"), *listed(entry, "daemons")]:
            if isinstance(unit.get("port"), int):
                found.setdefault(unit["port"], []).append(str(unit.get("name")))
            if isinstance(unit.get("listen"), Mapping) and isinstance(unit["listen"].get("port"), int):
                found.setdefault(unit["listen"]["port"], []).append(str(unit.get("name")))
    return found


def listed(entry: Any, key: str) -> list[Mapping[str, Any]]:
    """Give the dictionaries of a list in an entry; what is not one is left out."""
    value = entry.get(key) if isinstance(entry, Mapping) else None
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, (list, tuple)) else []
