"""Accounts of the database and of the queue, roles and endpoints of Keystone, ports of bridges."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from ansible.module_utils.corbel import drift_bridges, drift_database, drift_identity, drift_queue
from ansible.module_utils.corbel.accounts import AccountError
from ansible.module_utils.corbel.drift_item import Item
from ansible.module_utils.corbel.ovs_state import Bridge, Port

HASH = "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19"


class FakeServer:
    """Answers as MariaDB does."""

    def __init__(self, accounts: list[tuple[str, str]], grants: list[str]) -> None:
        self.accounts, self.grants, self.asked = accounts, grants, ""

    def ask(self, statements: str) -> list[list[str]]:
        self.asked = statements
        return [[*one] for one in self.accounts] if "mysql.user" in statements else [[line] for line in self.grants]


OWN = [("root", "localhost"), ("mysql", "localhost"), ("mariadb.sys", "localhost"), ("corbel_check", "localhost")]
NOVA = [
    f"GRANT USAGE ON *.* TO `nova`@`%` IDENTIFIED BY PASSWORD '{HASH}' REQUIRE SSL",
    "GRANT ALL PRIVILEGES ON `nova`.* TO `nova`@`%`",
    "GRANT ALL PRIVILEGES ON `nova\\_api`.* TO `nova`@`%`",
]
DATABASES = {"nova": ["nova", "nova_api"]}


def database(accounts: list[tuple[str, str]], grants: list[str]) -> list[Item]:
    server = FakeServer([*OWN, *accounts], grants)
    found = drift_database.judge(drift_database.read(server), DATABASES)  # type: ignore[arg-type]
    assert "root" not in server.asked
    assert HASH not in repr(found)
    return found


def test_declared_accounts_of_the_database_are_no_drift() -> None:
    assert database([("nova", "%")], NOVA) == []


@pytest.mark.parametrize(
    ("accounts", "grants", "name", "mend", "bundle"),
    [
        (
            [("nova", "%"), ("o'neil", "%")],
            [*NOVA, "GRANT SELECT ON `nova`.* TO `o'neil`@`%`"],
            "account o'neil@%",
            """mariadb --execute='DROP USER '"'"'o'"'"''"'"'neil'"'"'@'"'"'%'"'"''""",
            "",
        ),
        (
            [("nova", "%"), ("nova", "localhost")],
            NOVA,
            "account nova@localhost",
            """mariadb --execute='DROP USER '"'"'nova'"'"'@'"'"'localhost'"'"''""",
            "",
        ),
        (
            [("nova", "%")],
            [*NOVA, "GRANT SELECT ON `keystone`.* TO `nova`@`%`"],
            "account nova: rights on `keystone`.*",
            "",
            "nova",
        ),
        (
            [("nova", "%")],
            ["GRANT SUPER ON *.* TO `nova`@`%`", *NOVA[1:]],
            "account nova: rights on *.*",
            "",
            "nova",
        ),
        (
            [("nova", "%")],
            [NOVA[0], f"{NOVA[1]} WITH GRANT OPTION", NOVA[2]],
            "account nova: rights on `nova`.*",
            """mariadb --execute='REVOKE GRANT OPTION ON `nova`.* FROM '"'"'nova'"'"'@'"'"'%'"'"''""",
            "",
        ),
        (
            [("nova", "%")],
            [*NOVA, "GRANT SELECT ON *.* TO `corbel_check`@`localhost`"],
            "account corbel_check@localhost",
            """mariadb --execute='DROP USER '"'"'corbel_check'"'"'@'"'"'localhost'"'"''""",
            "",
        ),
        (
            [("nova", "%")],
            [*NOVA, "GRANT EXECUTE ON PROCEDURE `keystone`.`p` TO `nova`@`%`"],
            "account nova: rights on PROCEDURE `keystone`.`p`",
            """mariadb --execute='REVOKE EXECUTE ON PROCEDURE `keystone`.`p` FROM '"'"'nova'"'"'@'"'"'%'"'"''""",
            "",
        ),
        ([("nova", "%")], NOVA[:2], "account nova: rights on nova_api", "", "nova"),
        (
            [("nova", "%")],
            [*NOVA, "GRANT `staff` TO `nova`@`%`"],
            "account nova: rights on role `staff`",
            """mariadb --execute='REVOKE `staff` FROM '"'"'nova'"'"'@'"'"'%'"'"''""",
            "",
        ),
        ([], [], "account nova", "", "nova"),
    ],
)
def test_the_database(accounts: list[tuple[str, str]], grants: list[str], name: str, mend: str, bundle: str) -> None:
    (item,) = database(accounts, grants)
    assert (item.kind, item.name, item.mend, item.bundle) == ("database", name, mend, bundle)


def queue(**changes: Any) -> list[Item]:
    found: dict[str, Any] = {
        "users": [{"name": "nova", "password_hash": HASH, "tags": []}],
        "vhosts": [{"name": "nova"}, {"name": "/"}],
        "permissions": [{"user": "nova", "vhost": "nova", "configure": ".*", "write": ".*", "read": ".*"}],
    }
    return drift_queue.judge({**found, **changes}, {"nova": "nova"})


def test_declared_accounts_of_the_queue_are_no_drift() -> None:
    assert queue() == []


RIGHTS = {"configure": ".*", "write": ".*", "read": ".*"}
OWN_RIGHTS = {"user": "nova", "vhost": "nova", **RIGHTS}


@pytest.mark.parametrize(
    ("changes", "name", "mend", "bundle"),
    [
        (
            {"users": [{"name": "nova", "tags": []}, {"name": "a b", "password_hash": HASH, "tags": []}]},
            "account a b",
            "rabbitmqctl delete_user 'a b'",
            "",
        ),
        (
            {"users": [{"name": "nova", "tags": ["administrator"]}]},
            "account nova: tags",
            "rabbitmqctl set_user_tags nova",
            "",
        ),
        (
            {"vhosts": [{"name": "nova"}, {"name": "other"}]},
            "virtual host other",
            "rabbitmqctl delete_vhost other",
            "",
        ),
        (
            {"permissions": [OWN_RIGHTS, {"user": "nova", "vhost": "/", **RIGHTS}]},
            "account nova: permissions on /",
            "rabbitmqctl clear_permissions --vhost / nova",
            "",
        ),
        (
            {"permissions": [{**OWN_RIGHTS, "read": ""}]},
            "account nova: permissions on nova",
            "rabbitmqctl set_permissions --vhost nova nova '.*' '.*' '.*'",
            "",
        ),
        ({"users": []}, "account nova", "", "nova"),
        ({"vhosts": []}, "virtual host nova", "", "nova"),
    ],
)
def test_the_queue(changes: dict[str, Any], name: str, mend: str, bundle: str) -> None:
    (item,) = queue(**changes)
    assert (item.kind, item.name, item.mend, item.bundle) == ("queue", name, mend, bundle)
    assert HASH not in repr(item)


def test_an_answer_of_the_queue_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        returncode, stdout, stderr = 0, "nothing", ""

    monkeypatch.setattr(drift_queue, "run", lambda *words, **options: Done)
    with pytest.raises(AccountError, match="gave no JSON, expected the definitions"):
        drift_queue.read()


def test_a_queue_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*words: Any, **options: Any) -> None:
        raise subprocess.TimeoutExpired("rabbitmqctl", 60)

    monkeypatch.setattr(drift_queue, "run", late)
    with pytest.raises(AccountError, match="took more than 60 s; is the cluster up"):
        drift_queue.read()


DECLARED = {
    "region": "RegionOne",
    "services": [{"type": "compute", "name": "nova", "entry": "nova"}],
    "endpoints": [{"type": "compute", "interface": "internal", "url": "https://198.51.100.10:8774", "entry": "nova"}],
    "assignments": [{"user": "nova", "role": "service", "entry": "nova"}],
    "accounts": ["nova"],
    "allowed_types": ["rating"],
}
SERVICE = {"id": "s1", "type": "compute", "name": "nova"}
ENDPOINT = {
    "id": "e1",
    "service_id": "s1",
    "interface": "internal",
    "region_id": "RegionOne",
    "url": "https://198.51.100.10:8774",
    "enabled": True,
}


def role(kind: str, name: str, role: str, **scope: Any) -> dict[str, Any]:
    actor = {"id": f"{name}-id", "name": name, "domain": {"name": "Default"}}
    return {kind: actor, "role": {"id": "r", "name": role}, "scope": scope}


OURS = {"project": {"id": "p1", "name": "service"}}
GIVEN = role("user", "nova", "service", **OURS)


def identity(
    services: tuple[Any, ...] = (SERVICE,), endpoints: tuple[Any, ...] = (ENDPOINT,), roles: tuple[Any, ...] = (GIVEN,)
) -> list[Item]:
    return drift_identity.judge(drift_identity.Found(list(services), list(endpoints), list(roles)), DECLARED)


def test_what_the_catalogue_declares_and_operators_own_are_no_drift() -> None:
    rating = {"id": "s2", "type": "rating", "name": "cloudkitty"}
    theirs = {**ENDPOINT, "id": "e2", "service_id": "s2"}
    other_region = {**ENDPOINT, "id": "e3", "region_id": "RegionTwo", "url": "https://203.0.113.9"}
    assert identity((SERVICE, rating), (ENDPOINT, theirs, other_region)) == []
    # A service that another region alone has.
    remote = {"id": "s3", "type": "dns", "name": "designate"}
    assert identity((SERVICE, remote), (ENDPOINT, {**other_region, "service_id": "s3"})) == []
    # People's roles in their own projects are never asked for; those on other scopes of others are left alone.
    assert identity(roles=(GIVEN, role("user", "ann", "member", project={"id": "p2", "name": "shop"}))) == []


@pytest.mark.parametrize(
    ("changes", "name", "mend", "bundle"),
    [
        (
            {"services": (SERVICE, {"id": "s9", "type": "dns", "name": "x"})},
            "service x (dns)",
            "openstack service delete s9",
            "",
        ),
        (
            {"endpoints": (ENDPOINT, {**ENDPOINT, "id": "e9", "url": "https://203.0.113.66"})},
            "internal endpoint of compute: https://203.0.113.66",
            "openstack endpoint delete e9",
            "",
        ),
        (
            {"endpoints": (ENDPOINT, {**ENDPOINT, "id": "e9", "interface": "admin"})},
            "admin endpoint of compute: https://198.51.100.10:8774",
            "openstack endpoint delete e9",
            "",
        ),
        (
            {"endpoints": ({**ENDPOINT, "enabled": False},)},
            "internal endpoint of compute: https://198.51.100.10:8774",
            "openstack endpoint set --enable e1",
            "",
        ),
        ({"endpoints": ()}, "internal endpoint of compute: https://198.51.100.10:8774", "", "nova"),
        ({"roles": ()}, "role service of user nova on project service", "", "nova"),
        (
            {"roles": (GIVEN, role("user", "nova", "admin", **OURS))},
            "role admin of user nova on project service",
            "openstack role remove --user nova --user-domain Default --project service admin",
            "",
        ),
        (
            {"roles": (GIVEN, role("user", "nova", "admin", system={"all": True}))},
            "role admin of user nova on the system",
            "openstack role remove --user nova --user-domain Default --system all admin",
            "",
        ),
        (
            {
                "roles": (
                    GIVEN,
                    role("group", "ops", "service", project=OURS["project"], **{"OS-INHERIT:inherited_to": "projects"}),
                )
            },
            "role service of group ops on project service and what is below it",
            "openstack role remove --group ops --group-domain Default --project service --inherited service",
            "",
        ),
    ],
)
def test_identity(changes: dict[str, Any], name: str, mend: str, bundle: str) -> None:
    (item,) = identity(**changes)
    assert (item.kind, item.name, item.mend, item.bundle) == ("identity", name, mend, bundle)


def test_a_missing_service_is_mended_by_its_entry() -> None:
    assert [(item.name, item.bundle) for item in identity(services=(), endpoints=())] == [
        ("service nova (compute)", "nova"),
        ("internal endpoint of compute: https://198.51.100.10:8774", "nova"),
    ]


ANSWERS: dict[str, list[dict[str, Any]]] = {
    "services": [SERVICE],
    "endpoints": [ENDPOINT],
    "role_assignments": [GIVEN],
}


class FakeKeystone:
    """Answers the questions of drift, and notes them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []

    def list(self, path: str, collection: str, **query: str) -> tuple[list[dict[str, Any]], bool]:
        self.asked.append((path, query))
        if collection in ("users", "projects"):
            return [{"id": f"{query['name']}-id"}], False
        return ANSWERS[collection], False


def test_identity_is_asked_for_the_services_accounts_and_project_only() -> None:
    keystone = FakeKeystone()
    found = drift_identity.read(keystone, ["nova"])  # type: ignore[arg-type]
    # Found by project and by user, counted once.
    assert found.assignments == [GIVEN]
    filters = [query for path, query in keystone.asked if path == "/role_assignments"]
    assert filters == [
        {"scope.project.id": "service-id", "include_names": "true"},
        {"user.id": "nova-id", "include_names": "true"},
    ]


def bridge(*ports: Port) -> dict[str, Bridge]:
    return {"br-ex": Bridge("br-ex", ports={port.name: port for port in ports}), "br-int": Bridge("br-int")}


ETH, PATCH = Port("eth3", interfaces=["eth3"]), Port("phy-br-ex", type="patch", interfaces=["phy-br-ex"])
WANTED = [{"name": "br-ex", "ports": ["eth3"]}]


def test_bridges_with_their_ports_are_no_drift() -> None:
    assert drift_bridges.judge(bridge(ETH, PATCH), WANTED) == []


@pytest.mark.parametrize(
    ("found", "name", "mend", "bundle"),
    [
        (
            bridge(ETH, PATCH, Port("tap9", type="internal", interfaces=["tap9"])),
            "br-ex: port tap9",
            "ovs-vsctl del-port br-ex tap9",
            "",
        ),
        (bridge(PATCH), "br-ex: port eth3", "", "neutron_openvswitch"),
        ({}, "br-ex", "", "neutron_openvswitch"),
    ],
)
def test_bridges(found: dict[str, Bridge], name: str, mend: str, bundle: str) -> None:
    (item,) = drift_bridges.judge(found, WANTED)
    assert (item.kind, item.name, item.mend, item.bundle) == ("bridge", name, mend, bundle)
