"""Glance: its configuration, its store, and what it accepts."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration
from tests.integration.security import check_database_tls, check_identity, check_no_plain_urls

testinfra_hosts = ["ansible://glance"]
PATH = "/etc/glance/glance-api.conf"
DISKS = {"qcow2", "raw", "iso", "vmdk", "vhd", "vhdx", "vdi", "ami", "aki", "ari"}
CONTAINERS = {"bare", "ovf", "ova", "docker", "ami", "aki", "ari"}


def test_security_guide(host: Any) -> None:
    check_identity(host, PATH)
    check_no_plain_urls(host, PATH)
    check_database_tls(host, PATH)


def test_the_store_is_the_services_own(host: Any) -> None:
    store = host.file("/var/lib/glance/images")
    assert (store.user, store.group, store.mode) == ("glance", "glance", 0o750)


def test_formats(host: Any) -> None:
    options = configuration(host, PATH)["image_format"]
    assert {text.strip() for text in options["disk_formats"].split(",")} >= DISKS
    assert {text.strip() for text in options["container_formats"].split(",")} >= CONTAINERS
