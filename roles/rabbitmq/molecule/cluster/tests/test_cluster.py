"""Three nodes are one cluster, also after one was killed."""

import json

testinfra_hosts = ["ansible://all"]
NODES = {"rabbit@instance1", "rabbit@instance2", "rabbit@instance3"}


def test_every_node_sees_all_of_them(host):
    status = json.loads(host.check_output("rabbitmqctl --quiet cluster_status --formatter json"))
    assert set(status["running_nodes"]) == NODES
    assert set(status["disk_nodes"]) == NODES
    assert status["partitions"] == {}


def test_account_is_everywhere(host):
    assert host.check_output("rabbitmqctl --quiet list_users").splitlines()[1:] == ["example\t[]"]


def test_nodes_listen_for_each_other_on_the_management_address_only(host):
    address = host.ansible.get_variables()["corbel_addresses"]["management"]
    listeners = {line.split()[3] for line in host.check_output("ss -Hltn").splitlines()}
    assert {name for name in listeners if name.endswith((":25672", ":4369"))} == {
        f"{address}:25672",
        f"{address}:4369",
        "127.0.0.1:4369",
    }
