"""The service answers over TLS on both hosts, took its changes without an interruption, and tells no secret."""

import json

import pytest

testinfra_hosts = ["ansible://all"]
CONFIGURATION = "/etc/keystone/keystone.conf"
LOG_IN = """
import json, ssl, urllib.request
context = ssl.create_default_context(cafile='/etc/corbel/tls/ca.pem')
password = {{'user': {{'name': 'admin', 'domain': {{'id': 'default'}}, 'password': 'molecule-of-the-administrator'}}}}
identity = {{'methods': ['password'], 'password': password}}
body = {{'auth': {{'identity': identity, 'scope': {{'project': {{'name': 'admin', 'domain': {{'id': 'default'}}}}}}}}}}
url = 'https://{address}:5000/v3/auth/tokens'
request = urllib.request.Request(url, json.dumps(body).encode(), {{'Content-Type': 'application/json'}})
print(urllib.request.urlopen(request, context=context, timeout=30).read().decode())
"""


@pytest.fixture
def address(host):
    return host.ansible.get_variables()["corbel_addresses"]["management"]


@pytest.fixture
def network(address):
    return address.rsplit(".", 1)[0]


def log_in(host, address):
    return json.loads(host.check_output(f'python3 -c "{LOG_IN.format(address=address)}"'))["token"]


@pytest.mark.parametrize("last", [10, 11])
def test_both_virtual_addresses_give_tokens(host, network, last):
    assert log_in(host, f"{network}.{last}")["user"]["name"] == "admin"


def test_each_host_gives_tokens(host, address):
    assert log_in(host, address)["project"]["name"] == "admin"


def test_catalogue_names_the_virtual_addresses(host, address, network):
    entry = next(one for one in log_in(host, address)["catalog"] if one["type"] == "identity")
    assert {one["interface"]: one["url"] for one in entry["endpoints"]} == {
        "admin": f"https://{network}.10:5000/v3",
        "internal": f"https://{network}.10:5000/v3",
        "public": f"https://{network}.11:5000/v3",
    }


def test_listens_on_the_management_address_only(host, address):
    listeners = host.check_output("ss -Hltnp 'sport = :5000' | grep -v haproxy").splitlines()
    assert [line.split()[3] for line in listeners] == [f"{address}:5000"]


def test_no_request_failed_while_keys_rotated_and_hosts_restarted(host):
    if host.backend.get_hostname() != "instance1":
        return
    answers = host.file("/run/example-client").content_string.splitlines()
    assert len(answers) > 10
    assert set(answers) == {"200"}


def test_keys_are_the_same_on_every_host_and_only_the_service_reads_them(host):
    for number, key in enumerate(("newer", "third", "first")):
        file = host.file(f"/etc/keystone/fernet-keys/{number}")
        assert (file.user, file.group, file.mode) == ("root", "keystone", 0o640)
        assert host.check_output(f"base64 -d {file.path}") == f"molecule-{key}-key-of-the-tokens"
    assert host.file("/etc/keystone/fernet-keys").mode == 0o750


def test_what_was_done_by_hand_is_undone(host):
    assert "by hand" not in host.file(CONFIGURATION).content_string
    assert host.service("keystone-api").is_running


def test_what_runs_is_what_is_configured(host):
    configured, runs = (host.file(f"{place}/corbel/digests/keystone-api.service") for place in ("/etc", "/run"))
    assert configured.content_string.strip()
    assert runs.content_string == configured.content_string


def test_unit_is_in_a_sandbox_and_has_no_rights(host):
    rating = host.check_output("systemd-analyze security --no-pager keystone-api.service | tail -1")
    assert float(rating.split()[-3]) < 3
    process = host.check_output("systemctl show --property=MainPID --value keystone-api.service")
    status = dict(
        line.split(":\t", 1)
        for line in host.file(f"/proc/{process}/status").content_string.splitlines()
        if ":\t" in line
    )
    assert (status["CapEff"], status["NoNewPrivs"]) == ("0000000000000000", "1")


@pytest.mark.parametrize("place", ["/etc/corbel", "/var/lib/keystone", "/etc/systemd/system"])
def test_no_secret_is_where_it_should_not_be(host, place):
    found = host.run(f"grep -rl molecule-of- {place}")
    # 1 is nothing found; 2 would be a search that failed.
    assert (found.rc, found.stdout) == (1, ""), found.stderr


def test_no_secret_is_in_the_journal(host):
    assert host.run("journalctl --no-pager --grep=molecule-of-").stdout.strip() in ("", "-- No entries --")


def test_nothing_failed(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
