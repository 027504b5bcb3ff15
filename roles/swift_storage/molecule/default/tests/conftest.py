"""A client of the proxy for the tests of the scenario, and Python with Swift on its hosts."""

import json

import pytest

CLIENT = """
import http.client, json, ssl, sys
context = ssl.create_default_context(cafile="/etc/corbel/tls/ca.pem")
method, path, headers, body = json.load(sys.stdin)
connection = http.client.HTTPSConnection("{address}", 8080, context=context, timeout=60)
if isinstance(body, int):
    body = bytes(i * 7 % 251 for i in range(body))
connection.request(method, path, body, headers)
answer = connection.getresponse()
text = answer.read()
print(json.dumps([answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), text.decode("latin-1")]))
"""


@pytest.fixture(scope="module")
def ask(host):
    """One request to the proxy, made on the host of the test."""
    proxy = host.ansible.get_variables()["corbel_addresses"]["management"]

    def call(method, path, headers=None, body=None):
        text = json.dumps([method, path, headers or {}, body])
        command = host.run("printf %s %s | python3 -c %s", "%s", text, CLIENT.format(address=proxy))
        assert command.rc == 0, command.stderr
        return json.loads(command.stdout)

    return call


@pytest.fixture(scope="module")
def user(ask):
    """Headers with a token of a user."""
    keys = {
        "shop:owner": "molecule-of-the-owner",
        "shop:clerk": "molecule-of-the-clerk",
        "admin:admin": "molecule-of-the-administrator",
        "dispersion:dispersion": "molecule-of-the-dispersion",
    }

    def log_in(name):
        status, headers, _ = ask("GET", "/auth/v1.0", {"X-Auth-User": name, "X-Auth-Key": keys[name]})
        assert status == 200
        return {"X-Auth-Token": headers["x-auth-token"]}

    return log_in
