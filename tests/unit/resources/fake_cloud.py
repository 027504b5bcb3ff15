"""A cloud in memory: enough of four REST interfaces to see what a client asks of it and what comes of it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from typing import IO, Any
from urllib.parse import parse_qsl

from ansible.module_utils.corbel.cloud_api import CloudError

PROJECT = "project-1"
SINGULAR = {
    "flavors": "flavor",
    "networks": "network",
    "subnets": "subnet",
    "routers": "router",
    "security-groups": "security_group",
    "security-group-rules": "security_group_rule",
    "floatingips": "floatingip",
    "servers": "server",
    "types": "volume_type",
    "volumes": "volume",
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "networks": {
        "router:external": False,
        "shared": False,
        "mtu": 1450,
        "provider:network_type": "vxlan",
        "port_security_enabled": True,
        "description": "",
    },
    "subnets": {
        "enable_dhcp": True,
        "dns_nameservers": [],
        "host_routes": [],
        "description": "",
        "gateway_ip": "10.0.0.1",
    },
    "routers": {"external_gateway_info": None, "description": "", "distributed": False, "ha": False},
    "security-groups": {"description": "", "stateful": True, "security_group_rules": []},
    "types": {"extra_specs": {}, "description": None, "os-volume-type-access:is_public": True},
    "flavors": {"extra_specs": {}, "description": None, "swap": 0, "OS-FLV-EXT-DATA:ephemeral": 0},
}


class FakeCloud:
    """Keeps collections of resources; `log` is every request that could change something."""

    project_id = PROJECT

    def __init__(self) -> None:
        self.store: dict[str, dict[str, dict[str, Any]]] = {}
        self.log: list[str] = []
        self.numbers = itertools.count(1)
        # What a test wants to happen after a request: called with method and path.
        self.after: Callable[[str, str], None] = lambda method, path: None

    def collection(self, name: str) -> dict[str, dict[str, Any]]:
        return self.store.setdefault(name, {})

    def add(self, collection: str, /, **fields: Any) -> dict[str, Any]:
        entry = {
            **DEFAULTS.get(collection, {}),
            "project_id": PROJECT,
            "id": f"{collection}-{next(self.numbers)}",
            **fields,
        }
        self.collection(collection)[entry["id"]] = entry
        return entry

    def items(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        path, _, query = path.partition("?")
        name = path.strip("/").removesuffix("/detail")
        if name == "os-keypairs":
            return [{"keypair": entry} for entry in self.collection(name).values()]
        wanted = dict(parse_qsl(query))
        entries = list(self.collection(name).values())
        if name == "images":
            hidden = wanted["os_hidden"] == "true"
            names = wanted["name"].removeprefix("in:").replace('"', "").split(",")
            return [dict(entry) for entry in entries if entry["os_hidden"] == hidden and entry["name"] in names]
        for field in ("project_id", "device_id", "security_group_id", "description", "router:external"):
            if field in wanted:
                entries = [entry for entry in entries if str(entry.get(field)).lower() == wanted[field].lower()]
        if "name" in wanted:
            matches = str.startswith if name == "servers" else str.__eq__
            entries = [entry for entry in entries if matches(entry["name"], wanted["name"])]
        if name == "security-groups":
            rules = self.collection("security-group-rules").values()
            return [
                {**entry, "security_group_rules": [rule for rule in rules if rule["security_group_id"] == entry["id"]]}
                for entry in entries
            ]
        return [dict(entry) for entry in entries]

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if method != "GET":
            self.log.append(f"{method} {path}")
        name, _, rest = path.strip("/").partition("/")
        identifier, _, action = rest.partition("/")
        answer = getattr(self, f"_{method.lower()}")(name, identifier, action, body)
        self.after(method, path)
        return dict(answer)

    def upload(self, path: str, source: IO[bytes]) -> None:
        self.log.append(f"PUT {path}")
        image = self.collection("images")[path.split("/")[2]]
        image |= {
            "status": "active",
            "os_hash_algo": "sha512",
            "os_hash_value": hashlib.sha512(source.read()).hexdigest(),
        }

    def _get(self, name: str, identifier: str, action: str, body: Any) -> dict[str, Any]:
        if identifier not in self.collection(name):
            raise CloudError(f"GET {name} {identifier} was answered 404: not found")
        return {SINGULAR.get(name, name): self.collection(name)[identifier]}

    def _post(self, name: str, identifier: str, action: str, body: Any) -> dict[str, Any]:
        if action == "os-extra_specs":
            self.collection("flavors")[identifier]["extra_specs"] |= body["extra_specs"]
            return {}
        if action == "extra_specs":
            self.collection("types")[identifier]["extra_specs"] |= body["extra_specs"]
            return {}
        if name == "os-keypairs":
            return {"keypair": self.add(name, id=body["keypair"]["name"], **body["keypair"])}
        if name == "images":
            return self.add(name, status="queued", owner=PROJECT, **body)
        key = SINGULAR[name]
        entry = self.add(name, **body[key])
        if name == "security-groups":
            self.add("security-group-rules", security_group_id=entry["id"], direction="egress", ethertype="IPv4")
        return {key: entry}

    def _put(self, name: str, identifier: str, action: str, body: Any) -> dict[str, Any]:
        subnet = (body or {}).get("subnet_id")
        if action == "add_router_interface":
            self.add(
                "ports",
                device_id=identifier,
                device_owner="network:router_interface",
                fixed_ips=[{"subnet_id": subnet}],
            )
        elif action == "remove_router_interface":
            ports = self.collection("ports")
            for port in [port for port in ports.values() if port["fixed_ips"][0].get("subnet_id") == subnet]:
                del ports[port["id"]]
        else:
            self.collection(name)[identifier].update(next(iter(body.values())))
        return {}

    def _patch(self, name: str, identifier: str, action: str, body: Any) -> dict[str, Any]:
        for operation in body:
            self.collection(name)[identifier][operation["path"].strip("/")] = operation["value"]
        return {}

    def _delete(self, name: str, identifier: str, action: str, body: Any) -> dict[str, Any]:
        if identifier not in self.collection(name):
            raise CloudError(f"DELETE {name} {identifier} was answered 404: not found")
        if name == "routers" and any(port["device_id"] == identifier for port in self.collection("ports").values()):
            raise CloudError(f"DELETE {name} {identifier} was answered 409: router still has ports")
        del self.collection(name)[identifier]
        if name == "networks":
            subnets = self.collection("subnets")
            for subnet in [subnet for subnet in subnets.values() if subnet["network_id"] == identifier]:
                del subnets[subnet["id"]]
        return {}
