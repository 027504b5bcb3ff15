"""The database takes TLS only, keeps commits, and lets the account do what it may and no more."""

import pytest

testinfra_hosts = ["ansible://all"]
CLIENT = "MYSQL_PWD=molecule-of-an-account mariadb --no-defaults --user=example --protocol=tcp"
VERIFIED = "--ssl-ca=/etc/corbel/tls/ca.pem --ssl-verify-server-cert"


@pytest.fixture
def address(host):
    return host.ansible.get_variables()["corbel_addresses"]["management"]


def ask(host, question):
    return host.check_output(f'mariadb --no-defaults -N -B -e "{question}"')


def test_listens_on_the_management_address_only(host, address):
    assert [line.split()[3] for line in host.check_output("ss -Hltn 'sport = :3306'").splitlines()] == [
        f"{address}:3306"
    ]


def test_account_logs_in_with_tls(host, address):
    said = host.check_output(
        f"{CLIENT} --host={address} {VERIFIED} -N -B -e \"SHOW STATUS LIKE 'Ssl_version'\" example"
    )
    assert said.split()[1].startswith("TLSv1.")


def test_account_is_refused_without_tls(host, address):
    said = host.run(f"{CLIENT} --host={address} --skip-ssl -e 'SELECT 1'")
    assert said.rc != 0
    assert "ERROR 3159" in said.stderr or "ERROR 1045" in said.stderr


def test_account_sees_its_databases_only(host, address):
    said = host.check_output(f"{CLIENT} --host={address} {VERIFIED} -N -B -e 'SHOW DATABASES'")
    assert said.split() == ["example", "example_api", "information_schema"]


def test_underscore_of_a_database_name_stands_for_itself(host):
    assert r"\`example\\_api\`.*" in ask(host, "SHOW GRANTS FOR example@'%'").replace("`", r"\`")


def test_nobody_else_is_there(host):
    assert ask(host, "SELECT user FROM mysql.user").split() == [
        "example",
        "corbel_check",
        "mariadb.sys",
        "mysql",
        "root",
    ]
    assert "test" not in ask(host, "SHOW DATABASES").split()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("innodb_flush_log_at_trx_commit", "1"),
        ("require_secure_transport", "1"),
        ("local_infile", "0"),
        ("innodb_snapshot_isolation", "0"),
        ("character_set_server", "utf8mb3"),
    ],
)
def test_settings(host, variable, value):
    assert ask(host, f"SELECT @@global.{variable}") == value


def test_load_balancers_are_told_that_it_takes_work(host, address):
    code = (
        "import ssl,urllib.request as u;"
        "c=ssl.create_default_context(cafile='/etc/corbel/tls/ca.pem');"
        f"print(u.urlopen('https://{address}:9200/',context=c,timeout=5).read().decode())"
    )
    assert host.check_output(f'python3 -c "{code}"') == "ready"


def test_logs_go_to_the_journal(host):
    assert "ready for connections" in host.check_output(
        "journalctl --unit=mariadb --no-pager --grep='ready for connections'"
    )


@pytest.mark.parametrize("unit", ["mariadb", "corbel-database-check"])
def test_units_are_in_a_sandbox(host, unit):
    rating = host.check_output(f"systemd-analyze security --no-pager {unit}.service | tail -1")
    assert float(rating.split()[-3]) < 5
