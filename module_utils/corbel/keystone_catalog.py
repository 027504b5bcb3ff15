"""Changes of the service catalogue: regions, services and endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.corbel import naming
from ansible.module_utils.corbel.keystone_change import object_change, plain_changes
from ansible.module_utils.corbel.keystone_model import (
    Item,
    Key,
    KeystoneError,
    Object,
    State,
    Step,
    Wanted,
    index,
    is_absent,
    label,
)


def catalog_changes(state: State, wanted: Wanted) -> list[Step]:
    """All of them."""
    services = _Services(state, wanted)
    return [*_regions(state, wanted), *services.steps(), *_endpoints(state, wanted, services)]


def _regions(state: State, wanted: Wanted) -> list[Step]:
    """Regions listed, and those that endpoints need: an endpoint cannot stand in a region that does not exist."""
    listed = {item["name"] for item in wanted.regions}
    needed = {_region(item, wanted) for item in wanted.endpoints if not is_absent(item)} - listed
    extra: list[Item] = [{"name": name} for name in sorted(needed)]
    return plain_changes("region", state.regions, wanted.regions + extra, ("description",))


def _region(item: Item, wanted: Wanted) -> str:
    return str(item.get("region") or wanted.region)


def service_key(item: Mapping[str, Any]) -> Key:
    """Key of a service; one without a name is named like its type."""
    return (item["type"], item.get("name") or item["type"])


class _Services:
    """Finds the service that an item means, by type and name, and what the services will be after the change."""

    def __init__(self, state: State, wanted: Wanted) -> None:
        self._found = sorted(state.services, key=lambda service: str(service["id"]))
        self._items = index("service", wanted.services, service_key)
        # Id of each service that stays ("" when it is still to be made), by its key after the change.
        self.planned: dict[Key, str] = {}
        self._steps: list[Step] = []
        self._plan()

    def steps(self) -> list[Step]:
        """Changes of services."""
        return self._steps

    def _plan(self) -> None:
        claimed = {service["id"] for key in self._items for service in self._named(key)}
        gone: set[str] = set()
        for key, item in self._items.items():
            if is_absent(item):
                doomed = self._named(key) if item.get("name") else self._typed(key[0])
                gone |= {service["id"] for service in doomed}
                self._steps += [
                    Step("delete", "service", (service["type"], service.get("name") or ""), id=service["id"])
                    for service in doomed
                ]
                continue
            found = self._match(key, claimed)
            if found:
                claimed.add(found["id"])
            values = {"name": key[1], "description": item.get("description"), "enabled": item.get("enabled")}
            self._steps += object_change("service", key, found, item, values)
            self.planned[key] = found["id"] if found else ""
        taken = set(self.planned.values()) | gone
        for service in self._found:
            if service["id"] not in taken:
                self.planned.setdefault((service["type"], service.get("name") or ""), service["id"])

    def _typed(self, kind: str) -> list[Object]:
        return [service for service in self._found if service["type"] == kind]

    def _named(self, key: Key) -> list[Object]:
        return [service for service in self._typed(key[0]) if service.get("name") == key[1]]

    def _match(self, key: Key, claimed: set[str]) -> Object | None:
        named = self._named(key)
        if len(named) > 1:
            ids = ", ".join(service["id"] for service in named)
            raise KeystoneError(
                f"Keystone has {len(named)} services '{key[1]}' of type '{key[0]}' ({ids}) and one is expected; "
                "remove the ones without endpoints with 'openstack service delete <id>'"
            )
        if named:
            return named[0]
        others = [service for service in self._typed(key[0]) if service["id"] not in claimed]
        # The only one of its type is the same service under another name.
        return others[0] if len(others) == 1 and len(self._typed(key[0])) == 1 else None

    def resolve(self, item: Item) -> Key | None:
        """Key of the service that an endpoint belongs to; None when there is none."""
        kind, name = item.get("service_type"), item.get("service")
        keys = [key for key in self.planned if kind in {None, key[0]} and name in {None, key[1]}]
        if len(keys) > 1:
            named = ", ".join(sorted(label("service", key) for key in keys))
            raise KeystoneError(
                f"an endpoint asks for {_asked(item)} and that may be {named}; give both 'service_type' and 'service'"
            )
        return keys[0] if keys else None


def _asked(item: Item) -> str:
    parts = [
        f"{words} '{item[option]}'"
        for option, words in (("service_type", "service type"), ("service", "service"))
        if item.get(option)
    ]
    return " and ".join(parts)


def _endpoints(state: State, wanted: Wanted, services: _Services) -> list[Step]:
    def key_of(item: Item) -> Key:
        service = services.resolve(item) or (item.get("service_type") or "", item.get("service") or "")
        return (*service, item["interface"], _region(item, wanted))

    steps = []
    for key, item in index("endpoint", wanted.endpoints, key_of).items():
        service = services.resolve(item)
        if service is None:
            if is_absent(item):
                continue
            near = naming.hint(key[0] or key[1], [part for pair in services.planned for part in pair]) or "."
            raise KeystoneError(
                f"an endpoint asks for {_asked(item)}, which neither exists nor is listed in 'services'{near} "
                "Add it to 'services' or correct the name"
            )
        steps += _endpoint(key, item, _matching(state.endpoints, services.planned[service], key))
    return steps


def _matching(endpoints: list[Object], service: str, key: Key) -> list[Object]:
    if not service:
        return []
    found = [
        endpoint
        for endpoint in endpoints
        if (endpoint["service_id"], endpoint["interface"], endpoint.get("region_id")) == (service, key[2], key[3])
    ]
    return sorted(found, key=lambda endpoint: str(endpoint["id"]))


def _endpoint(key: Key, item: Item, found: list[Object]) -> list[Step]:
    """Make, update or remove one endpoint, and remove further ones at the same place."""
    if is_absent(item):
        return [Step("delete", "endpoint", key, before={"url": each["url"]}, id=each["id"]) for each in found]
    kept = next((each for each in found if each["url"] == item["url"]), found[0] if found else None)
    steps = object_change("endpoint", key, kept, item, {"url": item["url"], "enabled": item.get("enabled")})
    return steps + [
        Step("delete", "endpoint", key, before={"url": each["url"]}, id=each["id"], note="duplicate")
        for each in found
        if each is not kept
    ]
