"""Change of one object, and of objects that need nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.corbel.keystone_model import (
    Item,
    Key,
    Object,
    Step,
    index,
    is_absent,
    refuse_other_case,
)


def object_change(kind: str, key: Key, found: Object | None, item: Item, values: Mapping[str, Any]) -> list[Step]:
    """Make, update or remove one object; values that are None are left alone."""
    if is_absent(item):
        return [Step("delete", kind, key, id=found["id"])] if found else []
    given = {name: value for name, value in values.items() if value is not None}
    if found is None:
        return [Step("create", kind, key, given)]
    changed = {
        name: value for name, value in given.items() if name == "password" or _differs(name, found.get(name), value)
    }
    if not changed:
        return []
    before = {name: found.get(name) for name in changed if name != "password"}
    return [Step("update", kind, key, changed, before, found["id"])]


def _differs(name: str, found: Any, value: Any) -> bool:
    if name == "options":
        return any((found or {}).get(option) != setting for option, setting in value.items())
    return (found or "") != value if isinstance(value, str) else found != value


def plain_changes(kind: str, found: Mapping[Key, Object], items: list[Item], fields: Iterable[str]) -> list[Step]:
    steps = []
    for key, item in index(kind, items, lambda item: (item["name"],)).items():
        if not is_absent(item):
            refuse_other_case(kind, key, found)
        steps += object_change(kind, key, found.get(key), item, {name: item.get(name) for name in fields})
    return steps
