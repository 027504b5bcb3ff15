"""The load balancers agree on who holds the addresses (side_effect.yml moves them)."""

testinfra_hosts = ["ansible://all"]


def test_runs(host):
    assert host.service("keepalived").is_running
    assert host.service("keepalived").is_enabled


def test_peers_are_addressed_one_by_one(host):
    text = host.file("/etc/keepalived/keepalived.conf").content_string
    assert text.count("unicast_peer {") == 2
    assert "vrrp_version 3" in text


def test_check_runs_as_an_account_without_rights(host):
    assert host.user("keepalived_script").shell == "/usr/sbin/nologin"
    host.check_output(
        "setpriv --reuid=keepalived_script --regid=keepalived_script --clear-groups /usr/local/lib/corbel/check_haproxy"
    )


def test_both_addresses_are_on_one_host(host):
    network = host.ansible.get_variables()["corbel_addresses"]["management"].rsplit(".", 1)[0]
    held = host.check_output("ip -4 -oneline address show dev eth0")
    assert (f"{network}.10/" in held) == (f"{network}.11/" in held)
