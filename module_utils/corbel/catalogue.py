"""What a catalogue entry asks for, turned into module arguments. Runs on the controlling machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

Entry = dict[str, Any]

TLS_FILES = ["/etc/corbel/tls/ca.pem", "/etc/corbel/tls/host.pem", "/etc/corbel/tls/queue-ca.pem"]
INI_SUFFIXES = (".conf", ".ini")


class CatalogueError(ValueError):
    """An entry that cannot be turned into a deployment; the message names the key and the fix."""


def as_filter(function: Callable[..., Any], error: type[Exception]) -> Callable[..., Any]:
    """A function of an entry as a filter of the same name, which fails with `error` as Ansible expects it."""
    name = function.__name__

    @wraps(function)
    def called(entry: Any, *rest: Any, **options: Any) -> Any:
        if not isinstance(entry, dict):
            raise error(f"{name}: the input is a {type(entry).__name__}; a catalogue entry is expected")
        try:
            return function(entry, *rest, **options)
        except CatalogueError as problem:
            raise error(f"{name}: {problem}") from problem

    return called


def override_variable(entry_name: str, path: str) -> str:
    """Name of the variable that overrides options of an INI file: nova, /etc/nova/nova.conf → nova_conf_overrides."""
    stem = re.sub(r"[^a-z0-9]+", "_", path.rsplit("/", 1)[-1].lower()).strip("_")
    prefix = entry_name + "_"
    return (stem if stem.startswith(prefix) else prefix + stem) + "_overrides"


def override_variables(entry: Entry) -> list[str]:
    """The override variables of every INI file of an entry, in file order."""
    return [
        override_variable(entry["name"], item["path"])
        for item in entry.get("files", [])
        if item["path"].endswith(INI_SUFFIXES)
    ]


def system_user(entry: Entry) -> str:
    """The account an entry's programs run as; entries that are part of another service name its account."""
    return entry["user"] if "user" in entry else entry["name"]


def _files(entry: Entry, overrides: dict[str, Any]) -> list[dict[str, Any]]:
    user = system_user(entry)
    files = []
    for item in entry.get("files", []):
        spec = {"owner": "root", "group": user, "mode": "0640", "secret": True, **item}
        spec["variables"] = {"entry": entry, **item.get("variables", {})}
        name = override_variable(entry["name"], item["path"])
        if overrides.get(name):
            spec["overrides"] = overrides[name]
        files.append(spec)
    for api in entry.get("apis", []):
        files.append(
            {
                "path": f"/etc/{user}/{api['name']}.uwsgi.ini",
                "template": "uwsgi.ini.j2",
                "variables": {"entry": entry, "api": api},
                "owner": "root",
                "group": user,
                "mode": "0640",
                "units": [f"{api['name']}.service"],
            }
        )
    return files


def _account(entry: Entry) -> dict[str, Any]:
    user = system_user(entry)
    account = {"name": user, "group": user, "home": f"/var/lib/{user}", "groups": entry.get("groups", [])}
    return account | ({"shell": entry["shell"]} if "shell" in entry else {})


def _directories(entry: Entry) -> list[dict[str, Any]]:
    """Configuration and state of the account, which an entry may give other rights, then its own."""
    user = system_user(entry)
    usual = [
        {"path": f"/etc/{user}", "owner": "root", "group": user, "mode": "0750"},
        {"path": f"/var/lib/{user}", "owner": user, "group": user, "mode": "0750"},
    ]
    by_path = {item["path"]: item for item in [*usual, *entry.get("directories", [])]}
    return list(by_path.values())


def _unit(entry: Entry, kind: str, program: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{program['name']}.service",
        "template": f"{kind}.service.j2",
        "variables": {"entry": entry, kind: program},
        "enabled": True,
        "state": "started",
        "on_change": "restart",
    }


def service_bundle_spec(entry: Entry, overrides: dict[str, Any]) -> dict[str, Any]:
    """Packages, users, directories, files and units of one entry on one host, for the module service_bundle."""
    if "name" not in entry:
        raise CatalogueError("a catalogue entry has no 'name'; every entry of roles/service_catalogue names itself")
    return {
        "packages": entry.get("packages", []),
        "users": [_account(entry)],
        "directories": _directories(entry),
        "files": _files(entry, overrides),
        "units": [_unit(entry, "api", api) for api in entry.get("apis", [])]
        + [_unit(entry, "daemon", daemon) for daemon in entry.get("daemons", [])],
        "watch": TLS_FILES,
    }


def identity_spec(entry: Entry, context: dict[str, Any]) -> dict[str, Any]:
    """Account, roles, service and endpoints of one entry, for the module keystone_resources.

    `context` gives auth, ca_file, region, password, internal_name and public_name.
    """
    identity = entry["identity"]
    spec: dict[str, Any] = {
        "auth": context["auth"],
        "ca_file": context["ca_file"],
        "region": context["region"],
        "users": [
            {
                "name": entry["name"],
                "domain": "Default",
                "password": context["password"],
                "update_password": "always",
            }
        ],
        "assignments": [
            {
                "user": entry["name"],
                "user_domain": "Default",
                "role": role,
                "project": "service",
                "project_domain": "Default",
            }
            for role in identity.get("roles", ["service"])
        ],
    }
    if not identity.get("type"):
        return spec
    for service in _identity_services(entry):
        spec.setdefault("services", []).append({key: service[key] for key in ("name", "type", "description")})
        spec.setdefault("endpoints", []).extend(
            {
                "service_type": service["type"],
                "interface": interface,
                "region": context["region"],
                "url": f"https://{context[host]}:{service['port']}{service['path']}",
            }
            for interface, host in (("internal", "internal_name"), ("public", "public_name"))
        )
    return spec


def _identity_services(entry: Entry) -> list[dict[str, Any]]:
    """Services of one entry in the identity catalogue: that of `identity`, and those of its `endpoints`."""
    identity, apis = entry["identity"], entry.get("apis", [])
    fronts = [api for api in apis if api.get("endpoint")]
    if len(fronts) != 1:
        raise CatalogueError(
            f"entry '{entry['name']}' has an identity type and {len(fronts)} APIs with 'endpoint: true'; "
            "exactly one is expected"
        )
    ports = {api["name"]: api["port"] for api in apis}
    found = [_identity_service(entry["name"], entry["title"], identity, fronts[0]["port"])]
    for item in identity.get("endpoints", []):
        if item["api"] not in ports:
            raise CatalogueError(
                f"entry '{entry['name']}' has an endpoint of type '{item['type']}' for API '{item['api']}'; "
                f"its APIs are {', '.join(ports)}"
            )
        found.append(_identity_service(item["name"], item["title"], item, ports[item["api"]]))
    return found


def _identity_service(name: str, title: str, item: dict[str, Any], port: int) -> dict[str, Any]:
    return {"name": name, "type": item["type"], "description": title, "port": port, "path": item.get("path", "")}
