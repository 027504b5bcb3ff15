"""The filters that build URLs and find near names."""

from functools import partial
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from database_url import database_url
from nearest_name import nearest_name
from public_url import public_url
from transport_url import transport_url

CA = "/etc/corbel/tls/ca.pem"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("glance", "simple", "db.example.org", "glance", CA),
            f"mysql+pymysql://glance:simple@db.example.org:3306/glance?ssl_ca={CA}&charset=utf8",
        ),
        (
            ("nova", "a/b@c:d#e?f%g$h i", "192.0.2.5", "nova_cell0", CA),
            f"mysql+pymysql://nova:a%2Fb%40c%3Ad%23e%3Ff%25g%24h%20i@192.0.2.5:3306/nova_cell0?ssl_ca={CA}&charset=utf8",
        ),
        (
            ("nova", "x", "2001:db8::5", "nova", CA),
            f"mysql+pymysql://nova:x@[2001:db8::5]:3306/nova?ssl_ca={CA}&charset=utf8",
        ),
        (("nova", "x", "127.0.0.1", "nova", ""), "mysql+pymysql://nova:x@127.0.0.1:3306/nova?charset=utf8"),
        (
            ("nova", "x", "db", "nova", "/a b&c.pem"),
            "mysql+pymysql://nova:x@db:3306/nova?ssl_ca=/a+b%26c.pem&charset=utf8",
        ),
    ],
)
def test_database_url(arguments: tuple[Any, ...], expected: str) -> None:
    assert database_url(*arguments) == expected


def test_database_url_of_another_port_and_character_set() -> None:
    url = database_url("u", "p", "h", "d", "", port=3307, charset="utf8mb4")
    assert url == "mysql+pymysql://u:p@h:3307/d?charset=utf8mb4"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((["h1"], "nova", "p", "nova"), "rabbit://nova:p@h1:5671/nova"),
        (
            (["192.0.2.11", "2001:db8::12"], "nova", "p@/,", "no va"),
            "rabbit://nova:p%40%2F%2C@192.0.2.11:5671,nova:p%40%2F%2C@[2001:db8::12]:5671/no%20va",
        ),
        (((name for name in ["a", "b"]), "u", "p", "v", 5672), "rabbit://u:p@a:5672,u:p@b:5672/v"),
    ],
)
def test_transport_url(arguments: tuple[Any, ...], expected: str) -> None:
    assert transport_url(*arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("cloud.example.org", 5000, "/v3"), "https://cloud.example.org:5000/v3"),
        (("cloud.example.org", 443, "identity/v3/"), "https://cloud.example.org/identity/v3"),
        (("2001:db8::1", 80, "", "http"), "http://[2001:db8::1]"),
        (("192.0.2.1", 6082, "vnc_lite.html", "wss"), "wss://192.0.2.1:6082/vnc_lite.html"),
    ],
)
def test_public_url(arguments: tuple[Any, ...], expected: str) -> None:
    assert public_url(*arguments) == expected


@pytest.mark.parametrize(
    ("value", "names", "expected"),
    [
        ("corbel_relase", ["corbel_release", "corbel_region"], "corbel_release"),
        ("GLANCE", ["glance"], "glance"),
        ("zzz", ["glance"], ""),
        ("glnce", {"glance": 1}, "glance"),
        ("x", [], ""),
    ],
)
def test_nearest_name(value: str, names: Any, expected: str) -> None:
    assert nearest_name(value, names) == expected


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (database_url, (1, "p", "h", "d", CA), "user is a int; a str is expected"),
        (database_url, ("u", ["p"], "h", "d", CA), "password is a list; a str is expected"),
        (database_url, ("u", "", "h", "d", CA), "password is empty"),
        (partial(database_url, port="3306"), ("u", "p", "h", "d", CA), "port is a str; an int is expected"),
        (transport_url, ("h1", "u", "p", "v"), "the input is a str; a list of hosts is expected"),
        (transport_url, ([], "u", "p", "v"), "fill the inventory group message_queue"),
        (transport_url, ([None], "u", "p", "v"), "a host is a NoneType; a str is expected"),
        (transport_url, ({"h": 1}, "u", "p", "v"), "the input is a dict"),
        (transport_url, (["h"], "u", "p", "v", True), "port is a bool; an int is expected"),
        (public_url, ("h", "80"), "port is a str; an int is expected"),
        (public_url, ("h", 70000), "port is 70000"),
        (public_url, ("h", 80, None), "path is a NoneType; a str is expected"),
        (public_url, ("h", 80, "", "ftp"), "scheme is 'ftp'; one of https"),
        (nearest_name, (3, []), "the input is a int; a str is expected"),
        (nearest_name, ("a", "abc"), "names is a str; a list of names is expected"),
        (nearest_name, ("a", [1]), "names holds a int"),
    ],
)
def test_wrong_types_are_refused(function: Any, arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        function(*arguments)


def test_a_refusal_does_not_show_the_password() -> None:
    with pytest.raises(AnsibleFilterError) as refusal:
        database_url("u", {"hidden": "marker-of-a-secret"}, "h", "d", CA)
    assert "marker" not in str(refusal.value)
