"""The proxies of Swift: TLS, Keystone, and one set of rings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.probes import configuration, listeners

testinfra_hosts = ["ansible://swift"]
PATH = "/etc/swift/proxy-server.conf"


def test_keystone_decides_over_tls(host: Any) -> None:
    options = configuration(host, PATH)
    if "filter:authtoken" not in options:
        pytest.skip("tempauth")
    section = options["filter:authtoken"]
    assert section["auth_url"].startswith("https://")
    assert section["cafile"] == "/etc/corbel/tls/ca.pem"
    assert section.get("insecure", "false") == "false"
    assert {"admin", "swiftoperator"} <= set(options["filter:keystoneauth"]["operator_roles"].split(", "))


def test_proxies_listen_on_the_management_address_only(host: Any, management: str) -> None:
    assert management in {listener.address for listener in listeners(host) if listener.port == 8080}


def test_secrets_are_for_the_servers_only(host: Any) -> None:
    for name in ("proxy-server.conf", "swift.conf", "dispersion.conf"):
        file = host.file(f"/etc/swift/{name}")
        assert (file.user, file.group, file.mode) == ("root", "swift", 0o640)


def test_rings_are_the_setup_hosts(host: Any) -> None:
    folder = "/var/lib/corbel/swift-rings"
    if not host.file(folder).exists:
        pytest.skip("another host keeps the builder files")
    kept, used = (host.check_output(f"cd {path} && sha256sum *.ring.gz") for path in (folder, "/etc/swift"))
    assert kept == used
