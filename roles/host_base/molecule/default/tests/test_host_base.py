"""The host knows the others, keeps its clock and its journal, and changes nothing by itself."""

import pytest

testinfra_hosts = ["ansible://all"]


def test_names_of_all_hosts_are_known(host):
    address = host.check_output("ip -json address show dev eth0 | grep -o '\"local\":\"[0-9.]*' | cut -d'\"' -f4")
    for name in ("instance1", "instance1.cloud.example.com"):
        assert address.split()[0] in host.check_output(f"getent hosts {name}")


@pytest.mark.parametrize(("key", "value"), [("net.core.somaxconn", 4096), ("net.ipv4.ip_nonlocal_bind", 1)])
def test_kernel_settings_are_in_force(host, key, value):
    assert host.sysctl(key) == value


def test_journal_is_kept_and_bounded(host):
    assert host.file("/var/log/journal").is_directory
    assert "SystemMaxUse=1G" in host.check_output("systemd-analyze cat-config systemd/journald.conf")


def test_nothing_failed(host):
    assert host.check_output("systemctl --failed --no-legend") == ""


def test_clock_of_a_container_is_left_to_the_outer_machine(host):
    assert host.check_output("systemctl show chrony --property=ConditionResult,ActiveState --value").split() == [
        "inactive",
        "no",
    ]


@pytest.mark.parametrize("timer", ["apt-daily.timer", "apt-daily-upgrade.timer"])
def test_packages_are_not_upgraded_behind_the_back(host, timer):
    assert host.run(f"systemctl is-active {timer}").stdout.strip() == "inactive"
    assert host.run(f"systemctl is-enabled {timer}").stdout.strip() in ("disabled", "masked")


def test_keys_have_a_group_of_their_own(host):
    assert host.group("corbel-tls").exists
    assert host.group("corbel-queue").exists
    assert host.file("/etc/corbel/tls").group == "corbel-tls"
