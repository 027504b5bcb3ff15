"""What the filters that go through the variables of many hosts share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def check(name: str, names: Any, hostvars: Any) -> None:
    """Refuse what a filter of this name was given in place of a list of names and hostvars."""
    if not isinstance(names, list) or not isinstance(hostvars, Mapping):
        raise AnsibleFilterError(
            f"{name} expects a list of names and hostvars, not {type(names).__name__} and {type(hostvars).__name__}"
        )
