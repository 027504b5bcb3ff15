"""The controlling machine: facts that differ in one thing, and the finding that must name it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import control_checks, control_facts, inventory_checks, release
from ansible.module_utils.corbel.control_facts import Facts
from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING

ROOT = Path(__file__).resolve().parents[3]
NAMES = ["198.51.100.21", "198.51.100.22", "198.51.100.23", "198.51.100.24", "198.51.100.25"]
GOOD = Facts(
    installed={"ansible-core": "2.19.14", "ansible": "12.3.0", "netaddr": "1.3.0"},
    pinned={"ansible-core": "2.19.14", "ansible": "12.3.0", "netaddr": "1.3.0"},
    core_versions=["2.19.14", "2.21.5"],
    pinned_collections={"community.general": "11.4.2"},
    free_mb={"/srv": 5000},
    open_files=1024,
    processes=4096,
    memory_mb=4096,
    forks=50,
    known_hosts=["198.51.100.21,198.51.100.22", *NAMES[2:]],
    changed_files=[],
    release="2026.1-0123456789ab",
)


@pytest.fixture
def cloud(multinode: Path, load: Callable[..., Cloud]) -> Cloud:
    """Give the cloud of an example."""
    return load(multinode)


def test_a_good_machine_has_no_finding(cloud: Cloud) -> None:
    assert control_checks.run(GOOD, cloud) == []


@pytest.mark.parametrize(
    ("change", "check", "found", "expected"),
    [
        ({"installed": {**GOOD.installed, "ansible-core": "2.14.3"}}, "CTL-001", "2.14.3", "2.19 or 2.21"),
        ({"installed": {**GOOD.installed, "ansible-core": "2.19.1"}}, "CTL-002", "2.19.1", "2.19.14"),
        ({"installed": {**GOOD.installed, "netaddr": ""}}, "CTL-002", "netaddr not installed", "1.3.0"),
        ({"collections": {"community.general": "8.0.0"}}, "CTL-002", "hides that of the package", "11.4.2"),
        ({"free_mb": {"/srv": 5000, "/tmp": 100}}, "CTL-003", "100 MiB free for /tmp", "1024"),
        ({"open_files": 150}, "CTL-004", "150 open files", "153 for 5 hosts"),
        ({"processes": 200}, "CTL-004", "200 processes", "276 for 5 hosts"),
        ({"memory_mb": 100}, "CTL-004", "100 MiB of memory", "200 for 5 hosts"),
        ({"key_checking": False}, "CTL-005", "taken unseen", "host_key_checking on"),
        ({"known_hosts": NAMES[:4]}, "CTL-005", "no key in known_hosts", "the key of each host"),
        ({"incomplete": ["control"]}, "CTL-006", "control of 2026.1-0123456789ab", "manifest"),
        ({"changed_files": ["a", "b", "c", "d", "e", "f", "g"]}, "CTL-007", "a, b, c, d, e and 2 more", "clean"),
        ({"tagged": False}, "CTL-007", "without a tag", "tagged commit"),
    ],
)
def test_machine_that_is_not_as_it_should_be(
    change: dict[str, Any], check: str, found: str, expected: str, cloud: Cloud
) -> None:
    [finding] = control_checks.run(replace(GOOD, **change), cloud)
    assert finding.check == check
    assert found in finding.found
    assert expected in finding.expected
    assert finding.fix


def test_severities_are_those_of_the_register(cloud: Cloud) -> None:
    found = control_checks.run(replace(GOOD, tagged=False, free_mb={"/srv": 1}), cloud)
    assert [inventory_checks.registered(one).severity for one in found] == [ERROR, WARNING]


def test_only_the_hosts_without_a_key_are_named(cloud: Cloud) -> None:
    [finding] = control_checks.run(replace(GOOD, known_hosts=NAMES[:4]), cloud)
    assert finding.hosts == ("storage1",)


@pytest.mark.parametrize(
    "fields",
    [
        ["198.51.100.*"],
        [
            f"|1|{base64.b64encode(b'salt').decode()}|"
            + base64.b64encode(hmac.new(b"salt", name.encode(), hashlib.sha1).digest()).decode()
            for name in NAMES
        ],
        None,
    ],
)
def test_ways_to_know_a_host(fields: list[str] | None, cloud: Cloud) -> None:
    assert control_checks.run(replace(GOOD, known_hosts=fields), cloud) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ansible_port: 2222", ["no key in known_hosts"]),
        ("ansible_connection: local", []),
        ("ansible_ssh_common_args: -o UserKnownHostsFile=/srv/known", []),
        ("ansible_ssh_common_args: -o StrictHostKeyChecking=accept-new", ["keys of hosts are taken unseen"]),
        ("ansible_host_key_checking: false", ["keys of hosts are taken unseen"]),
    ],
)
def test_settings_of_ssh(line: str, found: list[str], multinode: Path, load: Callable[..., Cloud]) -> None:
    settings = multinode / "group_vars/all/corbel.yml"
    settings.write_text(f"{settings.read_text()}{line}\n")
    assert [one.found for one in control_checks.run(GOOD, load(multinode))] == found


def test_pins_of_the_product() -> None:
    pinned, core = control_facts.pins((ROOT / "requirements.txt").read_text())
    assert pinned["ansible-core"] in core
    assert pinned["netaddr"]
    found, both = control_facts.pins('# x\na==1\nb==2; python_version < "3"\nansible-core==3; python_version < "3"\n')
    assert (found, both) == ({"a": "1"}, ["3"])


def test_known_hosts_are_read(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text("# x\na,b ssh-ed25519 AAAA\n\n@cert-authority *.example.com ssh-ed25519 AAAA\n")
    setting = tmp_path / "config"
    assert control_facts.known_hosts([str(file), str(tmp_path / "none")], [str(setting)]) == ["a,b", "*.example.com"]
    setting.write_text("Host *\n  ServerAliveInterval 5\n")
    assert control_facts.known_hosts([str(file)], [str(setting)]) == ["a,b", "*.example.com"]
    setting.write_text("Host *\n  UserKnownHostsFile ~/x\n")
    assert control_facts.known_hosts([str(file)], [str(setting)]) is None


def test_memory() -> None:
    assert control_facts.available_memory("MemTotal: 9 kB\nMemAvailable:   2048000 kB\n") == 2000
    assert control_facts.available_memory("") == 0


def test_collections_of_the_operator(tmp_path: Path) -> None:
    folder = tmp_path / "ansible_collections/community/general"
    folder.mkdir(parents=True)
    (folder / "MANIFEST.json").write_text('{"collection_info": {"version": "8.0.0"}}')
    names = ["community.general", "community.crypto"]
    assert control_facts.collections(names, [str(tmp_path / "none"), str(tmp_path)]) == {"community.general": "8.0.0"}


def test_archives_of_a_release(tmp_path: Path) -> None:
    folder = tmp_path / "9.9"
    folder.mkdir()
    for name in ("release.yml", "index.lock"):
        (folder / name).write_text("x: 1\n")
    identifier = release.release_id("9.9", release.definition_contents(folder))
    place = tmp_path / "archives" / identifier
    place.mkdir(parents=True)
    facts = Facts()
    control_facts.read_release(facts, folder, tmp_path / "archives", ["control"])
    assert (facts.release, facts.incomplete) == (identifier, ["control"])
    for name, text in (("control", "whole"), ("compute", "cut")):
        (place / release.archive_name(identifier, name)).write_text(text)
    manifest = {
        "format": release.MANIFEST_FORMAT,
        "release_id": identifier,
        "environments": {name: {"size": 5} for name in ("control", "compute", "network")},
    }
    (place / release.MANIFEST_NAME).write_text(json.dumps(manifest))
    facts = Facts()
    control_facts.read_release(facts, folder, tmp_path / "archives", ["control", "compute", "network", "storage"])
    assert facts.incomplete == ["compute", "network", "storage"]


def test_checkout(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    for name, text in (("requirements.txt", "a==1\n"), ("requirements.yml", "collections: []\n")):
        (tmp_path / name).write_text(text)

    def read() -> Facts:
        return control_facts.read(tmp_path, 5, True, [tmp_path, tmp_path / "none"])

    assert read().changed_files is None
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "x")
    assert (read().changed_files, read().tagged) == ([], True)
    (tmp_path / "requirements.txt").write_text("a==2\n")
    assert read().changed_files == ["requirements.txt"]
    git("tag", "v1")
    git("commit", "--quiet", "--all", "-m", "y")
    assert (read().changed_files, read().tagged) == ([], False)
    assert list(read().free_mb) == [str(tmp_path)]
