"""Nova's control plane: configuration and cells."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration
from tests.integration.security import check_database_tls, check_identity, check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://nova"]
PATH = "/etc/nova/nova.conf"


def test_security_guide(host: Any) -> None:
    check_identity(host, PATH)
    check_no_plain_urls(host, PATH)
    check_database_tls(host, PATH)
    check_queue_tls(host, PATH)
    check_database_tls(host, PATH, "api_database")


def test_calls_to_other_services_carry_a_service_token(host: Any) -> None:
    assert configuration(host, PATH)["service_user"]["send_service_user_token"].lower() == "true"


def test_the_console_proxy_takes_its_own_names_only(host: Any, variables: dict[str, Any]) -> None:
    """OSSN-0101."""
    origins = configuration(host, PATH)["console"]["allowed_origins"].split(",")
    assert "*" not in origins
    assert variables.get("corbel_public_vip", variables["corbel_internal_vip"]) in origins
