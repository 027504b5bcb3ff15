"""Hosts against each other: one thing that differs, or that must differ and does not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel.host_compare import compare
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING

FERNET = "/etc/keystone/fernet-keys"


def host(number: int, **changes: Any) -> dict[str, Any]:
    facts = {
        "machine_id": f"m{number}",
        "product_uuid": f"u{number}",
        "compute_id": f"c{number}",
        "clock": [-0.2, 0.3],
        "timezone": "UTC",
        "vips": [],
        "load_balancer": True,
        "authorities": {"host": "a", "queue": "q"},
        "keys": {FERNET: "k"},
    }
    return {**facts, **changes}


def test_good_hosts_have_no_findings() -> None:
    hosts = {"a": host(1, vips=["192.0.2.10"]), "b": host(2), "c": host(3, keys={}), "d": {}}
    assert list(compare(hosts)) == []
    assert list(compare({})) == []


@pytest.mark.parametrize(
    ("changes", "check", "severity", "hosts", "parts"),
    [
        ({"machine_id": "m1"}, "HOST-031", ERROR, ("a", "c"), ["machine id m1 on 2 hosts"]),
        ({"clock": [3.0, 3.5]}, "HOST-033", ERROR, ("c", "a"), ["c 2.7 s or more ahead of that of a", "chrony"]),
        ({"timezone": "Asia/Tokyo"}, "HOST-034", WARNING, ("c",), ["Asia/Tokyo", "timedatectl set-timezone UTC"]),
        ({"product_uuid": "u1"}, "HOST-035", WARNING, ("a", "c"), ["product UUID u1", "libvirt"]),
        ({"vips": ["192.0.2.10"], "load_balancer": False}, "HOST-036", ERROR, ("c",), ["no load balancer"]),
        ({"compute_id": "c1"}, "HOST-037", ERROR, ("a", "c"), ["compute id c1", "rm /var/lib/nova/compute_id"]),
        ({"authorities": {"host": "x", "queue": "q"}}, "HOST-085", WARNING, ("c",), ["authority of host.pem"]),
        ({"keys": {FERNET: "x"}}, "HOST-086", WARNING, ("c",), [f"other keys in {FERNET}", "site.yml"]),
    ],
)
def test_finding(changes: dict[str, Any], check: str, severity: str, hosts: tuple[str, ...], parts: list[str]) -> None:
    [finding] = compare({"a": host(1), "b": host(2), "c": host(3, **changes)})
    assert (finding.check, finding.severity, finding.hosts) == (check, severity, hosts)
    text = " ".join((finding.found, finding.expected, finding.fix))
    assert [part for part in parts if part not in text] == []


def test_a_virtual_address_on_two_load_balancers() -> None:
    [finding] = compare({"a": host(1, vips=["192.0.2.10"]), "b": host(2, vips=["192.0.2.10"])})
    assert (finding.check, finding.severity, finding.hosts) == ("HOST-036", WARNING, ("a", "b"))
    assert "VRRP" in finding.fix


@pytest.mark.parametrize(("clock", "findings"), [([-2.5, 2.0], 0), ([2.2, 9.0], 0), ([2.4, 9.0], 1)])
def test_a_slow_connection_is_no_skew(clock: list[float], findings: int) -> None:
    assert len(list(compare({"a": host(1), "b": host(2, clock=clock)}))) == findings
