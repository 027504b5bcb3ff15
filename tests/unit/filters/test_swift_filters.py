"""The filters of Swift: what they refuse, and that they name the variable."""

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from swift_policy_sections import swift_policy_sections
from swift_ring_specs import swift_ring_specs

STANDARD = {"name": "standard", "index": 0, "default": True}
SETTINGS = {"part_power": 8, "replicas": 1, "min_part_hours": 1, "overload": 0.1}


def test_sections() -> None:
    assert list(swift_policy_sections([STANDARD])) == ["storage-policy:0"]


def test_rings() -> None:
    assert [ring["name"] for ring in swift_ring_specs([STANDARD], SETTINGS, [])] == ["account", "container", "object"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: swift_policy_sections("x"), "the input is a str; a list of policies is expected"),
        (lambda: swift_policy_sections([]), "swift_rings_policies: 0 policies say default"),
        (lambda: swift_ring_specs({}, SETTINGS, []), "input is a dict; a list is expected"),
        (lambda: swift_ring_specs([STANDARD], [], []), "settings is a list; a dict is expected"),
        (lambda: swift_ring_specs([STANDARD], SETTINGS, {}), "hosts is a dict; a list is expected"),
        (lambda: swift_ring_specs([STANDARD], {**SETTINGS, "lost": ["d1"]}, []), "expected host/device"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        call()
