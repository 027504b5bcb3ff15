"""Cinder: its configuration and what the Security Guide asks of it."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration
from tests.integration.security import check_database_tls, check_identity, check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://cinder"]
PATH = "/etc/cinder/cinder.conf"


def test_security_guide(host: Any) -> None:
    check_identity(host, PATH)
    check_no_plain_urls(host, PATH)
    check_database_tls(host, PATH)
    check_queue_tls(host, PATH)


def test_images_are_fetched_with_tls(host: Any) -> None:
    options = configuration(host, PATH)["DEFAULT"]
    assert options["glance_api_servers"].startswith("https://")
    assert options["glance_ca_certificates_file"] == "/etc/corbel/tls/ca.pem"


def test_tokens_of_users_are_sent_with_the_services_own(host: Any) -> None:
    assert configuration(host, PATH)["service_user"]["send_service_user_token"].lower() == "true"
