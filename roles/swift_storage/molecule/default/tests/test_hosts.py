"""What a storage host is: disks, listeners, sandbox, rings."""

import json
import os

import pytest

testinfra_hosts = ["ansible://storage"]
# The scenario begins with a host that is still empty; the campaign ends with one that was emptied.
EMPTY = "storage1" if os.environ.get("MOLECULE_SCENARIO_NAME") == "campaign" else "storage5"
RINGS = ("account", "container", "object", "object-1", "object-2", "object-3", "object-4")


@pytest.fixture
def addresses(host):
    return host.ansible.get_variables()["corbel_addresses"]


def has_devices(host):
    return host.backend.get_hostname() != EMPTY


def test_disks_are_mounted_by_label(host):
    if not has_devices(host):
        return
    for name in ("d1", "d2"):
        mount = host.mount_point(f"/srv/node/{name}")
        assert mount.exists
        assert mount.filesystem == "xfs"
        assert "noatime" in mount.options
        assert host.check_output(f"lsblk -no LABEL {mount.device} || true") in ("", f"sw-{name}")
        assert host.check_output(f"blkid -o value -s LABEL {mount.device}") == f"sw-{name}"
        assert host.file(f"/srv/node/{name}").user == "swift"


def test_a_host_without_devices_has_none_mounted(host):
    if has_devices(host):
        return
    assert not host.mount_point("/srv/node/d1").exists
    left = host.file("/srv/node/d1")
    assert not left.exists or left.user == "root"


def test_listens_on_the_storage_network_only(host, addresses):
    lines = host.check_output("ss -Hltn").splitlines()
    every = {line.split()[3] for line in lines}
    listeners = {one for one in every if one.rsplit(":", 1)[1] in ("873", "6200", "6201", "6202")}
    assert listeners == {f"{addresses['storage']}:{port}" for port in (873, 6200, 6201, 6202)}


def test_rsync_answers_the_storage_network_only(host, addresses):
    assert host.run(f"rsync rsync://{addresses['storage']}/object/").rc == 0
    assert (
        f"hosts allow = {addresses['storage'].rsplit('.', 1)[0]}.0/24" in host.file("/etc/swift/rsyncd").content_string
    )


def test_units_run_in_a_sandbox_without_rights(host):
    for unit in ("swift-object-server", "swift-object-replicator", "swift-account-server", "swift-container-sharder"):
        assert host.service(unit).is_running
        assert host.service(unit).is_enabled
        rating = host.check_output(f"systemd-analyze security --no-pager {unit}.service | tail -1")
        assert float(rating.split()[-3]) < 3
        process = host.check_output(f"systemctl show --property=MainPID --value {unit}.service")
        status = host.file(f"/proc/{process}/status").content_string
        assert "CapEff:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status
        assert host.check_output(f"stat -c %U /proc/{process}") == "swift"


def test_rings_are_the_same_everywhere(host):
    digests = host.check_output("cd /etc/swift && sha256sum *.ring.gz").splitlines()
    names = [line.split()[1] for line in digests]
    assert set(names) == {f"{name}.ring.gz" for name in RINGS}
    first = host.get_host("ansible://proxy1", ansible_inventory=host.backend.ansible_inventory)
    assert first.check_output("cd /etc/swift && sha256sum *.ring.gz").splitlines() == digests
    assert first.check_output("cd /var/lib/corbel/swift-rings && sha256sum *.ring.gz").splitlines() == digests


def test_secrets_are_for_the_servers_only(host):
    file = host.file("/etc/swift/swift.conf")
    assert (file.user, file.group, file.mode) == ("root", "swift", 0o640)
    assert host.file("/etc/swift").mode == 0o750


def test_recon_tells(host, addresses):
    url = f"http://{addresses['storage']}:6200/recon/replication/object"
    script = f"import urllib.request; print(urllib.request.urlopen('{url}').read().decode())"
    assert "replication_last" in json.loads(host.check_output("python3 -c %s", script))


def test_nothing_failed(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
