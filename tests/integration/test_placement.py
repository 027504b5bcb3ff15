"""Placement: its configuration."""

from __future__ import annotations

from typing import Any

from tests.integration.security import check_database_tls, check_identity, check_no_plain_urls

testinfra_hosts = ["ansible://placement"]
PATH = "/etc/placement/placement.conf"


def test_security_guide(host: Any) -> None:
    check_identity(host, PATH)
    check_no_plain_urls(host, PATH)
    check_database_tls(host, PATH, "placement_database")
