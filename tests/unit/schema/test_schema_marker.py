"""What is asked of the database, how commands are run, what a message may show."""

from typing import Any

import pytest
from ansible.module_utils.corbel import schema_marker as schema


class ClientError(Exception):
    """Stands for an exception of PyMySQL: number and text."""


class Database:
    """Answers the queries of a marker from a dictionary; fails as told, one error for each connection."""

    def __init__(self, rows: dict[str, str] | None, errors: list[ClientError] | None = None) -> None:
        self.rows = rows
        self.errors = errors or []
        self.connections = 0
        self.found: tuple[str] | None = None

    def connect(self) -> "Database":
        self.connections += 1
        if self.errors:
            raise self.errors.pop(0)
        return self

    def close(self) -> None:
        self.found = None

    def cursor(self) -> "Database":
        return self

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, query: str, values: tuple[str, ...] = ()) -> None:
        if query == schema.CREATE:
            self.rows = self.rows or {}
        elif self.rows is None:
            raise ClientError(1146, "Table 'glance.corbel_schema' doesn't exist")
        elif query == schema.RECORD:
            self.rows[values[0]] = values[1]
        else:
            found = self.rows.get(values[0])
            self.found = (found,) if found else None

    def fetchone(self) -> Any:
        return self.found


def marker(database: Database, retries: int = 0) -> schema.Marker:
    return schema.Marker(database.connect, (ClientError, OSError), "glance", retries=retries)


PARAMS: dict[str, Any] = {
    "login_unix_socket": None,
    "host": "db.example.org",
    "port": 3306,
    "login_user": "glance",
    "login_password": "p",
    "database": "glance",
    "ca_file": "/ca.pem",
    "timeout": 10,
}


@pytest.mark.parametrize(
    ("rows", "expected"), [(None, None), ({}, None), ({"nova": "r1"}, None), ({"glance": "r1"}, "r1")]
)
def test_read(rows: dict[str, str] | None, expected: str | None) -> None:
    assert marker(Database(rows)).read() == expected


@pytest.mark.parametrize("rows", [None, {}, {"glance": "r0"}])
def test_write_then_read(rows: dict[str, str] | None) -> None:
    database = Database(rows)
    marker(database).write("r1")
    assert marker(database).read() == "r1"


def test_a_lost_connection_is_tried_again() -> None:
    database = Database({"glance": "r1"}, [ClientError(2003, "refused"), ClientError(1047, "not ready")])
    assert marker(database, retries=2).read() == "r1"
    assert database.connections == 3


@pytest.mark.parametrize(("code", "connections"), [(2003, 3), (1045, 1), (1049, 1)])
def test_an_error_that_stays_is_raised(code: int, connections: int) -> None:
    database = Database({}, [ClientError(code, "no")] * 5)
    with pytest.raises(ClientError):
        marker(database, retries=2).read()
    assert database.connections == connections


@pytest.mark.parametrize(
    ("change", "present", "absent"),
    [
        ({}, {"host": "db.example.org", "ssl_ca": "/ca.pem", "ssl_verify_identity": True}, {"unix_socket"}),
        ({"host": "127.0.0.1", "ca_file": None}, {"host": "127.0.0.1"}, {"ssl_ca"}),
        ({"host": "::1", "ca_file": None}, {"host": "::1"}, {"ssl_ca"}),
        ({"host": None, "login_unix_socket": "/s"}, {"unix_socket": "/s"}, {"host", "ssl_ca"}),
        ({"login_password": None}, {"password": ""}, set()),
    ],
)
def test_connection_arguments(change: dict[str, Any], present: dict[str, Any], absent: set[str]) -> None:
    arguments = schema.connection_arguments({**PARAMS, **change})
    assert present.items() <= arguments.items()
    assert not absent & arguments.keys()


def test_a_remote_server_without_tls_is_refused() -> None:
    with pytest.raises(schema.SchemaError, match=r"'192.0.2.5' and ca_file is empty.*set ca_file"):
        schema.connection_arguments({**PARAMS, "host": "192.0.2.5", "ca_file": None})


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ClientError(1045, "Access denied"), "refuses the account 'glance' on 'glance' .Access denied.*login_password"),
        (ClientError(1049, "Unknown database"), "has no database 'glance'; it is made by the database step"),
        (ClientError(2003, "refused"), "db.example.org:3306 does not answer as account 'glance' .refused"),
        (FileNotFoundError(2, "No such file"), "does not answer.*No such file.*ca_file"),
    ],
)
def test_explain(error: Exception, message: str) -> None:
    with pytest.raises(schema.SchemaError, match=message):
        raise schema.SchemaError(schema.explain(error, PARAMS))


@pytest.mark.parametrize(
    ("as_is", "expected"),
    [
        (True, ["/r/bin/glance-manage", "db_sync"]),
        (
            False,
            ["setpriv", "--reuid=glance", "--regid=glance", "--init-groups", "--", "/r/bin/glance-manage", "db_sync"],
        ),
    ],
)
def test_command_line(as_is: bool, expected: list[str]) -> None:
    assert (
        schema.command_line(["glance-manage", "db_sync"], "glance", "glance", "/r/bin/glance-manage", as_is) == expected
    )


def test_command_environment() -> None:
    environment = schema.command_environment("/var/lib/glance", "/r/bin", {"OS_X": 1, "LANG": "C"})
    assert environment["PATH"].startswith("/r/bin:/usr/local/sbin:")
    assert environment.items() >= {"HOME": "/var/lib/glance", "OS_X": "1", "LANG": "C"}.items()
    assert schema.command_environment("/", "", {})["PATH"] == schema.SYSTEM_PATH


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("OS_BOOTSTRAP_PASSWORD", "marker", True),
        ("OS_BOOTSTRAP_USERNAME", "admin", False),
        ("OS_BOOTSTRAP_REGION_ID", "RegionOne", False),
        ("OS_BOOTSTRAP_PUBLIC_URL", "https://cloud:5000/v3", False),
        ("DATABASE_URL", "mysql://u:marker@db/x", True),
        ("ANYTHING", "marker", True),
        ("EMPTY", "", False),
    ],
)
def test_secret_values(name: str, value: str, secret: bool) -> None:
    assert schema.secret_values({name: value}) == ({value} if secret else set())


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("mysql+pymysql://glance:p%40ss@db/glance", [], "mysql+pymysql://glance:***@db/glance"),
        ("rabbit://a:b@h1:1,a:b@h2:1/v", [], "rabbit://a:***@h2:1/v"),
        ("is long-secret and long", ["long", "long-secret", ""], "is *** and ***"),
        ("http://host:80/path", [], "http://host:80/path"),
    ],
)
def test_redact(text: str, secrets: list[str], expected: str) -> None:
    assert schema.redact(text, secrets) == expected


@pytest.mark.parametrize(
    ("stdout", "stderr", "expected"),
    [("out", "err\n\n", "err"), ("a\n\nb\n", " ", "a\nb"), ("", "", ""), ("", "1\n2\n3\n4", "3\n4")],
)
def test_last_lines(stdout: str, stderr: str, expected: str) -> None:
    assert schema.last_lines(stdout, stderr, 2) == expected
