"""The option lists of a release, the inner side: runs with the Python of an environment and nothing else.

Reads from standard input which lists make a set, as JSON; writes the options of each set as JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

from keystoneauth1.loading import (
    get_adapter_conf_options,
    get_auth_common_conf_options,
    get_auth_plugin_conf_options,
    get_session_conf_options,
)

AUTH_PLUGINS = (
    "none",
    "password",
    "v3password",
    "v3applicationcredential",
    "v3token",
    "token",
    "admin_token",
    "noauth",
)
KINDS = {
    "Boolean": "bool",
    "Dict": "dict",
    "Float": "float",
    "HostAddress": "host",
    "HostDomain": "host",
    "Hostname": "host",
    "Integer": "int",
    "IPAddress": "ip",
    "List": "list",
    "Port": "int",
}


def main() -> None:
    """Answer the orders, each in a process of its own: services register different options of one name."""
    orders = json.load(sys.stdin)
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        found = pool.map(_set, [order["namespaces"] for order in orders.values()], chunksize=1)
    json.dump(dict(zip(orders, found, strict=True)), sys.stdout)


def _set(namespaces: list[str]) -> dict[str, Any]:
    """Read the lists of one set."""
    found = {entry.name: entry for entry in entry_points(group="oslo.config.opts")}
    sections: dict[str, dict[str, Any]] = {}
    deprecated: dict[str, dict[str, list[str]]] = {}
    for namespace in namespaces:
        for section, option in _options(found[namespace].load()()):
            _add(sections, deprecated, section, option)
    for section in [one for one, options in sections.items() if "auth_type" in options]:
        for option in _auth_options():
            _add(sections, deprecated, section, option)
    return {"sections": sections, "deprecated": deprecated}


def _options(listed: Any) -> Iterator[tuple[str, Any]]:
    for group, options in listed:
        section = getattr(group, "name", group) or "DEFAULT"
        for option in options:
            yield str(section), option


def _auth_options() -> Iterator[Any]:
    yield from get_auth_common_conf_options()
    yield from get_adapter_conf_options()
    yield from get_session_conf_options()
    for plugin in AUTH_PLUGINS:
        yield from get_auth_plugin_conf_options(plugin)


def _add(
    sections: dict[str, dict[str, Any]], deprecated: dict[str, dict[str, list[str]]], section: str, option: Any
) -> None:
    """Write one option down, the first of a name counts, and the older names under which it is still read."""
    name = option.dest
    sections.setdefault(section, {}).setdefault(name, _form(option))
    for old in option.deprecated_opts:
        old_section, old_name = old.group or section, (old.name or name).replace("-", "_")
        deprecated.setdefault(old_section, {}).setdefault(old_name, [section, name])


def _form(option: Any) -> dict[str, Any]:
    """Give the kind of an option's values, and their bounds or choices where it has any."""
    kind = option.type
    form: dict[str, Any] = {}
    if name := KINDS.get(type(kind).__name__):
        form["type"] = name
    item = getattr(kind, "item_type", None)
    if item is not None and KINDS.get(type(item).__name__) in {"bool", "int", "float"}:
        form["item"] = KINDS[type(item).__name__]
    for bound in ("min", "max"):
        if getattr(kind, bound, None) is not None:
            form[bound] = getattr(kind, bound)
    if choices := getattr(kind, "choices", None):
        form["choices"] = [str(choice) for choice in choices]
        if getattr(kind, "ignore_case", False):
            form["any_case"] = True
    if option.multi:
        form["multi"] = True
    if option.deprecated_for_removal:
        form["removed"] = " ".join(str(option.deprecated_reason or "").split())
    return form


if __name__ == "__main__":
    main()
