"""The queue takes TLS only and knows one account."""

import pytest

testinfra_hosts = ["ansible://all"]


@pytest.fixture
def address(host):
    return host.ansible.get_variables()["corbel_addresses"]["management"]


def test_only_clients_are_served_beyond_the_host(host, address):
    listeners = {line.split()[3] for line in host.check_output("ss -Hltn").splitlines()}
    ports = (":5671", ":5672", ":15671", ":15672", ":25672", ":4369")
    assert {name for name in listeners if name.endswith(ports)} == {
        f"{address}:5671",
        "127.0.0.1:25672",
        "127.0.0.1:4369",
    }


@pytest.mark.parametrize(("authority", "verified"), [("queue-ca.pem", True), ("ca.pem", False)])
@pytest.mark.parametrize("listener", ["{}:5671", "127.0.0.1:25672"])
def test_certificate_is_of_the_queues_authority_alone(host, address, listener, authority, verified):
    target = listener.format(address)
    trust = f"-no-CApath -no-CAstore -CAfile /etc/corbel/tls/{authority} -verify_ip {address}"
    said = host.run(f"openssl s_client -connect {target} {trust} </dev/null")
    assert ("Verification: OK" in said.stdout) == verified
    assert ("Verification error" in said.stdout) != verified


@pytest.mark.parametrize(("own", "accepted"), [("queue", True), ("host", False)])
def test_nodes_accept_certificates_of_the_queues_authority_only(host, own, accepted):
    folder = "/etc/corbel/tls"
    # A server tells a client of TLS 1.3 that it refuses the certificate after the handshake only.
    own = f"-tls1_2 -cert {folder}/{own}.pem -key {folder}/{own}.key"
    said = host.run(f"openssl s_client -connect 127.0.0.1:25672 -CAfile {folder}/queue-ca.pem {own} </dev/null")
    assert (said.rc == 0) == accepted


def test_the_queues_key_is_for_the_server_alone(host):
    file = host.file("/etc/corbel/tls/queue.key")
    assert (file.user, file.group, file.mode) == ("root", "corbel-queue", 0o640)
    assert "corbel-tls" not in host.user("rabbitmq").groups


def test_the_host_does_not_trust_the_queues_authority(host):
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    assert host.run(f"openssl verify -CAfile {bundle} /etc/corbel/tls/queue.pem").rc != 0


@pytest.mark.parametrize("version", ["tls1", "tls1_1"])
def test_old_tls_is_refused(host, address, version):
    assert host.run(f"openssl s_client -connect {address}:5671 -{version} </dev/null").rc != 0


def test_the_account_is_the_only_one(host):
    assert host.check_output("rabbitmqctl --quiet list_users").splitlines()[1:] == ["example\t[]"]


def test_the_account_has_its_virtual_host_only(host):
    assert host.check_output("rabbitmqctl --quiet list_user_permissions example").splitlines()[1:] == [
        "example\t.*\t.*\t.*"
    ]
    assert host.check_output("rabbitmqctl --quiet list_vhosts name default_queue_type").splitlines()[1:] == [
        "example\tquorum"
    ]


def test_cookie_is_for_the_server_alone(host):
    file = host.file("/var/lib/rabbitmq/.erlang.cookie")
    assert (file.user, file.group, file.mode) == ("rabbitmq", "rabbitmq", 0o400)


def test_logs_go_to_the_journal(host):
    assert "started TLS" in host.check_output("journalctl --unit=rabbitmq-server --no-pager --grep='started TLS'")


def test_unit_is_in_a_sandbox(host):
    rating = host.check_output("systemd-analyze security --no-pager rabbitmq-server.service | tail -1")
    assert float(rating.split()[-3]) < 4
