# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Networks, subnets, routers and security groups: how each is read, made, changed and removed."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.module_utils.corbel.cloud_kinds import Kind
from ansible.module_utils.corbel.cloud_plan import Change, Item, plan_item, plan_rules, ports_range

INTERFACE_OWNERS = (
    "network:router_interface",
    "network:router_interface_distributed",
    "network:ha_router_replicated_interface",
)


class NetworkKind(Kind):
    """A kind of the network service: option names here on the left, names of the service on the right."""

    collection = ""
    key = ""
    names: ClassVar[dict[str, str]] = {}

    def existing(self, items: list[Item]) -> list[Item]:
        path = f"/{self.collection}?project_id={self.api.project_id}"
        return [self.item(raw) for raw in self.api.items("network", path, self.collection)]

    def item(self, raw: dict[str, Any]) -> Item:
        options = {option: raw.get(field) for option, field in self.names.items()}
        return {"id": raw["id"], "name": raw["name"], **options}

    def fields(self, options: Item) -> dict[str, Any]:
        return {self.names[option]: value for option, value in options.items() if option in self.names}

    def create(self, name: str, wanted: Item) -> str:
        body = {self.key: {"name": name, **self.fields(wanted)}}
        return str(self.api.call("network", "POST", f"/{self.collection}", body)[self.key]["id"])

    def update(self, identifier: str, change: Change) -> None:
        self.api.call("network", "PUT", f"/{self.collection}/{identifier}", {self.key: self.fields(change.after)})

    def delete(self, identifier: str) -> None:
        self.api.call("network", "DELETE", f"/{self.collection}/{identifier}")


class Networks(NetworkKind):
    kind = "network"
    collection = "networks"
    key = "network"
    # A provider network cannot move to another segment while it exists; making it anew would cut its servers off.
    names: ClassVar[dict[str, str]] = {
        "external": "router:external",
        "shared": "shared",
        "type": "provider:network_type",
        "physical_network": "provider:physical_network",
        "segmentation_id": "provider:segmentation_id",
        "mtu": "mtu",
        "port_security": "port_security_enabled",
        "description": "description",
    }


class Subnets(NetworkKind):
    kind = "subnet"
    collection = "subnets"
    key = "subnet"
    names: ClassVar[dict[str, str]] = {
        "network": "network_id",
        "cidr": "cidr",
        "gateway": "gateway_ip",
        "dhcp": "enable_dhcp",
        "pools": "allocation_pools",
        "dns": "dns_nameservers",
        "routes": "host_routes",
        "description": "description",
    }

    def item(self, raw: dict[str, Any]) -> Item:
        options = super().item(raw)
        options["network"] = self.state.name("network", raw["network_id"])
        options["gateway"] = raw.get("gateway_ip") or "none"
        return options

    def fields(self, options: Item) -> dict[str, Any]:
        fields = super().fields(options)
        if "network" in options:
            fields["network_id"] = self.state.id("network", options["network"])
        if options.get("gateway") == "none":
            fields["gateway_ip"] = None
        return fields

    def create(self, name: str, wanted: Item) -> str:
        version = 6 if ":" in str(wanted["cidr"]) else 4
        body = {"subnet": {"name": name, "ip_version": version, **self.fields(wanted)}}
        return str(self.api.call("network", "POST", "/subnets", body)["subnet"]["id"])


class Routers(NetworkKind):
    kind = "router"
    collection = "routers"
    key = "router"
    names: ClassVar[dict[str, str]] = {"description": "description", "distributed": "distributed", "ha": "ha"}

    def item(self, raw: dict[str, Any]) -> Item:
        gateway = raw.get("external_gateway_info") or {}
        return {
            **super().item(raw),
            "external_network": self.state.name("network", gateway.get("network_id")) or "none",
            "snat": gateway.get("enable_snat"),
            "interfaces": {},
        }

    def read(self, items: list[Item]) -> None:
        super().read(items)
        for item in items:
            router = self.state.get(self.kind, item["name"])
            if router is None:
                continue
            ports = self.api.items("network", f"/ports?device_id={router['id']}", "ports")
            addresses = (
                address for port in ports if port["device_owner"] in INTERFACE_OWNERS for address in port["fixed_ips"]
            )
            router["interfaces"] = {
                self.state.name("subnet", entry["subnet_id"]): entry["subnet_id"] for entry in addresses
            }

    def plan(self, items: list[Item]) -> list[Change]:
        changes = []
        for item in items:
            router = self.state.get(self.kind, item["name"])
            change = plan_item(self.kind, item, router)
            changes += [change] if change else []
            if item.get("state", "present") == "present":
                attached = (router or {}).get("interfaces", {})
                changes += [
                    Change("router interface", f"{item['name']}/{subnet}", "create", after={"subnet": subnet})
                    for subnet in item.get("subnets") or []
                    if subnet not in attached
                ]
        return changes

    def fields(self, options: Item) -> dict[str, Any]:
        fields = super().fields(options)
        network = options.get("external_network")
        if network == "none":
            fields["external_gateway_info"] = {}
        elif network is not None:
            fields["external_gateway_info"] = {"network_id": self.state.id("network", network)}
            if options.get("snat") is not None:
                fields["external_gateway_info"]["enable_snat"] = options["snat"]
        return fields

    def apply(self, change: Change) -> None:
        if change.kind == "router interface":
            router = self.state.id(self.kind, change.name.partition("/")[0])
            body = {"subnet_id": self.state.id("subnet", change.after["subnet"])}
            self.api.call("network", "PUT", f"/routers/{router}/add_router_interface", body)
            return
        if change.action == "update" and "snat" in change.after and "external_network" not in change.after:
            # The service takes both together.
            found = self.state.get(self.kind, change.name) or {}
            change.after["external_network"] = found.get("external_network")
        if change.action == "delete":
            for subnet in change.before["interfaces"].values():
                path = f"/routers/{change.before['id']}/remove_router_interface"
                self.api.call("network", "PUT", path, {"subnet_id": subnet})
        super().apply(change)


class SecurityGroups(NetworkKind):
    kind = "security group"
    collection = "security-groups"
    key = "security_group"
    names: ClassVar[dict[str, str]] = {"description": "description", "stateful": "stateful"}

    def existing(self, items: list[Item]) -> list[Item]:
        path = f"/{self.collection}?project_id={self.api.project_id}"
        raws = self.api.items("network", path, "security_groups")
        names = {raw["id"]: raw["name"] for raw in raws}
        return [
            {**self.item(raw), "rules": [rule(entry, names) for entry in raw["security_group_rules"]]} for raw in raws
        ]

    def plan(self, items: list[Item]) -> list[Change]:
        changes = super().plan(items)
        for item in items:
            if item.get("state", "present") == "present":
                found = self.state.get(self.kind, item["name"]) or {}
                changes += plan_rules(item["name"], item.get("rules") or [], found.get("rules") or [])
        return changes

    def apply(self, change: Change) -> None:
        if change.kind != "security_group_rule":
            super().apply(change)
        elif change.action == "delete":
            self.api.call("network", "DELETE", f"/security-group-rules/{change.before['id']}")
        else:
            first, last = ports_range(change.after.get("ports"))
            group = change.after.get("remote_group")
            protocol = change.after.get("protocol")
            body = {
                "security_group_id": self.state.id(self.kind, change.after["group"]),
                "direction": change.after.get("direction") or "ingress",
                "ethertype": change.after.get("ether_type") or "IPv4",
                "protocol": None if protocol in (None, "any") else protocol,
                "port_range_min": first,
                "port_range_max": last,
                "remote_ip_prefix": change.after.get("remote_prefix"),
                "remote_group_id": self.state.id(self.kind, group) if group else None,
            }
            self.api.call("network", "POST", "/security-group-rules", {"security_group_rule": body})


def rule(raw: dict[str, Any], groups: dict[str, str]) -> Item:
    """Return a rule of the service in the words of this module."""
    first, last = raw.get("port_range_min"), raw.get("port_range_max")
    return {
        "id": raw["id"],
        "direction": raw["direction"],
        "ether_type": raw["ethertype"],
        "protocol": raw.get("protocol") or "any",
        "ports": None if first is None else f"{first}-{last}",
        "remote_prefix": raw.get("remote_ip_prefix"),
        "remote_group": groups.get(raw.get("remote_group_id") or "", raw.get("remote_group_id")),
    }
