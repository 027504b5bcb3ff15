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


@pytest.mark.parametrize(("port", "local"), [(5671, False), (25672, True)])
def test_certificate_is_the_clouds(host, address, port, local):
    target = "127.0.0.1" if local else address
    said = host.run(
        f"openssl s_client -connect {target}:{port} -CAfile /etc/corbel/tls/ca.pem -verify_ip {address} </dev/null"
    )
    assert "Verification: OK" in said.stdout


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
