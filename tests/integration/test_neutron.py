"""Neutron's server: configuration."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration
from tests.integration.security import check_database_tls, check_identity, check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://neutron"]
PATH = "/etc/neutron/neutron.conf"


def test_security_guide(host: Any) -> None:
    check_identity(host, PATH)
    check_no_plain_urls(host, PATH)
    check_database_tls(host, PATH)
    check_queue_tls(host, PATH)


def test_drivers(host: Any) -> None:
    options = configuration(host, "/etc/neutron/ml2_conf.ini")
    assert "openvswitch" in options["ml2"]["mechanism_drivers"]
    assert {"flat", "vlan", "vxlan"} <= {text.strip() for text in options["ml2"]["type_drivers"].split(",")}
    # Named tenant_network_types before 2026.1.
    assert options["ml2"].get("project_network_types", options["ml2"].get("tenant_network_types")) == "vxlan"
