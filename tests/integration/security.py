"""Checks of the Security Guide that read the same for every service."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration


def check_identity(host: Any, path: str) -> None:
    """-03 and -04: Keystone decides who may, over TLS with a certificate that is verified."""
    options = configuration(host, path)
    section = options["keystone_authtoken"]
    assert section.get("www_authenticate_uri", "https").startswith("https")
    assert section["auth_url"].startswith("https://")
    assert section.get("insecure", "false").lower() == "false"
    assert section["cafile"] == "/etc/corbel/tls/ca.pem"
    assert options["DEFAULT"].get("debug", "false").lower() == "false"


def check_no_plain_urls(host: Any, path: str) -> None:
    """Every address a service calls is called over TLS, and no verification is turned off."""
    for section, options in configuration(host, path).items():
        for option, value in options.items():
            where = f"{path} [{section}] {option}"
            assert not value.startswith("http://") or "127.0.0.1" in value or "localhost" in value, where
            assert not (option.endswith("insecure") and value.lower() == "true"), where


def check_queue_tls(host: Any, path: str) -> None:
    """OSSN-0096: names are not compared, so the service trusts the queue's own authority only."""
    section = configuration(host, path)["oslo_messaging_rabbit"]
    assert (section["ssl"], section["ssl_ca_file"]) == ("true", "/etc/corbel/tls/queue-ca.pem")


def check_database_tls(host: Any, path: str, section: str = "database") -> None:
    assert "ssl_ca=/etc/corbel/tls/ca.pem" in configuration(host, path)[section]["connection"]
