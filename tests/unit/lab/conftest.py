"""A small lab to compute with."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from lab import plan as plans
from lab.paths import LabPaths
from lab.plan import Plan
from lab.topology import parse

DECLARED = {
    "range": "198.18.0.0/20",
    "vips": {"internal": 10, "public": 11},
    "networks": {
        "management": {"masquerade": True},
        "tunnel": {"mtu": 1600},
        "provider": {"masquerade": True, "addresses": False},
    },
    "hosts": {
        "controller1": {"kind": "container", "groups": ["controller"], "networks": ["management", "tunnel"]},
        "compute1": {"kind": "uml", "number": 40, "memory": "2.5G", "disks": ["10G", "512M"], "groups": ["compute"]},
    },
}


@pytest.fixture
def lab_plan() -> Plan:
    """The plan of it."""
    topology = parse(DECLARED, "test.yml")
    return plans.make("test", topology, ipaddress.IPv4Network("198.18.0.0/20"))


@pytest.fixture
def lab_paths(tmp_path: Path) -> LabPaths:
    """Its files."""
    return LabPaths("test", tmp_path)
