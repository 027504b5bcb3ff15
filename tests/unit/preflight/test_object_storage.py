"""Object storage in an inventory: each case is an example with one change, and what the finding says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.module_utils.corbel.preflight_finding import Finding

Check = Callable[..., list[Finding]]
SERVICES = (
    "corbel_services: [keystone, glance, placement, nova, nova_compute, neutron, neutron_openvswitch, neutron_l3, "
)
SERVICES += "neutron_dhcp, neutron_metadata, swift_storage, swift]\n"
DEVICES = "swift_storage_devices: [{name: d1, serial: S1}, {name: d2, serial: S2}, {name: d3, serial: S3}]\n"


def write(folder: Path, text: str) -> Path:
    (folder / "group_vars/all/object_storage.yml").write_text(f"---\n{text}")
    return folder


def of_ours(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.check.startswith("INV-07")]


@pytest.fixture
def broken(multinode: Path, check: Check) -> Callable[[str], list[Finding]]:
    """Give our findings about an example with a file more."""
    return lambda text: of_ours(check(write(multinode, text)))


def test_a_good_one_has_no_finding(multinode: Path, check: Check) -> None:
    assert of_ours(check(write(multinode, SERVICES + DEVICES))) == []


def test_without_object_storage_nothing_is_checked(multinode: Path, check: Check) -> None:
    assert of_ours(check(write(multinode, "swift_rings_policies: []\n"))) == []


@pytest.mark.parametrize(
    ("text", "name", "found", "expected"),
    [
        (
            SERVICES.replace("keystone, ", "") + DEVICES,
            "INV-073",
            "",
            "keystone among them, since swift_auth is keystone",
        ),
        (
            SERVICES + DEVICES.replace("d1", "sd-1"),
            "INV-070",
            "a device is named 'sd-1'",
            "a lower-case letter, then up to 8 lower-case letters and digits",
        ),
        (SERVICES + DEVICES.replace("d2", "d1"), "INV-070", "device d1 is in the list twice", "each name once"),
        (
            SERVICES + DEVICES.replace("serial: S2", "weight: 5.0"),
            "INV-070",
            "none of them",
            "the disk named by exactly one of serial, wwn, by_id",
        ),
        (
            SERVICES + DEVICES + "swift_rings_policies: [{name: a, index: 0}]\n",
            "INV-071",
            "0 policies say default: true (none)",
            "exactly one",
        ),
        (
            SERVICES + DEVICES.replace(", {name: d3, serial: S3}", "") + "swift_rings_replicas: 9\n",
            "INV-072",
            "ring account:",
            "at least 9, one for each replica or fragment",
        ),
        (
            SERVICES
            + DEVICES
            + "swift_rings_policies: [{name: a, index: 0, default: true}, "
            + "{name: ec, index: 1, type: erasure_coding, data: 20, parity: 4}]\n",
            "INV-072",
            "ring object-1:",
            "at least 24, one for each replica or fragment",
        ),
        (
            SERVICES + DEVICES + "swift_rings_lost: [storage1]\n",
            "INV-072",
            "swift_rings_lost names 'storage1'",
            "host/device, address/device or host/* for all of a host",
        ),
    ],
)
def test_findings(broken: Callable[[str], list[Finding]], text: str, name: str, found: str, expected: str) -> None:
    ours = broken(text)
    assert ours
    assert {finding.check for finding in ours} == {name}
    assert found in ours[0].found
    assert expected in ours[0].expected
