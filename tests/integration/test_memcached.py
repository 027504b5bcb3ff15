"""memcached answers its own host only."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import listeners, unit_state

testinfra_hosts = ["ansible://memcached"]


def test_it_is_bound_to_the_loopback(host: Any) -> None:
    assert {listener.address for listener in listeners(host) if listener.port == 11211} == {"127.0.0.1"}
    assert host.check_output("ss --no-header --listening --udp --numeric 'sport = 11211'") == ""


def test_it_runs_and_comes_back(host: Any) -> None:
    state = unit_state(host, "memcached.service")
    assert (state["ActiveState"], state["UnitFileState"]) == ("active", "enabled")
