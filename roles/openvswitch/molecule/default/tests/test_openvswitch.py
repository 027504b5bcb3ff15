"""The switch has the provider network's interface after a restart of the host, and nobody from outside commands it."""

import json

import pytest

testinfra_hosts = ["ansible://all"]


@pytest.mark.parametrize("unit", ["openvswitch-switch", "openvswitch-provider-links"])
def test_starts_with_the_host(host, unit):
    assert host.service(unit).is_running
    assert host.service(unit).is_enabled


def test_the_interface_is_in_its_bridge_and_up(host):
    assert host.check_output("ovs-vsctl port-to-br eth3") == "br-ex"
    link = json.loads(host.check_output("ip -json link show dev eth3"))[0]
    assert "UP" in link["flags"]


def test_what_the_agent_made_is_left_alone(host):
    assert host.check_output("ovs-vsctl list-br").split() == ["br-ex", "br-int"]
    assert host.check_output("ovs-vsctl list-ports br-ex").split() == ["eth3", "phy-br-ex"]


def test_the_refused_interfaces_are_where_they_were(host):
    for name in ("eth0", "eth1"):
        assert host.run(f"ovs-vsctl port-to-br {name}").rc != 0
        assert json.loads(host.check_output(f"ip -json -4 address show dev {name}"))[0]["addr_info"]


def test_the_datapath_is_the_kernels(host):
    assert "system@ovs-system" in host.check_output("ovs-appctl dpif/show")


def test_agents_reach_the_database_through_a_socket_of_their_group(host):
    socket = host.file("/run/openvswitch/corbel.sock")
    assert socket.is_socket
    assert (socket.user, socket.group, socket.mode) == ("root", "corbel-ovs", 0o660)
    host.check_output(
        "setpriv --reuid=nobody --regid=corbel-ovs --clear-groups "
        "ovs-vsctl --timeout=5 --db=unix:/run/openvswitch/corbel.sock list-br"
    )


def test_others_do_not(host):
    for socket in ("corbel.sock", "db.sock"):
        said = host.run(
            "setpriv --reuid=nobody --regid=nogroup --clear-groups "
            f"ovs-vsctl --timeout=5 --db=unix:/run/openvswitch/{socket} list-br"
        )
        assert said.rc != 0


def test_listens_on_no_port(host):
    assert "ovs" not in host.check_output("ss -Hltnup")
