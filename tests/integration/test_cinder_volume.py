"""Storage hosts: volume groups, targets, and what cinder-volume may do."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration, listeners, unit_state
from tests.integration.security import check_database_tls, check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://cinder_volume"]
PATH = "/etc/cinder/cinder-volume.conf"


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
    addresses = {backend["target_ip_address"] for backend in backends(host) if "target_ip_address" in backend}
    assert {one.address for one in listeners(host) if one.port == 3260} <= addresses


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


def test_initiators_differ(host: Any) -> None:
    text = host.file("/etc/iscsi/initiatorname.iscsi").content_string
    assert host.ansible.get_variables()["inventory_hostname"] in text
