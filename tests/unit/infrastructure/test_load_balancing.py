"""What stands behind the load balancers."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel import load_balancing

API = {"name": "x-api", "port": 9000, "health": "/healthcheck", "public": True}


def entry(**keys: Any) -> dict[str, Any]:
    return {"name": "x", **keys}


def test_apis_and_daemons_with_a_port() -> None:
    daemons = [{"name": "x-worker"}, {"name": "x-proxy", "port": 6080, "public": False, "sticky": True}]
    found = load_balancing.fronts([entry(apis=[API], daemons=daemons)], {"x": ["c1", "c2"]})
    both = {"hosts": ["c1", "c2"]}
    assert found == [
        {"name": "x-api", "port": 9000, "health": "/healthcheck", "public": True, "sticky": False, **both},
        {"name": "x-proxy", "port": 6080, "health": "/", "public": False, "sticky": True, **both},
    ]


def test_an_entry_without_hosts_has_none() -> None:
    assert load_balancing.fronts([entry(apis=[API])], {})[0]["hosts"] == []


def test_an_entry_without_programs_has_no_front() -> None:
    assert load_balancing.fronts([entry()], {"x": ["c1"]}) == []


def test_a_port_has_one_owner() -> None:
    with pytest.raises(load_balancing.LoadBalancingError, match="9000 belongs to x-api and to y-api"):
        load_balancing.fronts([entry(apis=[API]), {"name": "y", "apis": [{**API, "name": "y-api"}]}], {})
