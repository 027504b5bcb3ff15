"""TLS ends here, goes on verified behind, and a broken configuration never replaces one that works."""

import pytest

testinfra_hosts = ["ansible://all"]
ASK = """
import ssl, urllib.request, urllib.error
context = ssl.create_default_context(cafile='/etc/corbel/tls/ca.pem')
headers = {{'X-Forwarded-For': '192.0.2.99', 'Forwarded': 'for=192.0.2.99'}}
request = urllib.request.Request('https://{address}:{port}/', headers=headers)
try:
    answer = urllib.request.urlopen(request, context=context, timeout=10)
    print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code)
"""


@pytest.fixture
def network(host):
    return host.ansible.get_variables()["corbel_addresses"]["management"].rsplit(".", 1)[0]


def ask(host, address, port):
    return host.check_output(f'python3 -c "{ASK.format(address=address, port=port)}"')


@pytest.fixture
def virtual(host, network):
    """The addresses that keepalived would hold."""
    for last in (10, 11):
        host.run(f"ip address add {network}.{last}/32 dev lo")
    return f"{network}.10", f"{network}.11"


def test_runs(host):
    assert host.service("haproxy").is_running
    assert host.service("haproxy").is_enabled


def test_listens_on_the_virtual_addresses_only(host, network):
    listeners = {line.split()[3] for line in host.check_output("ss -Hltnp | grep haproxy").splitlines()}
    apis = {f"{network}.{last}:{port}" for last in (10, 11) for port in (5000, 9292)}
    assert listeners == {*apis, f"{network}.10:3306", "127.0.0.1:61900"}


def test_request_reaches_the_server_with_headers_to_trust(host, virtual):
    for address in virtual:
        answer = ask(host, address, 9292)
        assert answer.startswith("200")
        assert "X-Forwarded-Proto: https" in answer.title().replace("Https", "https")
        assert "192.0.2.99" not in answer


def test_api_without_servers_answers_503(host, virtual):
    assert ask(host, virtual[0], 5000) == "503"


def test_old_tls_is_refused(host, virtual):
    assert host.run(f"openssl s_client -connect {virtual[0]}:9292 -tls1_1 </dev/null").rc != 0


def test_health_answers(host):
    talk = r"exec 3<>/dev/tcp/127.0.0.1/61900; printf 'GET / HTTP/1.0\r\n\r\n' >&3; head -1 <&3"
    assert "200" in host.check_output(f'bash -c "{talk}"')


def test_configuration_is_the_one_before_the_broken_one(host):
    assert "nbthread 2" in host.file("/etc/haproxy/haproxy.cfg").content_string
    assert host.file("/etc/haproxy/haproxy.cfg").mode == 0o640


def test_only_root_commands_it(host):
    socket = host.file("/run/haproxy/admin.sock")
    assert socket.is_socket
    assert socket.mode == 0o600
