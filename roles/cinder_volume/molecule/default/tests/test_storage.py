"""Volumes are on the disks that were named, and reached only with their password, also after a restart."""

import json

import pytest

testinfra_hosts = ["ansible://all"]
CINDER = "LVM_SYSTEM_DIR=/etc/cinder/lvm"
NAME = "iqn.2010-10.org.openstack:volume-kept"


def report(host, command, environment=""):
    """Rows of a report of LVM."""
    done = json.loads(host.check_output(f"env {environment} {command} --reportformat json"))
    return next(iter(done["report"][0].values()))


@pytest.fixture
def address(host):
    return host.ansible.get_variables()["corbel_addresses"]["storage"]


def test_groups_are_on_their_disks(host):
    found = {row["pv_name"]: row["vg_name"] for row in report(host, "pvs -o pv_name,vg_name")}
    assert {"/dev/ubdb": "cinder-thick", "/dev/ubde": "cinder-thin"}.items() <= found.items()


def test_the_thin_pool_has_its_share(host):
    pool = next(
        row
        for row in report(host, "lvs --units m --nosuffix -o lv_name,lv_size,segtype")
        if row["segtype"] == "thin-pool"
    )
    assert pool["lv_name"] == "cinder-thin-pool"
    assert float(pool["lv_size"]) > 450


def test_cinder_sees_its_disks_only(host):
    host.check_output("pvs --config 'devices{filter=[\"a|.*|\"]}' /dev/ubdb")
    seen = {host.check_output(f"readlink -f {row['pv_name']}") for row in report(host, "pvs -o pv_name", CINDER)}
    assert {"/dev/ubdb", "/dev/ubde"} <= seen <= {"/dev/ubdb", "/dev/ubdc", "/dev/ubdd", "/dev/ubde"}
    settings = host.check_output(f"env {CINDER} lvmconfig devices/filter devices/scan_lvs")
    assert '"r|.*|"' in settings
    assert "scan_lvs=0" in settings


def test_the_systems_own_file_is_untouched(host):
    # A lean host may have no documentation of packages.
    assert [line for line in host.run("dpkg --verify lvm2").stdout.splitlines() if "/etc/lvm/" in line] == []


def test_the_target_answers_on_the_storage_network_only(host, address):
    listeners = {line.split()[3] for line in host.check_output("ss -Hltn sport = 3260").splitlines()}
    assert listeners == {f"{address}:3260"}


def test_the_initiator_has_a_name_of_its_own(host):
    assert (
        "InitiatorName=iqn.2026-01.com.example.cloud:instance1"
        in host.file("/etc/iscsi/initiatorname.iscsi").content_string
    )


def test_volumes_are_back_after_a_restart_and_ask_for_a_password(host, address):
    """Where the side effects ran: the export of a volume with a password."""
    if not host.file("/var/lib/cinder/volumes/volume-kept").exists:
        pytest.skip("no volume was exported")
    node = f"iscsiadm -m node -T {NAME} -p {address}:3260"
    host.check_output(f"iscsiadm -m node -T {NAME} -p {address}:3260 -o new")
    assert host.run(f"{node} --login").rc != 0
    for name, value in (("authmethod", "CHAP"), ("username", "someone"), ("password", "secret-of-kept")):
        host.check_output(f"{node} -o update -n node.session.auth.{name} -v {value}")
    host.check_output(f"{node} --login")
    try:
        link = f"/dev/disk/by-path/ip-{address}:3260-iscsi-{NAME}-lun-1"
        host.check_output(f"timeout 120 sh -c 'until test -e {link}; do udevadm settle; sleep 1; done'")
        disk = host.check_output(f"readlink -f {link}")
        wanted = host.check_output("cut -d' ' -f1 /root/kept.sha256")
        assert host.check_output(f"head -c 32M {disk} | sha256sum").split()[0] == wanted
    finally:
        host.run(f"{node} --logout")
        host.run(f"{node} -o delete")


def test_nothing_failed(host):
    lines = host.check_output("systemctl list-units --state=failed --plain --no-legend").splitlines()
    assert [line for line in lines if " not-found " not in line] == []
