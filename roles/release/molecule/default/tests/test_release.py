"""The network environment lies on each host as that host can have it, and its programs run."""

import json

import pytest

testinfra_hosts = ["ansible://all"]
ROOT = "/opt/corbel/releases"


@pytest.fixture
def release(host):
    folders = host.file(ROOT).listdir()
    assert len(folders) == 1, f"one release is expected below {ROOT}"
    return f"{ROOT}/{folders[0]}"


@pytest.fixture
def method(host, release):
    return json.loads(host.file(f"{release}/.network.json").content_string)["method"]


def test_method_fits_the_host(host, method):
    name = host.backend.get_hostname()
    assert {"container1": "unpack", "uml1": "mount"}[name] == method


def test_programs_run(host, release):
    result = host.run(f"{release}/network/bin/neutron-l3-agent --version")
    assert result.rc == 0, result.stderr


def test_mount_is_read_only_and_comes_back_at_boot(host, release, method):
    if method != "mount":
        return
    mount = host.mount_point(f"{release}/network")
    assert mount.exists
    assert mount.filesystem == "squashfs"
    assert "ro" in mount.options
    unit = host.check_output(f"systemd-escape --path --suffix=mount {release}/network")
    assert host.check_output(f"systemctl is-enabled -- '{unit}'") == "enabled"
    assert host.check_output(f"systemctl is-active -- '{unit}'") == "active"


def test_unpacked_files_belong_to_root_and_nobody_else_writes(host, release, method):
    if method != "unpack":
        return
    search = rf"find {release} \( -not -user root -o -perm /022 -not -type l \) -print -quit"
    assert host.check_output(search) == ""


def test_nothing_is_left_of_the_transfer(host, release):
    assert host.check_output("ls -A ~/.cache/corbel-incoming") == ""
    leftovers = [name for name in host.file(release).listdir() if name.endswith((".new", ".old", ".part", ".tmp"))]
    assert leftovers == []


def test_host_has_no_compiler(host):
    assert not host.exists("gcc")
