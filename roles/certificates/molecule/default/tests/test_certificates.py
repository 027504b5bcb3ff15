"""The host has a key nobody else has, and a certificate for its names that its trust store accepts."""

import os
import stat
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://all"]
TLS = "/etc/corbel/tls"
AUTHORITY = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "certificates"


def test_certificate_is_trusted_for_servers_and_clients(host):
    for purpose in ("sslserver", "sslclient"):
        host.check_output(f"openssl verify -x509_strict -purpose {purpose} -CAfile {TLS}/ca.pem {TLS}/host.pem")
    host.check_output(f"openssl verify -CAfile /etc/ssl/certs/ca-certificates.crt {TLS}/host.pem")


@pytest.mark.parametrize("name", ["instance1", "instance1.cloud.example.com", "localhost"])
def test_names(host, name):
    assert "does match" in host.check_output(f"openssl x509 -noout -in {TLS}/host.pem -checkhost {name}")


def test_another_name_is_not_in_it(host):
    assert "NOT match" in host.run(f"openssl x509 -noout -in {TLS}/host.pem -checkhost instance9").stdout


def test_virtual_address_is_in_it(host):
    address = host.ansible.get_variables()["corbel_addresses"]["management"].rsplit(".", 1)[0] + ".10"
    assert "does match" in host.check_output(f"openssl x509 -noout -in {TLS}/host.pem -checkip {address}")


def test_key_fits_and_only_its_group_reads_it(host):
    file = host.file(f"{TLS}/host.key")
    assert (file.user, file.group, file.mode) == ("root", "corbel-tls", 0o640)
    public = host.check_output(f"openssl pkey -in {TLS}/host.key -pubout")
    assert public == host.check_output(f"openssl x509 -in {TLS}/host.pem -noout -pubkey")


def test_nothing_is_left_of_the_making(host):
    assert sorted(host.file(TLS).listdir()) == ["ca.pem", "host.key", "host.pem"]


def test_authority_is_sealed():
    key = AUTHORITY / "ca.key"
    assert "ENCRYPTED" in key.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert sorted(path.name for path in AUTHORITY.iterdir()) == ["ca.key", "ca.pem"]
