"""Storage hosts of Swift: where they listen, what they write to."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import listeners

testinfra_hosts = ["ansible://swift_storage"]


def test_servers_listen_on_the_storage_network_only(host: Any) -> None:
    storage = host.ansible.get_variables()["corbel_addresses"]["storage"]
    found = {listener for listener in listeners(host) if listener.port in {873, 6200, 6201, 6202}}
    assert {listener.address for listener in found} == {storage}
    assert {listener.port for listener in found} == {873, 6200, 6201, 6202}


def test_devices_are_xfs_and_the_servers(host: Any) -> None:
    names = host.check_output("ls /srv/node").split()
    mounted = [name for name in names if host.mount_point(f"/srv/node/{name}").exists]
    assert mounted
    for name in mounted:
        assert host.mount_point(f"/srv/node/{name}").filesystem == "xfs"
        assert host.file(f"/srv/node/{name}").user == "swift"
