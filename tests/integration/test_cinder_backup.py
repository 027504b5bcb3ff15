"""Backups of volumes: where they go, and as whom."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration
from tests.integration.security import check_database_tls, check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://cinder_backup"]
PATH = "/etc/cinder/cinder-backup.conf"


def test_security_guide(host: Any) -> None:
    check_no_plain_urls(host, PATH)
    check_database_tls(host, PATH)
    check_queue_tls(host, PATH)


def test_backups_belong_to_the_owner_of_the_volume(host: Any) -> None:
    options = configuration(host, PATH)["DEFAULT"]
    assert options["backup_swift_auth"] == "per_user"
    assert options["backup_swift_ca_cert_file"] == "/etc/corbel/tls/ca.pem"
