"""Which statements lead to an account."""

from __future__ import annotations

import pytest
from ansible.module_utils.corbel import accounts
from ansible.module_utils.corbel import database_account as account

WANTED = account.Wanted.of("glance", "secret", ["glance", "glance_api"])
USAGE = {"*.*": "USAGE"}
RIGHTS = {**USAGE, "`glance`.*": "ALL PRIVILEGES", r"`glance\_api`.*": "ALL PRIVILEGES"}
ALL = frozenset({"glance", "glance_api", "mysql"})


def found(**changes: object) -> account.Found:
    good = {
        "databases": ALL,
        "exists": True,
        "password_hash": WANTED.password_hash,
        "requires_tls": True,
        "rights": RIGHTS,
    }
    return account.Found(**{**good, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("there", "sentences"),
    [
        (found(), []),
        (
            account.Found(),
            [
                "database glance: created",
                "database glance_api: created",
                "account glance: created",
                "account glance: all rights on glance",
                "account glance: all rights on glance_api",
            ],
        ),
        (found(password_hash="*OLD"), ["account glance: password set"]),
        (found(requires_tls=False), ["account glance: TLS required"]),
        (found(databases=ALL - {"glance_api"}), ["database glance_api: created"]),
        (found(rights={**RIGHTS, "`glance`.*": "SELECT"}), ["account glance: all rights on glance"]),
        (found(rights={**RIGHTS, "`nova`.*": "SELECT"}), ["account glance: no rights on `nova`.*"]),
        (found(rights={**RIGHTS, "*.*": "SUPER"}), ["account glance: no rights on *.*"]),
        (found(rights={**RIGHTS, "`glance_api`.*": "ALL PRIVILEGES"}), ["account glance: no rights on `glance_api`.*"]),
    ],
)
def test_compute(there: account.Found, sentences: list[str]) -> None:
    assert [change.sentence for change in account.compute(there, WANTED)] == sentences


def test_statements_hold_no_password() -> None:
    text = "".join(change.statement + change.sentence for change in account.compute(account.Found(), WANTED))
    assert "secret" not in text
    assert "REQUIRE SSL" in text
    assert r"`glance\_api`.*" in text


def test_hash_is_the_servers() -> None:
    # SELECT PASSWORD('password')
    assert account.native_hash("password") == "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"


def test_grants_are_read_as_the_server_writes_them() -> None:
    lines = [
        "GRANT USAGE ON *.* TO `glance`@`%` IDENTIFIED BY PASSWORD '*X' REQUIRE SSL",
        "GRANT ALL PRIVILEGES ON `glance`.* TO `glance`@`%`",
        "GRANT SELECT, INSERT ON `a\\_b`.* TO `glance`@`%`",
    ]
    assert account.parse_grants(lines) == {
        "*.*": "USAGE",
        "`glance`.*": "ALL PRIVILEGES",
        r"`a\_b`.*": "SELECT, INSERT",
    }


@pytest.mark.parametrize("name", ["", "gl ance", "a'b", "a`b", "9lives", "a.b", "x" * 49, "a;b"])
def test_names_that_would_be_syntax_are_refused(name: str) -> None:
    with pytest.raises(accounts.AccountError, match="letters, digits and underscores"):
        account.Wanted.of(name, "secret", ["glance"])
    with pytest.raises(accounts.AccountError, match="letters, digits and underscores"):
        account.Wanted.of("glance", "secret", [name])


def test_read_asks_twice_only_for_an_account_that_exists() -> None:
    class Server(account.Server):
        def ask(self, statements: str) -> list[list[str]]:
            asked.append(statements)
            if statements.startswith("SHOW GRANTS"):
                return [["GRANT USAGE ON *.* TO `glance`@`%`"]]
            return answer

    asked: list[str] = []
    answer = [["database", "mysql", ""]]
    assert account.read(Server("x"), "glance") == account.Found(databases=frozenset({"mysql"}))
    assert len(asked) == 1
    answer.append(["account", "*HASH", "1"])
    there = account.read(Server("x"), "glance")
    assert (there.exists, there.requires_tls, there.password_hash, there.rights) == (True, True, "*HASH", USAGE)


def test_missing_program_counts_as_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(accounts.UnreachableError, match=r"playbooks/infrastructure\.yml"):
        account.Server("/run/none").ask("SELECT 1")
