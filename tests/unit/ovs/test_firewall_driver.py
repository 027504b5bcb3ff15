"""The driver over Neutron's firewall: which marked entries of connection tracking it deletes, and which stay."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from jinja2 import Template

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "roles/neutron_openvswitch/templates/corbel_firewall.py.j2"
PACKAGE = "neutron.agent.linux.openvswitch_firewall"


@pytest.fixture
def deleted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What the driver deletes after a change of a port, run with as much of Neutron as it touches."""
    names = PACKAGE.split(".")
    for end in range(1, len(names) + 1):
        monkeypatch.setitem(sys.modules, ".".join(names[:end]), ModuleType(names[end - 1]))
    package: Any = sys.modules[PACKAGE]
    package.firewall = SimpleNamespace(OVSFirewallDriver=object)
    package.constants = SimpleNamespace(CT_MARK_INVALID="0x1")
    namespace: dict[str, Any] = {}
    source = Template(TEMPLATE.read_text()).render(ansible_managed="managed")
    exec(compile(source, str(TEMPLATE), "exec"), namespace)  # noqa: S102 - the role's own template
    driver = namespace["Driver"]()
    rules: list[dict[str, str]] = []
    driver.ipconntrack = SimpleNamespace(delete_conntrack_state_by_rule=lambda ports, rule: rules.append(rule))
    driver._delete_invalid_conntrack_entries_for_port([{"device": "port"}])
    return rules


def test_marked_entries_of_tcp_stay(deleted: list[dict[str, str]]) -> None:
    assert deleted
    # A rule without a protocol would delete those of TCP as well.
    assert all(rule["protocol"] not in ("tcp", "6", "") for rule in deleted)
    assert all(rule["mark"] == "0x1" for rule in deleted), "entries of connections that are allowed must stay"


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize(("ethertype", "protocol"), [("ipv4", "udp"), ("ipv4", "icmp"), ("ipv6", "ipv6-icmp")])
def test_what_keeps_its_ports_is_forgotten(
    deleted: list[dict[str, str]], ethertype: str, protocol: str, direction: str
) -> None:
    assert (ethertype, protocol, direction) in {
        (rule["ethertype"], rule["protocol"], rule["direction"]) for rule in deleted
    }
