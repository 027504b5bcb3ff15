"""Only the host itself reaches its cache."""

testinfra_hosts = ["ansible://all"]


def test_runs_and_starts_with_the_host(host):
    assert host.service("memcached").is_running
    assert host.service("memcached").is_enabled


def test_listens_on_the_loopback_address_only(host):
    assert host.check_output("ss -Hltun 'sport = :11211'").split()[4] == "127.0.0.1:11211"
    assert len(host.check_output("ss -Hltun 'sport = :11211'").splitlines()) == 1


def test_keeps_what_it_is_given(host):
    talk = "exec 3<>/dev/tcp/127.0.0.1/11211; printf 'set k 0 60 2\\r\\nhi\\r\\nget k\\r\\nquit\\r\\n' >&3; cat <&3"
    assert host.check_output(f'bash -c "{talk}"').split() == ["STORED", "VALUE", "k", "0", "2", "hi", "END"]


def test_holds_no_more_than_configured(host):
    assert "-m 256" in host.check_output(
        "tr '\\0' ' ' < /proc/$(systemctl show --property=MainPID --value memcached)/cmdline"
    )
