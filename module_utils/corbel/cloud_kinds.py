# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""The kinds of resources: how each is read, made, changed and removed. One class per kind behind one interface."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.corbel.cloud_api import Api, CloudError
from ansible.module_utils.corbel.cloud_plan import Change, Item, plan_item, unique


class State:
    """What the cloud has, by kind and name; grows while changes are applied."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Item]] = {}

    def get(self, kind: str, name: str) -> Item | None:
        return self.found.get(kind, {}).get(name)

    def id(self, kind: str, name: str) -> str:
        entry = self.get(kind, name)
        if entry is None or "id" not in entry:
            raise CloudError(
                f"there is no {kind} named {name}; declare it in first_resources or correct the reference to it"
            )
        return str(entry["id"])

    def name(self, kind: str, identifier: str | None) -> str | None:
        for name, entry in self.found.get(kind, {}).items():
            if entry["id"] == identifier:
                return name
        return identifier

    def put(self, kind: str, name: str, entry: Item) -> None:
        self.found.setdefault(kind, {})[name] = entry


class Kind:
    """What the kinds share: reading a collection, planning item by item, applying one change."""

    kind = ""
    fixed: frozenset[str] = frozenset()

    def __init__(self, api: Api, state: State) -> None:
        self.api = api
        self.state = state

    def read(self, items: list[Item]) -> None:
        self.state.found[self.kind] = unique(self.kind, self.existing(items))

    def plan(self, items: list[Item]) -> list[Change]:
        planned = (plan_item(self.kind, item, self.state.get(self.kind, item["name"]), self.fixed) for item in items)
        return [change for change in planned if change is not None]

    def apply(self, change: Change) -> None:
        if change.action in ("delete", "replace"):
            self.delete(self.state.id(self.kind, change.name))
        if change.action in ("create", "replace"):
            identifier = self.create(change.name, change.after)
            self.state.put(self.kind, change.name, {**change.after, "id": identifier, "name": change.name})
        if change.action == "update":
            self.update(self.state.id(self.kind, change.name), change)

    def existing(self, items: list[Item]) -> list[Item]:
        raise NotImplementedError

    def create(self, name: str, wanted: Item) -> str:
        raise NotImplementedError

    def update(self, identifier: str, change: Change) -> None:
        raise NotImplementedError

    def delete(self, identifier: str) -> None:
        raise NotImplementedError


class Flavors(Kind):
    kind = "flavor"
    # Nova changes a flavor's size only by making it anew; servers keep a copy of the flavor they were made with.
    fixed = frozenset({"vcpus", "ram", "disk", "ephemeral", "swap", "public"})

    def existing(self, items: list[Item]) -> list[Item]:
        return [
            {
                "id": raw["id"],
                "name": raw["name"],
                "vcpus": raw["vcpus"],
                "ram": raw["ram"],
                "disk": raw["disk"],
                "ephemeral": raw.get("OS-FLV-EXT-DATA:ephemeral", 0),
                "swap": raw.get("swap") or 0,
                "public": raw.get("os-flavor-access:is_public", True),
                "description": raw.get("description") or "",
                "extra_specs": raw.get("extra_specs") or {},
            }
            for raw in self.api.items("compute", "/flavors/detail?is_public=None", "flavors")
        ]

    def create(self, name: str, wanted: Item) -> str:
        body = {
            "name": name,
            "vcpus": wanted["vcpus"],
            "ram": wanted["ram"],
            "disk": wanted["disk"],
            "OS-FLV-EXT-DATA:ephemeral": wanted.get("ephemeral", 0),
            "swap": wanted.get("swap", 0),
            "os-flavor-access:is_public": wanted.get("public", True),
            "description": wanted.get("description") or None,
        }
        identifier = str(self.api.call("compute", "POST", "/flavors", {"flavor": body})["flavor"]["id"])
        self.set_specs(identifier, wanted.get("extra_specs") or {})
        return identifier

    def set_specs(self, identifier: str, specs: Item) -> None:
        if specs:
            texts = {key: str(value) for key, value in specs.items()}
            self.api.call("compute", "POST", f"/flavors/{identifier}/os-extra_specs", {"extra_specs": texts})

    def update(self, identifier: str, change: Change) -> None:
        if "description" in change.after:
            description = change.after["description"] or None
            self.api.call("compute", "PUT", f"/flavors/{identifier}", {"flavor": {"description": description}})
        self.set_specs(identifier, change.after.get("extra_specs") or {})

    def delete(self, identifier: str) -> None:
        self.api.call("compute", "DELETE", f"/flavors/{identifier}")


class Keypairs(Kind):
    kind = "key pair"
    fixed = frozenset({"public_key"})

    def existing(self, items: list[Item]) -> list[Item]:
        pairs = (raw["keypair"] for raw in self.api.items("compute", "/os-keypairs", "keypairs"))
        return [
            {"id": raw["name"], "name": raw["name"], "public_key": key_material(raw["public_key"])} for raw in pairs
        ]

    def plan(self, items: list[Item]) -> list[Change]:
        # The comment of a key is not part of it.
        return super().plan([{**item, "public_key": key_material(item.get("public_key"))} for item in items])

    def create(self, name: str, wanted: Item) -> str:
        body = {"name": name, "type": "ssh", "public_key": wanted["public_key"]}
        self.api.call("compute", "POST", "/os-keypairs", {"keypair": body})
        return name

    def delete(self, identifier: str) -> None:
        self.api.call("compute", "DELETE", f"/os-keypairs/{identifier}")


class VolumeTypes(Kind):
    kind = "volume type"

    def existing(self, items: list[Item]) -> list[Item]:
        return [
            {
                "id": raw["id"],
                "name": raw["name"],
                "description": raw.get("description") or "",
                "public": raw.get("os-volume-type-access:is_public", raw.get("is_public", True)),
                "extra_specs": raw.get("extra_specs") or {},
            }
            for raw in self.api.items("block_storage", "/types?is_public=None", "volume_types")
        ]

    def create(self, name: str, wanted: Item) -> str:
        body = {
            "name": name,
            "description": wanted.get("description") or None,
            "os-volume-type-access:is_public": wanted.get("public", True),
        }
        identifier = str(self.api.call("block_storage", "POST", "/types", {"volume_type": body})["volume_type"]["id"])
        self.set_specs(identifier, wanted.get("extra_specs") or {})
        return identifier

    def set_specs(self, identifier: str, specs: Item) -> None:
        if specs:
            texts = {key: str(value) for key, value in specs.items()}
            self.api.call("block_storage", "POST", f"/types/{identifier}/extra_specs", {"extra_specs": texts})

    def update(self, identifier: str, change: Change) -> None:
        body: Item = {}
        if "description" in change.after:
            body["description"] = change.after["description"]
        if "public" in change.after:
            body["is_public"] = change.after["public"]
        if body:
            self.api.call("block_storage", "PUT", f"/types/{identifier}", {"volume_type": body})
        self.set_specs(identifier, change.after.get("extra_specs") or {})

    def delete(self, identifier: str) -> None:
        self.api.call("block_storage", "DELETE", f"/types/{identifier}")


class Quotas(Kind):
    kind = "quota"

    def existing(self, items: list[Item]) -> list[Item]:
        found = []
        for item in items:
            projects = self.api.items("identity", f"/projects?name={item['name']}", "projects")
            if len(projects) != 1:
                raise CloudError(f"found {len(projects)} projects named {item['name']} for a quota, expected one")
            identifier = projects[0]["id"]
            compute = self.api.call("compute", "GET", f"/os-quota-sets/{identifier}")["quota_set"]
            network = self.api.call("network", "GET", f"/quotas/{identifier}")["quota"]
            entry = {"id": identifier, "name": item["name"], "compute": compute, "network": network}
            # A cloud need not have this service.
            if item.get("volume"):
                entry["volume"] = self.api.call("block_storage", "GET", f"/os-quota-sets/{identifier}")["quota_set"]
            found.append(entry)
        return found

    def update(self, identifier: str, change: Change) -> None:
        if change.after.get("compute"):
            body: dict[str, Any] = {"quota_set": change.after["compute"]}
            self.api.call("compute", "PUT", f"/os-quota-sets/{identifier}", body)
        if change.after.get("network"):
            self.api.call("network", "PUT", f"/quotas/{identifier}", {"quota": change.after["network"]})
        if change.after.get("volume"):
            body = {"quota_set": change.after["volume"]}
            self.api.call("block_storage", "PUT", f"/os-quota-sets/{identifier}", body)


def key_material(public_key: str | None) -> str | None:
    """Return type and data of a public key, without its comment."""
    return None if public_key is None else " ".join(public_key.split()[:2])
