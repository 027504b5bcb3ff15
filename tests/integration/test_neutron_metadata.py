"""The metadata agent: it is alive, runs as its own account, and calls nothing in plain."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import unit_state
from tests.integration.security import check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://neutron_metadata"]


def test_security_guide(host: Any) -> None:
    check_no_plain_urls(host, "/etc/neutron/neutron-metadata.conf")
    check_queue_tls(host, "/etc/neutron/neutron-metadata.conf")


def test_it_runs_as_its_own_account(host: Any) -> None:
    state = unit_state(host, "neutron-metadata-agent.service")
    assert (state["ActiveState"], state["User"]) == ("active", "neutron")
