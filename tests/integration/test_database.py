"""MariaDB: TLS or nothing, one account per service with its own databases only."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import listeners

testinfra_hosts = ["ansible://database"]


def query(host: Any, statement: str) -> list[list[str]]:
    text = host.check_output(f'mariadb --batch --skip-column-names --execute="{statement}"')
    return [line.split("\t") for line in text.splitlines()]


def test_plain_connections_are_refused(host: Any, management: str) -> None:
    assert query(host, "SELECT @@require_secure_transport") == [["1"]]
    done = host.run(f"mariadb --skip-ssl --protocol=tcp --host={management} --user=nobody --execute='SELECT 1'")
    assert done.rc != 0
    assert "secure transport" in done.stderr.lower() or "ssl" in done.stderr.lower()


def test_it_listens_where_planned(host: Any, management: str) -> None:
    own = {listener.address for listener in listeners(host) if listener.program.startswith("mariadb")}
    assert own == {management}


def test_nobody_is_anonymous_and_only_services_come_from_the_network(host: Any, catalogue: dict[str, Any]) -> None:
    owners = {entry["name"] for entry in catalogue.values() if entry.get("databases")}
    accounts = query(host, "SELECT user, host, ssl_type FROM mysql.user WHERE host <> 'localhost' AND user <> 'PUBLIC'")
    remote = {user for user, _, _ in accounts}
    assert "" not in remote
    assert {user for user in remote if user in owners} == {user for user in owners if user in remote}
    assert remote >= {"keystone", "glance", "nova", "neutron", "placement"}
    assert [user for user, _, tls in accounts if user in owners and tls == ""] == []
    assert "root" not in remote


def test_every_account_has_its_own_databases_only(host: Any, catalogue: dict[str, Any]) -> None:
    owned = {entry["name"]: set(entry["databases"]) for entry in catalogue.values() if entry.get("databases")}
    rights = query(host, "SELECT user, db FROM mysql.db WHERE db <> ''")
    for user, database in rights:
        if user in owned:
            assert database.replace("\\", "") in owned[user], f"{user} has rights on {database}"
    seen = {user for user, _ in rights}
    assert {"keystone", "glance", "nova", "neutron", "placement"} <= seen
    # No right on everything: in the privilege tables USAGE is a row without any Y.
    wide = query(host, "SELECT user FROM mysql.user WHERE host <> 'localhost' AND Select_priv = 'Y'")
    assert [user for (user,) in wide if user in owned] == []


def test_commits_are_durable(host: Any) -> None:
    assert query(host, "SELECT @@innodb_flush_log_at_trx_commit") == [["1"]]


def test_two_requests_may_write_a_row(host: Any) -> None:
    """Two logins of one account at once ended in error 1020 and an answer of 500."""
    assert query(host, "SELECT @@innodb_snapshot_isolation") == [["0"]]


def test_the_test_database_is_gone(host: Any) -> None:
    assert query(host, "SHOW DATABASES LIKE 'test'") == []
