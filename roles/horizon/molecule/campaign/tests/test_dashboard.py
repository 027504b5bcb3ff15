"""The form answers over TLS with the settings of the Security Guide, lets in who has the password and nobody else."""

import http.client
import json
import os
import re
import ssl
import time
from pathlib import Path

import pytest

from tests.browser import dashboard

PICTURES = Path(os.environ["SCREENSHOTS"])
PASSWORD = "molecule-of-the-administrator"
SETTINGS = "/etc/horizon/local/local_settings.py"
# Asks Horizon itself what its settings are.
SHOW = """
import json, os, sys
sys.path.insert(0, "/etc/horizon")
os.environ["DJANGO_SETTINGS_MODULE"] = "openstack_dashboard.settings"
from django.conf import settings
names = ("DISALLOW_IFRAME_EMBED", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY")
found = {name: getattr(settings, name) for name in (*names, "ENFORCE_PASSWORD_CHECK", "DEBUG")}
found |= {name: settings.HORIZON_CONFIG[name] for name in ("password_autocomplete", "disable_password_reveal")}
found["validator"] = settings.HORIZON_CONFIG["password_validator"]["regex"]
found["proxy"] = list(settings.SECURE_PROXY_SSL_HEADER)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def variables(host):
    return host.ansible.get_variables()


@pytest.fixture(scope="module")
def url(variables):
    return "https://" + variables["corbel_addresses"]["management"].rsplit(".", 1)[0] + ".11"


@pytest.fixture
def visitor(host, url):
    with dashboard(url, host.file("/etc/corbel/tls/ca.pem").content_string, PICTURES) as opened:
        yield opened
        assert opened.problems == []


def ask(host, url, path, **headers):
    """What the site answers, as it comes: no redirection is followed and no path is tidied up."""
    address = url.removeprefix("https://")
    context = ssl.create_default_context(cadata=host.file("/etc/corbel/tls/ca.pem").content_string)
    connection = http.client.HTTPSConnection(address, context=context, timeout=60)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_settings_are_those_of_the_security_guide(host):
    python = host.check_output("ls -d /opt/corbel/releases/*/dashboard/bin/python")
    found = host.check_output(f"{python} -c '{SHOW}'")
    found = json.loads(found.splitlines()[-1])
    wanted = {"DISALLOW_IFRAME_EMBED", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY"}
    assert {name: found[name] for name in wanted} == dict.fromkeys(wanted, True)
    assert (found["ENFORCE_PASSWORD_CHECK"], found["disable_password_reveal"], found["DEBUG"]) == (True, True, False)
    assert found["password_autocomplete"] == "off"
    assert found["validator"] != ".*"
    assert not re.match(found["validator"], "short")
    assert found["proxy"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_configuration_is_for_the_service_only(host):
    assert host.file("/etc/horizon").mode == 0o750
    file = host.file(SETTINGS)
    assert (file.user, file.group, file.mode) == ("root", "horizon", 0o640)


def test_answer_says_what_browsers_must_not_do(host, url):
    status, found, _ = ask(host, url, "/auth/login/")
    assert status == 200
    assert found["X-Frame-Options"] == "DENY"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert "max-age=" in found["Strict-Transport-Security"]
    assert found["Server"] == "Apache"
    cookies = found.get_all("Set-Cookie")
    # Brings the browser back to the host that has its session.
    assert [one for one in cookies if one.startswith("horizon-host=instance1;")]
    assert [one for one in cookies if "secure" not in one.lower()] == []
    assert [one for one in cookies if "httponly" not in one.lower()] == []


def test_other_names_are_refused(host, url):
    assert ask(host, url, "/auth/login/", Host="elsewhere.example.com")[0] == 400


def test_what_browsers_load_was_made_with_the_release(host, url):
    page = ask(host, url, "/auth/login/")[2].decode()
    named = re.search(r"/static/dashboard/css/output\.[0-9a-f]+\.css", page)[0]
    status, found, body = ask(host, url, named, Accept_Encoding="gzip")
    assert (status, found["Content-Encoding"]) == (200, "gzip")
    assert len(body) > 1000
    assert host.check_output("find /opt/corbel/releases/*/dashboard -newer /etc/horizon/dashboard.wsgi -type f") == ""


@pytest.mark.parametrize(
    "path",
    ["/static/", "/static/../lib/", "/static/%2e%2e/%2e%2e/pyvenv.cfg", "/etc/horizon/apache2.cfg", "/dashboard.wsgi"],
)
def test_nothing_else_is_served(host, url, path):
    status, found, body = ask(host, url, path)
    assert status in (400, 403, 404) or found["Location"].startswith("/auth/login/")
    assert b"home =" not in body


def test_wrong_password_gives_the_form_again(visitor):
    visitor.log_in("admin", "not-the-password")
    visitor.picture("wrong-password")
    assert "/auth/login/" in visitor.page.url
    assert "Invalid credentials" in visitor.page.inner_text("body")
    assert visitor.page.input_value("#id_password") == ""


def test_unknown_domain_gives_the_form_again(visitor):
    visitor.log_in("admin", PASSWORD, domain="elsewhere")
    assert "Invalid credentials" in visitor.page.inner_text("body")


def test_administrator_sees_the_panels_of_what_is_deployed(visitor):
    visitor.visit("/", "form")
    visitor.log_in("admin", PASSWORD)
    visitor.picture("first-page")
    assert visitor.page.url.endswith("/project/api_access/")
    text = visitor.visit("/identity/users/", "users")
    assert "admin" in text
    assert {"/identity/users/", "/identity/"} & visitor.panels
    others = ("instances", "volumes", "containers", "networks", "stacks", "images")
    assert [path for path in visitor.panels if any(name in path for name in others)] == []
    text = visitor.visit("/project/api_access/", "api-access")
    assert ":5000/v3" in text
    visitor.log_out()
    assert visitor.page.locator("#id_username").count() == 1
    visitor.visit("/identity/users/", "after-log-out")
    assert "/auth/login" in visitor.page.url


def test_session_is_in_the_cache_and_ends_with_it(host, visitor):
    visitor.log_in("admin", PASSWORD)
    visitor.visit("/identity/users/")
    assert "/auth/login" not in visitor.page.url
    host.check_output("systemctl stop memcached.service")
    visitor.visit("/identity/users/")
    assert "/auth/login" in visitor.page.url
    host.check_output("systemctl start memcached.service")
    for _ in range(10):
        visitor.log_in("admin", PASSWORD)
        if "/auth/login" not in visitor.page.url:
            break
        time.sleep(1)
    visitor.visit("/identity/users/")
    assert "/auth/login" not in visitor.page.url


def test_unit_is_in_a_sandbox_and_is_no_root(host):
    rating = host.check_output("systemd-analyze security --no-pager horizon.service | tail -1")
    assert float(rating.split()[-3]) < 3
    users = host.check_output("ps -o user= -C apache2").split()
    assert set(users) == {"horizon"}
    assert host.run("systemctl cat apache2.service").rc != 0


def test_listens_on_the_management_address_only(host, variables):
    lines = host.check_output("ss --no-header --listening --tcp --numeric --processes | grep apache2").splitlines()
    assert [line.split()[3] for line in lines] == [variables["corbel_addresses"]["management"] + ":443"]


def test_no_secret_is_in_the_journal(host):
    assert host.run("journalctl --no-pager --grep=molecule-of-").stdout.strip() in ("", "-- No entries --")


def test_nothing_failed(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
