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
