"""Hypervisors: libvirt, its TLS, and what Nova may do on the host."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration, listeners, unit_state
from tests.integration.security import check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://nova_compute"]
PATH = "/etc/nova/nova-compute.conf"


def test_security_guide(host: Any) -> None:
    check_no_plain_urls(host, PATH)
    check_queue_tls(host, PATH)


def test_migration_is_encrypted(host: Any, management: str) -> None:
    assert configuration(host, PATH)["libvirt"]["live_migration_with_native_tls"].lower() == "true"
    found = listeners(host)
    assert {listener.address for listener in found if listener.port == 16514} == {management}
    assert [listener for listener in found if listener.port == 16509] == []


def test_consoles_ask_for_a_certificate(host: Any) -> None:
    settings = host.file("/etc/libvirt/qemu.conf").content_string
    assert "vnc_tls = 1" in settings
    assert "vnc_tls_x509_verify = 1" in settings


def test_libvirt_runs(host: Any) -> None:
    host.check_output("virsh --connect qemu:///system version")
    assert unit_state(host, "nova-compute.service")["User"] == "nova"


def test_a_compute_host_has_no_account_in_the_database(host: Any) -> None:
    options = configuration(host, PATH)
    assert not any("connection" in section for name, section in options.items() if name.endswith("database"))


def test_network_plug_in_failures_are_fatal(host: Any) -> None:
    assert configuration(host, PATH)["DEFAULT"]["vif_plugging_is_fatal"].lower() == "true"
