"""The preflight leaves no trace on a host."""

import pytest

testinfra_hosts = ["ansible://all"]


@pytest.mark.parametrize("path", ["/etc/corbel", "/opt/corbel", "/run/corbel"])
def test_nothing_was_made(host, path):
    assert not host.file(path).exists


def test_no_listener_is_left(host):
    assert "corbel-preflight" not in host.check_output("systemctl list-units --all --no-legend")


def test_the_port_is_free_again(host):
    assert not host.socket("tcp://0.0.0.0:5671").is_listening
