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
    assert sorted(host.file(TLS).listdir()) == [
        "ca.pem",
        "host.key",
        "host.pem",
        "queue-ca.pem",
        "queue.key",
        "queue.pem",
    ]


def test_the_queues_authority_is_another_and_not_trusted(host):
    assert host.file(f"{TLS}/queue-ca.pem").content_string != host.file(f"{TLS}/ca.pem").content_string
    assert host.run(f"openssl verify -CAfile /etc/ssl/certs/ca-certificates.crt {TLS}/queue-ca.pem").rc != 0
    host.check_output(f"openssl verify -x509_strict -CAfile {TLS}/queue-ca.pem {TLS}/queue.pem")
    for authority, own in (("queue-ca", "host"), ("ca", "queue")):
        # The trust store holds the cloud's authority and must not be asked.
        alone = f"-no-CApath -no-CAstore -CAfile {TLS}/{authority}.pem"
        assert host.run(f"openssl verify {alone} {TLS}/{own}.pem").rc != 0


def test_only_nodes_of_the_queue_read_its_key(host):
    file = host.file(f"{TLS}/queue.key")
    assert (file.user, file.group, file.mode) == ("root", "corbel-queue", 0o640)


@pytest.mark.parametrize("folder", [AUTHORITY, AUTHORITY / "queue"])
def test_authority_is_sealed(folder):
    key = folder / "ca.key"
    assert "ENCRYPTED" in key.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.glob("*.*")) == ["ca.key", "ca.pem"]
