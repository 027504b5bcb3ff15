"""Open vSwitch: the bridges, the tunnels, and that its control is for this host only."""

from __future__ import annotations

from typing import Any

from tests.integration.conftest import members
from tests.integration.probes import configuration, listeners
from tests.integration.security import check_queue_tls

testinfra_hosts = ["ansible://neutron_openvswitch"]


def test_bridges(host: Any, name: str, variables: dict[str, Any], inventory: dict[str, Any]) -> None:
    bridges = set(host.check_output("ovs-vsctl list-br").split())
    assert {"br-int", "br-tun"} <= bridges
    if name in members(inventory, "neutron_l3"):
        assert {network["bridge"] for network in variables["corbel_provider_networks"]} <= bridges


def test_provider_interfaces_belong_to_their_bridges_and_have_no_address(
    host: Any, name: str, variables: dict[str, Any], inventory: dict[str, Any]
) -> None:
    if name not in members(inventory, "neutron_l3"):
        return
    for network in variables["corbel_provider_networks"]:
        assert host.check_output(f"ovs-vsctl port-to-br {network['interface']}") == network["bridge"]
        assert "inet " not in host.check_output(f"ip -4 address show dev {network['interface']}")


def test_security_guide(host: Any) -> None:
    check_queue_tls(host, "/etc/neutron/neutron-openvswitch.conf")


def test_tunnels_start_at_the_tunnel_address(host: Any, variables: dict[str, Any]) -> None:
    options = configuration(host, "/etc/neutron/neutron-openvswitch.conf")
    assert options["ovs"]["local_ip"] == variables["corbel_addresses"]["tunnel"]


def test_tunnels_lead_to_every_other_host(
    host: Any, name: str, hostvars: dict[str, dict[str, Any]], inventory: dict[str, Any]
) -> None:
    found = host.check_output("ovs-vsctl --columns=options find interface type=vxlan")
    others = [other for other in members(inventory, "neutron_openvswitch") if other != name]
    wanted = [hostvars[other]["corbel_addresses"]["tunnel"] for other in others]
    # A tunnel is made when the first network needs it; one to nowhere never is.
    known = [own["corbel_addresses"].get("tunnel") for own in hostvars.values() if "corbel_addresses" in own]
    ends = [part.split('"')[1] for part in found.split("remote_ip=")[1:]]
    assert set(ends) <= set(known)
    assert set(ends) <= set(wanted)


def test_the_switch_is_controlled_from_this_host_only(host: Any) -> None:
    assert [
        listener for listener in listeners(host) if listener.port in (6640, 6633, 6653) and not listener.local
    ] == []
