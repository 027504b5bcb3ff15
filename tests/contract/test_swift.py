"""What the parts of object storage must agree on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import ring_policy
from ansible.module_utils.corbel.inventory_knowledge import defaults_of


def test_proxies_and_storage_hosts_have_the_same_swift_conf(root: Path) -> None:
    texts = {(root / f"roles/{role}/templates/swift.conf.j2").read_text() for role in ("swift", "swift_storage")}
    assert len(texts) == 1


def test_servers_listen_where_rings_say(root: Path) -> None:
    for kind, port in ring_policy.PORTS.items():
        text = (root / f"roles/swift_storage/templates/{kind}-server.conf.j2").read_text()
        assert f"default({port})" in text


def test_the_default_policies_are_good(root: Path) -> None:
    assert ring_policy.policy_mistakes(defaults_of(root / "roles/swift_rings")["swift_rings_policies"]) == []


def test_every_unit_of_a_storage_host_is_cut_off_from_other_networks(entries: dict[str, dict[str, Any]]) -> None:
    daemons = entries["swift_storage"]["daemons"]
    assert len(daemons) > 10
    assert {one["directives"]["IPAddressDeny"] for one in daemons} == {"any"}
    assert {one["directives"]["IPAddressAllow"] for one in daemons} == {"localhost {{ corbel_networks.storage.cidr }}"}
