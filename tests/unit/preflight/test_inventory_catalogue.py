"""The form of a catalogue entry."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel import inventory_catalogue

API = {"name": "x-api", "port": 9000, "module": "x.wsgi", "endpoint": True}
MORE = {"type": "query", "name": "x-query", "title": "Query", "api": "x-api"}


def entry(**changes: Any) -> dict[str, Any]:
    return {"name": "x", "title": "X", "environment": "control", "apis": [API], **changes}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (entry(identity={"type": "x"}), []),
        (entry(identity={"type": "x", "endpoints": [MORE]}), []),
        (entry(identity={"type": "x", "endpoints": [{**MORE, "api": "y"}]}), [("identity", "endpoints", 0, "api")]),
        (entry(identity={"type": "x"}, apis=[]), [("apis",)]),
        (entry(environment="desktop"), [("environment",)]),
        (entry(apis=[{**API, "sticky": "often"}]), [("apis", 0, "sticky")]),
    ],
)
def test_check_entry(given: dict[str, Any], found: list[Any]) -> None:
    assert [problem.path for problem in inventory_catalogue.check_entry(given)] == found
