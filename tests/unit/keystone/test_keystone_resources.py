"""The module as a whole against an identity API in memory."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import keystone_resources
import pytest
from ansible.module_utils.corbel.calls import keystone_resources as calls_keystone_resources
from ansible.module_utils.testing import patch_module_args
from fake_keystone import TOKEN, FakeKeystone, serving

MARKER = "marker-of-a-secret"
Run = Callable[..., dict[str, Any]]

GLANCE: dict[str, Any] = {
    "projects": [{"name": "service", "description": "Accounts of the services"}],
    "roles": [{"name": "service"}],
    "users": [{"name": "glance", "password": MARKER}],
    "assignments": [{"user": "glance", "role": "service", "project": "service"}],
    "services": [{"name": "glance", "type": "image", "description": "OpenStack Image"}],
    "endpoints": [
        {"service_type": "image", "interface": "internal", "url": "https://api:9292"},
        {"service_type": "image", "interface": "public", "url": "https://cloud:9292"},
    ],
}


@pytest.fixture
def fake() -> FakeKeystone:
    return FakeKeystone()


@pytest.fixture
def address(fake: FakeKeystone) -> Iterator[str]:
    with serving(fake) as served:
        yield served


@pytest.fixture
def run(fake: FakeKeystone, address: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(check: bool = False, **arguments: Any) -> dict[str, Any]:
        auth = {"auth_url": address, "username": "admin", "password": "right", "project_name": "admin"}
        given = {"auth": auth, "delay": 0, "retries": 2, "_ansible_check_mode": check, **arguments}
        fake.requests.clear()
        with patch_module_args(given), pytest.raises(SystemExit):
            keystone_resources.main()
        output = capsys.readouterr().out
        assert MARKER not in output
        result: dict[str, Any] = json.loads(output)
        return result

    return call


def test_a_service_is_made_once(fake: FakeKeystone, run: Run) -> None:
    first = run(**GLANCE)
    assert first["changed"]
    assert first["changes"] == [
        "create region 'RegionOne'",
        "create role 'service'",
        "create project 'service' of domain 'Default'",
        "create user 'glance' of domain 'Default'",
        "create service 'glance' of type 'image'",
        "create internal endpoint of service 'glance' (image) in region 'RegionOne'",
        "create public endpoint of service 'glance' (image) in region 'RegionOne'",
        "create role 'service' of user 'glance' of domain 'Default' on project 'service' of domain 'Default'",
    ]
    glance = fake.named("users", "glance")
    assert fake.passwords[glance["id"]] == MARKER
    assert first["ids"]["users"]["Default/glance"] == glance["id"]
    assert len([line for line in fake.requests if "/auth/tokens" in line]) == 1
    assert set(first["ids"]) == {"domains", "projects", "regions", "roles", "services", "users"}
    second = run(**GLANCE)
    assert second["ids"] == first["ids"]
    assert (second["changed"], second["changes"], second["diff"]) == (False, [], {"before": {}, "after": {}})
    assert fake.writes() == []
    # One token, one password tried, and every list once.
    assert len(fake.requests) == len(set(fake.requests)) + 1


def test_check_mode_changes_nothing(fake: FakeKeystone, run: Run) -> None:
    planned = run(check=True, **GLANCE)
    assert fake.writes() == []
    done = run(**GLANCE)
    assert planned["changes"] == done["changes"]
    assert planned["diff"]["after"] == done["diff"]["after"]
    assert done["diff"]["after"]["user 'glance' of domain 'Default'"] == {"password": "(set)"}


@pytest.mark.parametrize(
    ("user", "changed"),
    [
        ({"password": MARKER}, False),
        ({"password": f"{MARKER}-2"}, True),
        ({"password": f"{MARKER}-2", "update_password": "on_create"}, False),
        ({"password": f"{MARKER}-2", "enabled": False}, True),
        ({}, False),
        ({"email": "ops@example.org"}, True),
        ({"options": {"ignore_lockout_failure_attempts": True}}, True),
        ({"default_project": "service"}, True),
        ({"default_project": "service", "default_project_domain": "default"}, True),
        ({"domain": "default", "password": MARKER}, False),
    ],
)
def test_users_converge(fake: FakeKeystone, run: Run, user: dict[str, Any], changed: bool) -> None:
    run(**GLANCE)
    arguments = {"users": [{"name": "glance", **user}]}
    assert run(**arguments)["changed"] is changed
    assert run(**arguments)["changed"] is False


def test_the_password_of_a_disabled_user_is_set_when_it_is_enabled(fake: FakeKeystone, run: Run) -> None:
    user = fake.add("users", name="nova", domain_id="default", enabled=False)
    run(users=[{"name": "nova", "password": MARKER, "enabled": True}])
    assert fake.passwords[user["id"]] == MARKER
    assert user["enabled"]


def test_passwords_are_set_each_time_when_they_are_not_tried(run: Run) -> None:
    run(**GLANCE)
    result = run(verify_passwords=False, **GLANCE)
    assert result["changes"] == ["update user 'glance' of domain 'Default': password"]


def test_an_endpoint_changes_in_place_and_duplicates_go(fake: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    (old,) = [each for each in fake.objects["endpoints"].values() if each["interface"] == "public"]
    fake.add("endpoints", **{name: value for name, value in old.items() if name != "id"})
    moved = {"endpoints": [{"service": "glance", "interface": "public", "url": "https://cloud.example.org:9292"}]}
    result = run(**moved)
    assert result["changes"] == [
        "update public endpoint of service 'glance' (image) in region 'RegionOne': url",
        "delete public endpoint of service 'glance' (image) in region 'RegionOne' (duplicate)",
    ]
    assert old["url"] == "https://cloud.example.org:9292"
    assert run(**moved)["changed"] is False


def test_everything_can_be_removed_again(fake: FakeKeystone, run: Run) -> None:
    before = {name: set(objects) for name, objects in fake.objects.items()}
    everything: dict[str, list[dict[str, Any]]] = {
        **GLANCE,
        "domains": [{"name": "heat"}],
        "regions": [{"name": "RegionOne"}],
        "implied_roles": [{"prior": "admin", "implied": "service"}],
        "assignments": [
            *GLANCE["assignments"],
            {"user": "glance", "role": "admin", "system": "all"},
            {"user": "glance", "role": "admin", "domain": "heat"},
        ],
    }
    assert len(run(**everything)["changes"]) == 12
    assert run(**everything)["changed"] is False
    nothing = {name: [{**item, "state": "absent"} for item in listed] for name, listed in everything.items()}
    planned = run(check=True, **nothing)
    gone = run(**nothing)
    # The endpoints go with their service.
    assert len(gone["changes"]) == 10
    assert gone["ids"] == {"domains": {"Default": "default"}, "roles": {"admin": fake.named("roles", "admin")["id"]}}
    assert planned["changes"] == gone["changes"]
    assert {name: set(objects) for name, objects in fake.objects.items()} == before
    assert fake.relations == set()
    assert run(**nothing)["changed"] is False


def test_a_group_gets_a_role(fake: FakeKeystone, run: Run) -> None:
    group = fake.add("groups", name="operators", domain_id="default")
    arguments = {"assignments": [{"group": "operators", "role": "admin", "project": "admin"}]}
    assert run(**arguments)["changed"]
    assert any(f"groups/{group['id']}" in path for path in fake.relations)
    assert run(**arguments)["changed"] is False


def test_many_names_are_read_as_one_list(fake: FakeKeystone, run: Run) -> None:
    users = [{"name": f"user{number}", "password": "x"} for number in range(6)]
    assignments = [{"user": user["name"], "role": "admin", "project": "admin"} for user in users]
    fake.page = 2
    run(users=users, assignments=assignments)
    assert run(users=users, assignments=assignments)["changed"] is False
    assert "GET /users?domain_id=default" in fake.requests
    assert "GET /role_assignments" in fake.requests


def test_a_list_cut_short_is_read_by_name(fake: FakeKeystone, run: Run) -> None:
    users = [{"name": f"user{number}", "update_password": "on_create"} for number in range(6)]
    fake.truncate = {"users"}
    run(users=users)
    assert run(users=users)["changed"] is False


def test_a_list_that_must_be_whole(fake: FakeKeystone, run: Run) -> None:
    fake.truncate = {"services"}
    assert "raise 'list_limit' in keystone.conf" in run(**GLANCE)["msg"]


@pytest.mark.parametrize(
    "disturbances",
    [
        [("GET", 503), ("GET", 500)],
        [("POST", 503), ("POST", 503)],
        [("PATCH", 502), ("PUT", 504)],
        [("POSTGET", 0)],
        [("PUT", 0)],
    ],
)
def test_short_disturbances_are_ridden_out(fake: FakeKeystone, run: Run, disturbances: list[tuple[str, int]]) -> None:
    fake.disturbances = disturbances
    result = run(**GLANCE)
    assert not result.get("failed"), result
    assert run(**GLANCE)["changed"] is False


def test_an_unconfirmed_creation_is_not_repeated_blindly(fake: FakeKeystone, run: Run, address: str) -> None:
    run(regions=[{"name": "RegionOne"}], services=GLANCE["services"])
    fake.disturbances = [("POST", 0)]
    result = run(auth={"auth_url": address, "token": TOKEN}, endpoints=GLANCE["endpoints"])
    assert not result.get("failed"), result
    assert len(fake.objects["endpoints"]) == 2


def test_a_disturbance_that_stays_is_reported(fake: FakeKeystone, run: Run) -> None:
    fake.disturbances = [("GETPOST", 503)] * 5
    message = run(**GLANCE)["msg"]
    assert "no identity service answers at http://127.0.0.1" in message
    assert "after 3 attempts (status 503, disturbed)" in message


def test_an_object_that_another_run_makes_at_the_same_time(
    fake: FakeKeystone, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = calls_keystone_resources.read_state

    def read_then_lose_the_race(*arguments: Any) -> Any:
        found = read(*arguments)
        if not any(each["name"] == "service" for each in fake.objects["roles"].values()):
            fake.add("roles", name="service", domain_id=None)
        return found

    monkeypatch.setattr(calls_keystone_resources, "read_state", read_then_lose_the_race)
    assert not run(**GLANCE).get("failed")
    assert len(fake.objects["roles"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"auth": {"password": "wrong"}}, "refuses the account 'admin' of domain 'Default'"),
        (
            {"auth": {"username": None, "password": None, "token": "old"}, "roles": [{"name": "a"}]},
            "the token has expired or was revoked",
        ),
        ({"users": [{"name": "a", "domain": "Defualt"}]}, "did you mean 'Default'? Add it to 'domains'"),
        ({"users": [{"name": "Admin"}]}, "Keystone takes both for one name"),
        ({"assignments": [{"user": "admni", "role": "admin", "project": "admin"}]}, "listed in 'users'. Add it"),
        ({"assignments": [{"user": "admin", "role": "admn", "project": "admin"}]}, "did you mean 'admin'?"),
        (
            {"assignments": [{"user": "admin", "role": "admin", "project": "x"}]},
            "neither exists nor is listed in 'proj",
        ),
        ({"assignments": [{"user": "admin", "role": "admin"}]}, "one of the following is required: project, domain"),
        (
            {"assignments": [{"user": "a", "group": "b", "role": "r", "system": "all"}]},
            "mutually exclusive: user|group",
        ),
        ({"users": [{"name": "a"}, {"name": "a", "email": "b"}]}, "listed twice with different contents"),
        ({"endpoints": [{"service_type": "image", "interface": "public", "url": "u"}]}, "service type 'image', which"),
        ({"endpoints": [{"service_type": "image", "interface": "public"}]}, "url"),
        ({"endpoints": [{"service_type": "image", "interface": "pubic", "url": "u"}]}, "public"),
        ({"users": [{"name": "admin", "passwd": "x"}]}, "passwd"),
        ({"ca_file": "/no/such/file"}, "ca_file is /no/such/file and this host has no such file"),
    ],
)
def test_refusals(fake: FakeKeystone, run: Run, address: str, arguments: dict[str, Any], message: str) -> None:
    auth: dict[str, Any] = {"auth_url": address, "username": "admin", "password": "right", "project_name": "admin"}
    auth = {name: value for name, value in (auth | arguments.get("auth", {})).items() if value}
    result = run(**{**arguments, "auth": auth})
    assert result["failed"]
    assert message in result["msg"]
    assert fake.writes() == []


def test_two_services_of_one_name(fake: FakeKeystone, run: Run) -> None:
    for _ in range(2):
        fake.add("services", name="glance", type="image")
    assert "Keystone has 2 services 'glance' of type 'image'" in run(**GLANCE)["msg"]


def test_an_endpoint_that_may_belong_to_two_services(fake: FakeKeystone, run: Run) -> None:
    fake.add("services", name="one", type="image")
    fake.add("services", name="two", type="image")
    endpoint = {"service_type": "image", "interface": "public", "url": "https://cloud"}
    assert "give both 'service_type' and 'service'" in run(endpoints=[endpoint])["msg"]
    assert run(endpoints=[{**endpoint, "service": "two"}])["changed"]


UNREACHABLE = {"auth_url": "http://127.0.0.1:9", "username": "admin", "password": "right", "project_name": "admin"}


def test_check_mode_of_a_fresh_cloud(run: Run) -> None:
    result = run(check=True, auth=UNREACHABLE, **GLANCE)
    assert result["changed"]
    assert len(result["changes"]) == 8
    assert result["ids"] == {}
    assert "taken for not deployed yet" in result["msg"]


def test_check_mode_of_a_fresh_cloud_takes_for_made_what_other_plays_make(run: Run) -> None:
    alone = {name: GLANCE[name] for name in ("users", "assignments", "endpoints")}
    changes = run(check=True, auth=UNREACHABLE, ca_file="/no/such/file", **alone)["changes"]
    assert [change.split()[1] for change in changes] == ["region", "user", "internal", "public", "role"]


@pytest.mark.parametrize("arguments", [{"check": True, "unreachable_in_check": False}, {"check": False}])
def test_a_keystone_that_does_not_answer(run: Run, arguments: dict[str, Any]) -> None:
    result = run(auth=UNREACHABLE, **arguments, **GLANCE)
    assert result["failed"]
    assert "no identity service answers at http://127.0.0.1:9/v3 after 3 attempts" in result["msg"]
