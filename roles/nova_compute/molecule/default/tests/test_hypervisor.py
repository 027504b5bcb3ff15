"""Libvirt runs virtual machines; from outside only who shows a certificate of the cloud gets through."""

import pytest

testinfra_hosts = ["ansible://all"]
MACHINE = """
<domain type='qemu'>
  <name>example</name><memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <graphics type='vnc' autoport='yes' listen='{address}'/>
  </devices>
</domain>
"""


@pytest.fixture
def address(host):
    return host.ansible.get_variables()["corbel_addresses"]["management"]


def test_listens_with_tls_on_the_management_address_only(host, address):
    listeners = {line.split()[3] for line in host.check_output("ss -Hltn").splitlines()}
    assert {name for name in listeners if name.endswith((":16509", ":16514"))} == {f"{address}:16514"}


def test_only_who_shows_a_certificate_commands_it(host, address):
    """The same question twice; what differs is the certificate of the one who asks."""
    place = host.check_output("mktemp --directory")
    host.check_output(f"install -D /etc/corbel/tls/ca.pem {place}/cacert.pem")
    ask = f"virsh --connect 'qemu+tls://{address}/system?pkipath={place}' uri"
    assert host.run(ask).rc != 0
    host.check_output(f"install -D /etc/corbel/tls/host.pem {place}/clientcert.pem")
    host.check_output(f"install -D -m 0600 /etc/corbel/tls/host.key {place}/clientkey.pem")
    assert host.check_output(ask).startswith(f"qemu+tls://{address}/system")


def test_only_root_and_the_group_reach_the_socket(host):
    socket = host.file("/run/libvirt/libvirt-sock")
    assert (socket.user, socket.group, socket.mode) == ("root", "libvirt", 0o660)


def test_starts_with_the_host_and_has_no_end_after_idle_minutes(host):
    assert host.service("libvirtd").is_enabled
    assert "--timeout" not in host.check_output("tr '\\0' ' ' < /proc/$(pidof libvirtd)/cmdline")


def test_runs_a_virtual_machine_with_a_console_that_asks_for_a_certificate(host, address):
    host.run("virsh destroy example")
    host.check_output(f'echo "{MACHINE.format(address=address)}" | virsh create /dev/stdin')
    try:
        assert host.check_output("virsh domstate example").strip() == "running"
        command = host.check_output("tr '\\0' ' ' < /proc/$(pidof qemu-system-x86_64)/cmdline")
        assert '"verify-peer":true' in command
        assert f"-vnc {address}:0,tls-creds=" in command
    finally:
        host.run("virsh destroy example")


def test_keys_are_for_qemu_alone(host):
    for path, group, mode in (
        ("/etc/pki/qemu/server-key.pem", "libvirt-qemu", 0o440),
        ("/etc/pki/libvirt/private/clientkey.pem", "root", 0o600),
    ):
        file = host.file(path)
        assert (file.user, file.group, file.mode) == ("root", group, mode)


def test_virtual_machines_shut_down_with_the_host_and_start_when_nova_says(host):
    settings = host.file("/etc/default/libvirt-guests").content_string
    assert "ON_BOOT=ignore" in settings
    assert "ON_SHUTDOWN=shutdown" in settings


def test_nothing_failed(host):
    lines = host.check_output("systemctl list-units --state=failed --plain --no-legend").splitlines()
    # A package that was replaced leaves the failure of a unit that is no more.
    assert [line for line in lines if " not-found " not in line] == []
