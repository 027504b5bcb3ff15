"""What is read of a host, with commands that give the answers of real ones."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from ansible.module_utils.corbel import cloud_digest, cloud_digest_sql
from ansible.module_utils.corbel.bundle_host import Completed, Host
from ansible.module_utils.corbel.bundle_record import Record, RecordedFile, RecordedUnit, dump
from ansible.module_utils.corbel.bundle_systemd import UnitState

RECORD = Record(
    "glance", release="/opt/r", files={"/etc/x": RecordedFile()}, packages=("chrony", "absent"), users=("root",)
)


def host(root: Path, answers: dict[str, str]) -> Host:
    """A host whose commands are known by their beginning; others are not installed."""

    def run(command: Sequence[str], timeout: float) -> Completed:
        line = " ".join(command)
        return next((Completed(0, out) for start, out in answers.items() if line.startswith(start)), Completed(127))

    return Host(root=root, run=run)


@pytest.mark.parametrize(
    ("state", "wanted", "running", "text"),
    [
        (UnitState(active="active", file="enabled"), "d", "d", "enabled active runs as configured"),
        (UnitState(active="active", file="enabled"), "d", "e", "enabled active runs something else"),
        (UnitState(active="active", file="enabled"), "d", None, "enabled active runs something else"),
        (UnitState(active="failed"), "d", None, "- failed runs nothing"),
    ],
)
def test_a_unit_in_words(state: UnitState, wanted: str, running: str | None, text: str) -> None:
    assert cloud_digest.of_unit(state, wanted, running) == text


def test_a_path_in_words(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("content")
    path.chmod(0o640)
    with_content = cloud_digest.of_path(str(path), True)
    assert " 0640 " in with_content
    assert with_content.endswith(cloud_digest.sha(b"content"))
    assert cloud_digest.of_path(str(path), False).endswith(" 0640")
    (tmp_path / "link").symlink_to("x")
    assert cloud_digest.of_path(str(tmp_path / "link"), True).startswith("link ")
    assert cloud_digest.of_path(str(tmp_path / "none"), True) == "absent"


def test_accounts_have_no_numbers() -> None:
    assert cloud_digest.account("root").startswith("root [")
    assert cloud_digest.account("nobody-of-this-name") == "absent"


def test_packages_and_their_versions(tmp_path: Path) -> None:
    found = cloud_digest.packages(host(tmp_path, {"dpkg-query": "chrony ii  4.6-1\nabsent un \n"}), [RECORD])
    assert found == {"chrony": "ii 4.6-1", "absent": "un"}


def test_bridges_without_what_comes_and_goes(tmp_path: Path) -> None:
    answers = {
        "ovs-vsctl --timeout=30 list-br": "br-ex\nbr-int\n",
        "ovs-vsctl --timeout=30 list-ports br-ex": "eth2\nphy-br-ex\n",
        "ovs-vsctl --timeout=30 list-ports br-int": "tap1\nqr-2\nint-br-ex\n",
    }
    assert cloud_digest.bridges(host(tmp_path, answers)) == {"br-ex": "eth2 phy-br-ex", "br-int": "int-br-ex"}
    assert cloud_digest.bridges(host(tmp_path, {})) == {}


def test_volume_groups_and_pools(tmp_path: Path) -> None:
    pools = "lvs --noheadings --separator   --select segtype=thin-pool "
    answers = {"vgs": "  volumes 2 5118\n", pools: "  volumes volumes-pool\n"}
    found = cloud_digest.volume_groups(host(tmp_path, answers))
    assert found == {"volumes": "2 5118", "volumes/volumes-pool": "thin pool"}


def test_the_queue(tmp_path: Path) -> None:
    start = "rabbitmqctl --quiet --formatter json "
    answers = {
        f"{start}list_users": json.dumps([{"user": "nova", "tags": []}]),
        f"{start}list_vhosts": json.dumps([{"name": "nova", "default_queue_type": "quorum"}]),
        f"{start}list_permissions": json.dumps([{"user": "nova", "configure": ".*", "write": ".*", "read": ".*"}]),
    }
    assert cloud_digest.queue(host(tmp_path, answers)) == {
        "account nova": "[]",
        "virtual host nova": "quorum",
        "rights of nova on nova": ".* .* .*",
    }
    with pytest.raises(ValueError, match="rabbitmqctl list_users ended with 127"):
        cloud_digest.queue(host(tmp_path, {}))


def test_releases_by_their_markers(tmp_path: Path) -> None:
    (tmp_path / "r1").mkdir()
    (tmp_path / "r1/.control.json").write_text('{"sha256": "abc"}')
    assert cloud_digest.markers(tmp_path) == {"r1/control": "abc"}


def test_certificates_that_do_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_digest, "TLS", tmp_path)
    (tmp_path / "host.pem").write_text("")
    answers = {"openssl verify": "", "openssl x509": "PUBLIC", "openssl pkey": "PUBLIC"}
    assert cloud_digest.certificates(host(tmp_path, answers)) == {"host": "trusted, its key"}
    answers = {"openssl x509": "PUBLIC", "openssl pkey": "ANOTHER"}
    assert cloud_digest.certificates(host(tmp_path, answers)) == {"host": "not trusted, another key"}


def test_a_host_with_records(tmp_path: Path) -> None:
    folder = tmp_path / "etc/corbel/bundles"
    folder.mkdir(parents=True)
    units = {"x.service": RecordedUnit(), "y.socket": RecordedUnit(state="any")}
    record = Record("x", complete=False, units=units, files={"/none/x": RecordedFile()})
    (folder / "x.json").write_bytes(dump(record))
    shown = (
        "Id=x.service\nLoadState=loaded\nActiveState=active\n",
        "Id=y.socket\nActiveState=inactive\nUnitFileState=enabled\n",
    )
    found = cloud_digest.collect(host(tmp_path, {"systemctl": "\n".join(shown)}))
    assert found["record"] == {"x": "incomplete -"}
    assert found["file"] == {"/none/x": "absent"}, "what only some hosts have is not missed on the others"
    assert found["unit"] == {"x.service": "- active runs as configured", "y.socket": "enabled"}
    assert found["queue"] == {}


def ask(answers: dict[str, list[list[str]]]) -> cloud_digest_sql.Ask:
    """A server that knows queries by a word in them."""
    return lambda sql: next((rows for word, rows in answers.items() if word in sql), [])


def test_a_schema_does_not_depend_on_the_order_of_its_rows() -> None:
    rows = [["glance", "images", "id", "int"], ["glance", "images", "name", "text"]]
    one = cloud_digest_sql.schemas(ask({"information_schema.columns": rows}))
    assert one == cloud_digest_sql.schemas(ask({"information_schema.columns": rows[::-1]}))
    rows[0][3] = "bigint"
    assert one != cloud_digest_sql.schemas(ask({"information_schema.columns": rows}))
    assert list(one) == ["glance.images"]


def test_revisions_and_markers() -> None:
    answers = {
        "alembic\\_version%": [["glance", "alembic_version"]],
        "table_name = 'corbel_schema'": [["glance"]],
        "version_num": [["b"], ["a"]],
        "release_id": [["glance", "2026.1-x"]],
    }
    found = cloud_digest_sql.schemas(ask(answers))
    assert found == {"glance.alembic_version revision": "a b", "glance migrated for glance": "2026.1-x"}


def test_grants_show_no_password() -> None:
    answers = {"global_priv": [["glance", "%"]], "SHOW GRANTS FOR 'glance'@'%'": [["GRANT x BY PASSWORD '*marker'"]]}
    found = cloud_digest_sql.grants(ask(answers))
    assert found["glance@%"].startswith("1 grants ")
    assert "marker" not in str(found)


def test_a_row_that_is_there_twice_counts_twice() -> None:
    found = cloud_digest_sql.table(
        ask({"keystone.service": [["image", "glance", "1"]] * 2}), {"service": "keystone.service"}
    )
    assert found == {"service image glance 1": "2"}
