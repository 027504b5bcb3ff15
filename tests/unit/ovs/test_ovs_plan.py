"""What is read from a host, what is refused, and the one transaction that is left."""

import json
from typing import Any

import pytest
from ansible.module_utils.corbel import ovs_plan as plan
from ansible.module_utils.corbel import ovs_state as state
from ansible.module_utils.corbel.ovs_state import Bridge, Host, Link, OvsError, Port

SSH = "carries the SSH connection of this run (address 192.0.2.10)"


def wish(name: str, *ports: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """A wanted bridge with the defaults of the module's arguments."""
    filled = [{"type": "system", "external_ids": {}, "other_config": {}, "state": "present", **port} for port in ports]
    return {"name": name, "state": "present", "external_ids": {}, "other_config": {}, **settings, "ports": filled}


def host(*bridges: Bridge, protected: dict[str, str] | None = None, **links: Link) -> Host:
    """A host with the interfaces eth0 (management) to eth3."""
    usual = {
        "lo": Link("lo", up=True, loopback=True, addresses=["127.0.0.1"]),
        "eth0": Link("eth0", up=True, addresses=["192.0.2.10"]),
        "eth1": Link("eth1", up=True, addresses=["fe80::1"], other_names=["enp1s0"]),
        "eth2": Link("eth2"),
        "eth3": Link("eth3", up=True, addresses=["198.51.100.3", "2001:db8::3"]),
    }
    return Host({bridge.name: bridge for bridge in bridges}, usual | links, protected or {"eth0": SSH})


def br_ex(*ports: Port, **settings: Any) -> Bridge:
    return Bridge("br-ex", ports={port.name: port for port in ports}, **settings)


ETH1 = Port("eth1", interfaces=["eth1"])
INT_BR_EX = Port("phy-br-ex", type="patch", peer="int-br-ex", interfaces=["phy-br-ex"])


@pytest.mark.parametrize(
    ("found", "wishes", "purge", "commands", "up"),
    [
        pytest.param(
            host(),
            [wish("br-ex", {"name": "eth1"})],
            False,
            [["add-br", "br-ex"], ["add-port", "br-ex", "eth1"]],
            [],
            id="new bridge",
        ),
        pytest.param(host(br_ex(ETH1)), [wish("br-ex", {"name": "eth1"})], False, [], [], id="as wanted"),
        pytest.param(host(br_ex(ETH1, INT_BR_EX)), [wish("br-ex", {"name": "eth1"})], False, [], [], id="foreign port"),
        pytest.param(
            host(br_ex(ETH1, INT_BR_EX)),
            [wish("br-ex", {"name": "eth1"})],
            True,
            [["del-port", "br-ex", "phy-br-ex"]],
            [],
            id="foreign port purged",
        ),
        pytest.param(
            host(br_ex(ETH1)),
            [wish("br-ex", {"name": "eth1", "state": "absent"}, {"name": "eth2"})],
            False,
            [["del-port", "br-ex", "eth1"], ["add-port", "br-ex", "eth2"]],
            ["eth2"],
            id="replaced",
        ),
        pytest.param(
            host(br_ex(Port("eth2", interfaces=["eth2"]))),
            [wish("br-ex", {"name": "eth2"})],
            False,
            [],
            ["eth2"],
            id="down",
        ),
        pytest.param(
            host(br_ex(ETH1, fail_mode="standalone", external_ids={"owner": "neutron"})),
            [wish("br-ex", {"name": "eth1"}, fail_mode="secure", external_ids={"place": 'a "b"', "on": True})],
            False,
            [
                [
                    "set",
                    "Bridge",
                    "br-ex",
                    'fail_mode="secure"',
                    'external_ids:"on"="true"',
                    r'external_ids:"place"="a \"b\""',
                ]
            ],
            [],
            id="settings",
        ),
        pytest.param(
            host(br_ex(fail_mode="secure", datapath_type="system", other_config={"mac-table-size": "8192"})),
            [wish("br-ex", fail_mode="secure", datapath_type="system", other_config={"mac-table-size": 8192})],
            False,
            [],
            [],
            id="settings as wanted",
        ),
        pytest.param(
            host(br_ex(ETH1)),
            [
                wish(
                    "br-ex",
                    {"name": "eth1", "tag": 7, "trunks": [30, 20]},
                    {"name": "storage0", "type": "internal", "tag": 20},
                    {"name": "to-x", "type": "patch", "peer": "to-ex"},
                )
            ],
            False,
            [
                ["set", "Port", "eth1", "tag=7", "trunks=20,30"],
                ["add-port", "br-ex", "storage0"],
                ["set", "Port", "storage0", "tag=20"],
                ["set", "Interface", "storage0", 'type="internal"'],
                ["add-port", "br-ex", "to-x"],
                ["set", "Interface", "to-x", 'type="patch"', 'options:peer="to-ex"'],
            ],
            [],
            id="kinds of ports",
        ),
        pytest.param(
            host(br_ex(Port("eth1", tag=7, trunks=[20, 30], interfaces=["eth1"]))),
            [wish("br-ex", {"name": "eth1", "tag": 7, "trunks": [30, 20]})],
            False,
            [],
            [],
            id="ports as wanted",
        ),
        pytest.param(
            host(br_ex(Port("eth1", tag=7, trunks=[20], interfaces=["eth1"]))),
            [wish("br-ex", {"name": "eth1", "tag": 0, "trunks": []})],
            False,
            [["set", "Port", "eth1", "tag=0", "trunks=[]"]],
            [],
            id="no trunks",
        ),
        pytest.param(
            host(br_ex(ETH1)),
            [wish("br-ex", {"name": "eth1"}, state="absent")],
            False,
            [["del-br", "br-ex"]],
            [],
            id="bridge removed",
        ),
        pytest.param(host(), [wish("br-ex", state="absent")], False, [], [], id="bridge absent"),
        pytest.param(
            host(),
            [wish("br-a", {"name": "eth1"}), wish("br-b", {"name": "eth2"})],
            False,
            [["add-br", "br-a"], ["add-port", "br-a", "eth1"], ["add-br", "br-b"], ["add-port", "br-b", "eth2"]],
            ["eth2"],
            id="two bridges",
        ),
        pytest.param(
            host(br_ex(Port("eth0", interfaces=["eth0"]))),
            [wish("br-ex", {"name": "eth0"})],
            False,
            [],
            [],
            id="the SSH interface is there already",
        ),
    ],
)
def test_transaction(
    found: Host, wishes: list[dict[str, Any]], purge: bool, commands: list[list[str]], up: list[str]
) -> None:
    change = plan.compute_change(found, wishes, purge)
    assert change.commands == commands
    assert change.up == up
    assert bool(change.changes) == bool(commands or up)
    assert bool(change.before or change.after) == bool(commands)


def test_transaction_is_one_call() -> None:
    change = plan.compute_change(host(), [wish("br-ex", {"name": "eth1"})], False)
    assert change.transaction() == ["--", "add-br", "br-ex", "--", "add-port", "br-ex", "eth1"]


def test_diff() -> None:
    change = plan.compute_change(
        host(br_ex(ETH1)), [wish("br-ex", {"name": "eth2", "tag": 3}, fail_mode="secure")], False
    )
    assert change.before == {
        "bridge br-ex": {"fail_mode": ""},
        "port eth2": {"tag": None},
        "br-ex": {"ports": ["eth1"]},
    }
    assert change.after == {
        "bridge br-ex": {"fail_mode": "secure"},
        "port eth2": {"tag": 3},
        "br-ex": {"ports": ["eth1", "eth2"]},
    }


@pytest.mark.parametrize(
    ("found", "wishes", "purge", "message"),
    [
        (
            host(),
            [wish("br-ex", {"name": "eth0"})],
            False,
            f"'eth0' cannot be put into the bridge 'br-ex' because it {SSH}",
        ),
        (host(), [wish("br-ex", {"name": "eth3"})], False, "has the address 198.51.100.3, 2001:db8::3"),
        (
            host(),
            [wish("br-ex", {"name": "eht1"})],
            False,
            "no such interface; its interfaces that are free: eth1, eth2",
        ),
        (host(), [wish("br-ex", {"name": "enp1s0"})], False, "another name of the interface 'eth1'; write 'eth1'"),
        (host(), [wish("br-ex", {"name": "lo"})], False, "'lo' is the loopback interface"),
        (
            host(eth4=Link("eth4", master="bond0")),
            [wish("br-ex", {"name": "eth4"})],
            False,
            "is a member of 'bond0'; name 'bond0' instead",
        ),
        (
            host(Bridge("br-other", ports={"eth1": ETH1})),
            [wish("br-ex", {"name": "eth1"})],
            False,
            "is in the bridge 'br-other'; take it out there with 'ovs-vsctl del-port br-other eth1'",
        ),
        (
            host(Bridge("br-other", ports={"bond": Port("bond", interfaces=["eth1", "eth2"])})),
            [wish("br-ex", {"name": "eth2"})],
            False,
            "is in the bridge 'br-other' (in the port 'bond')",
        ),
        (host(), [wish("eth2")], False, "this host has another interface of that name"),
        (host(), [wish("br-ex", {"name": "eth2", "type": "internal"})], False, "the internal port 'eth2' of 'br-ex'"),
        (host(), [wish("br-ex"), wish("br-ex")], False, "the bridge 'br-ex' is listed twice"),
        (
            host(),
            [wish("br-a", {"name": "eth1"}), wish("br-b", {"name": "eth1"})],
            False,
            "the port 'eth1' is listed for 'br-a' and for 'br-b'",
        ),
        (host(), [wish("br-a", {"name": "br-b"}), wish("br-b")], False, "'br-b' is a bridge and cannot be a port"),
        (host(), [wish("br-of-a-long-name")], False, "'br-of-a-long-name' is no name of an interface"),
        (host(), [wish("--br")], False, "'--br' is no name of an interface"),
        (
            host(br_ex(ETH1), protected={"eth1": "in the bridge 'br-ex' together with 'br-ex', which " + SSH}),
            [wish("br-ex")],
            True,
            "'eth1' cannot be taken out of 'br-ex' because it is in the bridge 'br-ex' together with 'br-ex', which ",
        ),
        (
            host(br_ex(ETH1), protected={"br-ex": SSH}),
            [wish("br-ex", {"name": "eth1"}, state="absent")],
            False,
            "'br-ex' cannot be removed because it carries",
        ),
        (host(br_ex(INT_BR_EX)), [wish("br-ex", state="absent")], False, "has ports that are not listed (phy-br-ex)"),
        (host(br_ex(Port("eth9", interfaces=["eth9"]))), [wish("br-ex", {"name": "eth9"})], False, "no such interface"),
    ],
)
def test_refusals(found: Host, wishes: list[dict[str, Any]], purge: bool, message: str) -> None:
    with pytest.raises(OvsError) as refusal:
        plan.compute_change(found, wishes, purge)
    assert str(refusal.value).startswith("nothing was changed: ")
    assert message in str(refusal.value)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(OvsError) as refusal:
        plan.compute_change(host(), [wish("br-a", {"name": "eth0"}), wish("br-b", {"name": "eth3"})], False)
    assert "'eth0'" in str(refusal.value)
    assert "'eth3'" in str(refusal.value)


@pytest.mark.parametrize(
    ("links", "bridges", "start", "expected"),
    [
        ({"bond0.7": {"parent": "bond0"}, "bond0": {}, "eth0": {"master": "bond0"}}, [], "bond0.7", {"bond0", "eth0"}),
        ({"br0": {}, "eth0": {"master": "br0"}, "eth1": {}}, [], "br0", {"eth0"}),
        ({"eth0": {}, "eth1": {}}, [br_ex(ETH1)], "br-ex", {"eth1"}),
        ({"eth0": {}, "eth1": {}}, [br_ex(ETH1)], "eth0", set()),
        (
            {},
            [
                br_ex(ETH1, INT_BR_EX),
                Bridge(
                    "br-int", ports={"int-br-ex": Port("int-br-ex", "patch", "phy-br-ex", interfaces=["int-br-ex"])}
                ),
            ],
            "br-int",
            {"int-br-ex", "phy-br-ex", "br-ex", "eth1"},
        ),
    ],
)
def test_what_a_connection_needs(links: dict[str, Any], bridges: list[Bridge], start: str, expected: set[str]) -> None:
    known = {name: Link(name, **values) for name, values in links.items()}
    found = state.protect({start: SSH}, known, {bridge.name: bridge for bridge in bridges})
    assert set(found) == expected | {start}
    assert all(SSH in reason for reason in found.values())


def test_the_loopback_interface_protects_nothing() -> None:
    assert state.protect({"lo": SSH}, {"lo": Link("lo", loopback=True)}, {}) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.5 50000 192.0.2.10 22", ("203.0.113.5", "192.0.2.10")),
        ("fe80::5%eth0 50000 fe80::a%eth0 22", ("fe80::5", "fe80::a")),
        ("::ffff:203.0.113.5 1 ::ffff:192.0.2.10 22", ("203.0.113.5", "192.0.2.10")),
        ("UNKNOWN 1 UNKNOWN 2", ("", "")),
        ("", ("", "")),
    ],
)
def test_ssh_addresses(text: str, expected: tuple[str, str]) -> None:
    assert state.ssh_addresses(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [('[{"dst": "203.0.113.5", "dev": "eth0"}]', "eth0"), ("[]", ""), ("", ""), ("none", "")]
)
def test_route_device(text: str, expected: str) -> None:
    assert state.route_device(text) == expected


def test_links() -> None:
    answer = [
        {},
        {"ifname": "lo", "flags": ["LOOPBACK", "UP"], "addr_info": [{"local": "127.0.0.1"}]},
        {
            "ifname": "eth0.7",
            "link": "eth0",
            "flags": ["UP"],
            "addr_info": [{"local": "192.0.2.1"}, {"local": "fe80::1"}],
        },
        {"ifname": "eth0", "link": None, "link_index": 9, "flags": [], "master": "br0", "altnames": ["enp1s0"]},
    ]
    links = state.parse_links(json.dumps(answer))
    assert links["lo"].loopback
    assert links["eth0.7"].parent == "eth0"
    assert links["eth0.7"].global_addresses() == ["192.0.2.1"]
    assert links["eth0"] == Link("eth0", master="br0", other_names=["enp1s0"])


def table(columns: tuple[str, ...], *rows: list[Any]) -> str:
    return json.dumps({"headings": columns, "data": rows})


def test_tables() -> None:
    empty_map, empty = ["map", []], ["set", []]
    text = "\n".join(
        [
            table(
                state.COLUMNS["Bridge"],
                [
                    ["uuid", "b"],
                    "br-ex",
                    ["set", [["uuid", "p0"], ["uuid", "p1"]]],
                    "secure",
                    "",
                    ["map", [["a", "b"]]],
                    empty_map,
                ],
                [["uuid", "c"], "br-x", ["uuid", "p2"], empty, "netdev", empty_map, empty_map],
            ),
            table(
                state.COLUMNS["Port"],
                [["uuid", "p0"], "br-ex", ["uuid", "i0"], empty, empty, empty_map, empty_map],
                [["uuid", "p1"], "eth1", ["uuid", "i1"], 7, ["set", [30, 20]], empty_map, empty_map],
                [["uuid", "p2"], "to-ex", ["uuid", "i2"], empty, 5, empty_map, empty_map],
            ),
            table(
                state.COLUMNS["Interface"],
                [["uuid", "i0"], "br-ex", "internal", empty_map],
                [["uuid", "i1"], "eth1", "", empty_map],
                [["uuid", "i2"], "to-ex", "patch", ["map", [["peer", "to-x"]]]],
            ),
        ]
    )
    bridges = state.parse_tables(text)
    assert bridges["br-ex"] == Bridge(
        "br-ex",
        "secure",
        external_ids={"a": "b"},
        ports={"eth1": Port("eth1", tag=7, trunks=[20, 30], interfaces=["eth1"])},
    )
    assert bridges["br-x"].datapath_type == "netdev"
    assert bridges["br-x"].ports["to-ex"] == Port("to-ex", "patch", "to-x", trunks=[5], interfaces=["to-ex"])


@pytest.mark.parametrize("text", ["", "no json", '{"data": []}'])
def test_another_answer_is_reported(text: str) -> None:
    with pytest.raises(OvsError, match="something else than three JSON tables"):
        state.parse_tables(text)
