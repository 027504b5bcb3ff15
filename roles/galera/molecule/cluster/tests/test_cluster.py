"""Three nodes are one cluster, also after all of them lost their power at once."""

import pytest

testinfra_hosts = ["ansible://all"]


def ask(host, question):
    return host.check_output(f'mariadb --no-defaults -N -B -e "{question}"')


@pytest.mark.parametrize(
    ("name", "value"),
    [("wsrep_cluster_size", "3"), ("wsrep_cluster_status", "Primary"), ("wsrep_local_state_comment", "Synced")],
)
def test_node_is_in_step(host, name, value):
    assert ask(host, f"SHOW STATUS LIKE '{name}'").split() == [name, value]


def test_nothing_acknowledged_is_lost(host):
    assert ask(host, "SELECT number FROM example.ledger ORDER BY number").split() == ["1", "2", "3", "4"]


def test_accounts_are_everywhere(host):
    assert ask(host, "SELECT COUNT(*) FROM mysql.user WHERE user = 'example'") == "1"


@pytest.mark.parametrize("port", [3306, 4567, 9200])
def test_listens_on_the_management_address_only(host, port):
    address = host.ansible.get_variables()["corbel_addresses"]["management"]
    listeners = host.check_output(f"ss -Hltn 'sport = :{port}'").splitlines()
    assert [line.split()[3] for line in listeners] == [f"{address}:{port}"]


def test_replication_speaks_tls(host):
    address = host.ansible.get_variables()["corbel_addresses"]["management"]
    said = host.run(f"openssl s_client -connect {address}:4567 -CAfile /etc/corbel/tls/ca.pem </dev/null")
    assert "Verify return code: 0 (ok)" in said.stdout
