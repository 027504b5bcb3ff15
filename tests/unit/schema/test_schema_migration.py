"""The module as a whole, with a database client that keeps its rows in memory."""

import getpass
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import schema_migration
from ansible.module_utils.corbel.calls import schema_migration as calls_schema_migration
from ansible.module_utils.testing import patch_module_args

MARKER = "marker-of-a-secret"


class ClientError(Exception):
    """Stands for pymysql.err.Error."""


class Client:
    """Stands for PyMySQL: one table, or an error for every connection."""

    def __init__(self) -> None:
        self.rows: dict[str, str] | None = None
        self.error: ClientError | None = None
        self.err = SimpleNamespace(Error=ClientError)

    def connect(self, **_: Any) -> Any:
        if self.error:
            raise self.error
        return SimpleNamespace(cursor=lambda: Cursor(self), close=lambda: None)


class Cursor:
    """Does the three statements of the marker."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.row: Any = None

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, query: str, values: tuple[str, ...] = ()) -> None:
        if query.startswith("CREATE"):
            self.client.rows = self.client.rows or {}
        elif self.client.rows is None:
            raise ClientError(1146, "no such table")
        elif query.startswith("REPLACE"):
            self.client.rows[values[0]] = values[1]
        else:
            self.row = (self.client.rows[values[0]],) if values[0] in self.client.rows else None

    def fetchone(self) -> Any:
        return self.row


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    fake = Client()
    monkeypatch.setattr(calls_schema_migration, "pymysql", fake)
    monkeypatch.setattr(calls_schema_migration, "DATABASE_ERRORS", (ClientError, OSError))
    return fake


def run(capsys: pytest.CaptureFixture[str], check: bool = False, **change: Any) -> dict[str, Any]:
    arguments = {
        "name": "glance",
        "release": "r2",
        "database": "glance",
        "host": "127.0.0.1",
        "login_user": "glance",
        "login_password": MARKER,
        "user": getpass.getuser(),
        "commands": [["true"]],
        "retries": 0,
        "_ansible_check_mode": check,
        **change,
    }
    with patch_module_args(arguments), pytest.raises(SystemExit):
        schema_migration.main()
    output = capsys.readouterr().out
    assert MARKER not in output
    result: dict[str, Any] = json.loads(output)
    return result


def test_the_first_run_migrates_and_the_second_does_nothing(
    client: Client, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    commands = [["sh", "-c", f"echo $PLACE $HOME >> {trace}"], ["sh", "-c", f"pwd >> {trace}"]]
    change: dict[str, Any] = {"commands": commands, "environment": {"PLACE": "here"}, "directory": str(tmp_path)}
    first = run(capsys, **change)
    assert (first["changed"], first["previous"], first["release"]) == (True, None, "r2")
    assert first["diff"] == {"before": "glance: none\n", "after": "glance: r2\n"}
    assert len(first["commands"]) == 2
    second = run(capsys, **change)
    assert (second["changed"], second["previous"], second["commands"]) == (False, "r2", [])
    assert trace.read_text() == f"here {tmp_path}\n{tmp_path}\n"


def test_another_release_migrates_again(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    client.rows = {"glance": "r1"}
    assert run(capsys)["msg"] == "schema of glance in database glance: from r1 to r2"
    assert client.rows == {"glance": "r2"}


def test_check_mode_says_what_would_happen(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    client.rows = {"glance": "r1"}
    result = run(capsys, check=True, user="nobody-of-this-name", commands=[["no-such-program"]])
    assert (result["changed"], result["previous"]) == (True, "r1")
    assert client.rows == {"glance": "r1"}


@pytest.mark.parametrize("code", [2003, 1045, 1049])
def test_check_mode_without_a_database(client: Client, capsys: pytest.CaptureFixture[str], code: int) -> None:
    client.error = ClientError(code, "no")
    result = run(capsys, check=True)
    assert result["changed"]
    assert "from none to r2 (not read: the database server" in result["msg"]


def test_check_mode_without_the_library(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(calls_schema_migration, "pymysql", None)
    assert run(capsys, check=True)["changed"]
    assert "PyMySQL" in run(capsys)["msg"] or "pymysql" in run(capsys)["msg"]


def test_a_failed_command_leaves_no_record(client: Client, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script = f"echo mysql://glance:{MARKER}@db/glance >&2; echo $SECRET >&2; echo the last line >&2; exit 3"
    after = tmp_path / "after"
    result = run(capsys, commands=[["sh", "-c", script], ["touch", str(after)]], environment={"SECRET": MARKER})
    assert result["failed"]
    assert "ended with status 3 and 0 was expected" in result["msg"]
    assert result["msg"].endswith("the last line")
    assert result["rc"] == 3
    assert client.rows is None
    assert not after.exists()


def test_a_record_that_cannot_be_written_fails(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        client.error = ClientError(1045, "denied")

    monkeypatch.setattr(calls_schema_migration, "run_commands", refuse)
    assert "the commands succeeded, but the release was not recorded" in run(capsys)["msg"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user": "nobody-of-this-name"}, "this host has no account 'nobody-of-this-name'"),
        ({"commands": [["no-such-program"]]}, "the program 'no-such-program' is not in /"),
        ({"commands": [[]]}, "'commands' holds an empty list"),
        ({"directory": "/no/such/folder"}, "'directory' is /no/such/folder"),
        ({"host": "192.0.2.1"}, "'192.0.2.1' and ca_file is empty"),
    ],
)
def test_refusals(client: Client, capsys: pytest.CaptureFixture[str], change: dict[str, Any], message: str) -> None:
    result = run(capsys, **change)
    assert result["failed"]
    assert message in result["msg"]
    assert client.rows is None


def test_values_of_the_environment_are_not_shown(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, environment={"OS_BOOTSTRAP_PASSWORD": MARKER, "OS_BOOTSTRAP_USERNAME": "glance"})
    assert result["msg"] == "schema of glance in database glance: from none to r2"
