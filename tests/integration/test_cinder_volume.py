"""Storage hosts: volume groups, targets, and what cinder-volume may do."""

from __future__ import annotations

import re
from typing import Any

import testinfra

from tests.integration.conftest import members
from tests.integration.probes import configuration, listeners, unit_state
from tests.integration.security import check_database_tls, check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://cinder_volume"]
PATH = "/etc/cinder/cinder-volume.conf"
PORT = 3260


def backends(host: Any) -> list[dict[str, Any]]:
    options = configuration(host, PATH)
    return [options[name] for name in options["DEFAULT"]["enabled_backends"].split(",")]


def test_security_guide(host: Any) -> None:
    check_no_plain_urls(host, PATH)
    check_database_tls(host, PATH)
    check_queue_tls(host, PATH)


def test_volumes_ask_for_a_password(host: Any) -> None:
    exported = [backend for backend in backends(host) if backend.get("target_protocol") == "iscsi"]
    assert exported
    assert {backend["use_chap_auth"].lower() for backend in exported} == {"true"}


def test_targets_answer_where_volumes_are_reached(host: Any) -> None:
    wanted: set[str] = set()
    for backend in backends(host):
        if "target_ip_address" in backend:
            further = backend.get("target_secondary_ip_addresses", "")
            wanted |= {backend["target_ip_address"], *(further.split(",") if further else [])}
    found = {one.address.strip("[]") for one in listeners(host) if one.port == PORT}
    if any(backend.get("target_helper") == "tgtadm" for backend in backends(host)):
        assert found == wanted
    else:
        # The kernel listens as long as a volume is exported.
        exported = host.run("ls -d /sys/kernel/config/target/iscsi/iqn.*/tpgt_*/np/*").stdout.split()
        assert found == (wanted if exported else set())


def test_volume_groups_are_there_and_cinder_sees_no_other(host: Any) -> None:
    wanted = {backend["volume_group"] for backend in backends(host) if "volume_group" in backend}
    seen = host.check_output("env LVM_SYSTEM_DIR=/etc/cinder/lvm vgs --noheadings -o vg_name").split()
    assert set(seen) == wanted
    # A lean host may have no documentation of packages.
    assert [line for line in host.run("dpkg --verify lvm2").stdout.splitlines() if "/etc/lvm/" in line] == []


def test_the_service_is_not_root(host: Any) -> None:
    state = unit_state(host, "cinder-volume.service")
    assert state["User"] == "cinder"
    assert not host.package("sudo").is_installed or not host.file("/etc/sudoers.d/cinder").exists


def test_initiators_differ(inventory: dict[str, Any], inventory_path: str, services: list[str]) -> None:
    """On hypervisors and storage hosts, in the file where Debian's open-iscsi looks for the name."""
    groups = [group for group in ("cinder_volume", "nova_compute") if group in services]
    hosts = {name for group in groups for name in members(inventory, group)}
    names = {}
    for name in sorted(hosts):
        host = testinfra.get_host(f"ansible://{name}", ansible_inventory=inventory_path)
        text = host.file("/etc/iscsi/initiatorname.iscsi").content_string
        names[name] = re.findall(r"^InitiatorName=(\S+)$", text, re.MULTILINE)
    assert {name: found for name, found in names.items() if len(found) != 1} == {}
    assert len({found[0] for found in names.values()}) == len(names), names
