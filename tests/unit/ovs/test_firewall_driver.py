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
def driver(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The driver with as much of Neutron as it touches."""
    names = PACKAGE.split(".")
    for end in range(1, len(names) + 1):
        monkeypatch.setitem(sys.modules, ".".join(names[:end]), ModuleType(names[end - 1]))
    package: Any = sys.modules[PACKAGE]
    package.firewall = SimpleNamespace(OVSFirewallDriver=object)
    package.constants = SimpleNamespace(CT_MARK_INVALID="0x1")
    namespace: dict[str, Any] = {}
    source = Template(TEMPLATE.read_text()).render(ansible_managed="managed")
    exec(compile(source, str(TEMPLATE), "exec"), namespace)  # noqa: S102 - the role's own template
    return namespace["Driver"]()


def test_marked_entries_of_tcp_stay(driver: Any) -> None:
    deleted: list[dict[str, str]] = []
    driver.ipconntrack = SimpleNamespace(delete_conntrack_state_by_rule=lambda ports, rule: deleted.append(rule))
    driver._delete_invalid_conntrack_entries_for_port([{"device": "port"}])
    assert deleted
    # A rule without a protocol would delete those of TCP as well.
    assert all(rule["protocol"] not in ("tcp", "6", "") for rule in deleted)
    assert all(rule["mark"] == "0x1" for rule in deleted), "entries of connections that are allowed must stay"


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize(("ethertype", "protocol"), [("ipv4", "udp"), ("ipv4", "icmp"), ("ipv6", "ipv6-icmp")])
def test_what_keeps_its_ports_is_forgotten(driver: Any, ethertype: str, protocol: str, direction: str) -> None:
    deleted: list[tuple[str, str, str]] = []
    driver.ipconntrack = SimpleNamespace(
        delete_conntrack_state_by_rule=lambda ports, rule: deleted.append(
            (rule["ethertype"], rule["protocol"], rule["direction"])
        )
    )
    driver._delete_invalid_conntrack_entries_for_port([])
    assert (ethertype, protocol, direction) in deleted
