"""What makes hosts differ."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from lab.identity import archive, files, interface, known_hosts, prepare, resolver, write_tree
from lab.paths import LabPaths
from lab.plan import Plan


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("nameserver 10.0.0.53\nsearch example.org\n", "nameserver 10.0.0.53\n"),
        ("nameserver 127.0.0.53\noptions edns0\n", ""),
        ("nameserver fe80::1\nnameserver 192.0.2.1\n", "nameserver 192.0.2.1\n"),
    ],
)
def test_resolver(machine: str, expected: str) -> None:
    assert resolver(machine) == expected


def test_interfaces(lab_plan: Plan) -> None:
    first, tunnel, provider = (interface(link) for link in lab_plan.links(lab_plan.host("compute1")))
    assert "Address=198.18.0.40/24\n" in first
    assert "Gateway=198.18.0.1\n" in first
    assert "MTUBytes=1600\n" in tunnel
    assert "Gateway" not in tunnel
    assert "Address=" not in provider
    assert "RequiredForOnline=no\n" in provider


def test_files_reach_both_kinds_of_host_alike(lab_plan: Plan, tmp_path: Path) -> None:
    wanted = files(lab_plan, lab_plan.host("compute1"), "ssh-ed25519 AAAA lab\n", "PRIVATE\n", "0" * 32)
    write_tree(tmp_path, wanted)
    with tarfile.open(fileobj=io.BytesIO(archive(wanted))) as tar:
        for name, file in wanted.items():
            assert (tmp_path / name).read_text() == file.content
            assert (tmp_path / name).stat().st_mode & 0o777 == file.mode == tar.getmember(name).mode
    assert (tmp_path / "root/.ssh").stat().st_mode & 0o777 == 0o700
    assert wanted["etc/ssh/ssh_host_ed25519_key"].mode == 0o600
    assert "http://198.18.0.1:3142" in wanted["etc/apt/apt.conf.d/80corbel-lab-proxy"].content


def test_identities_are_unique_and_stay(lab_plan: Plan, lab_paths: LabPaths) -> None:
    lab_paths.key.parent.mkdir(parents=True)
    lab_paths.key.with_suffix(".pub").write_text("ssh-ed25519 AAAA lab\n")
    first = {host.name: prepare(lab_paths, lab_plan, host) for host in lab_plan.topology.hosts}
    again = {host.name: prepare(lab_paths, lab_plan, host) for host in lab_plan.topology.hosts}
    assert first == again
    for name in ("etc/machine-id", "etc/ssh/ssh_host_ed25519_key", "etc/hostname"):
        assert first["controller1"][name] != first["compute1"][name]
    pinned = known_hosts(lab_paths, lab_plan).splitlines()
    assert [line.split()[0] for line in pinned] == ["controller1,198.18.0.20", "compute1,198.18.0.40"]
