"""The change as a pure function of what there is and what is wanted."""

from typing import Any

import pytest
from ansible.module_utils.corbel.keystone_model import KeystoneError, State, Step, Wanted, presumed_state
from ansible.module_utils.corbel.keystone_plan import ORDER, compute_change, diff

GLANCE = ("Default", "glance")
SERVICE = ("Default", "service")
IMAGE = {"id": "s1", "type": "image", "name": "glance", "description": "Images", "enabled": True}


def state(**change: Any) -> State:
    """A Keystone with a service that is completely there."""
    endpoint = {"service_id": "s1", "interface": "public", "region_id": "RegionOne", "enabled": True}
    usual: dict[str, Any] = {
        "domains": {("Default",): {"id": "default", "enabled": True}},
        "regions": {("RegionOne",): {"id": "RegionOne", "description": ""}},
        "roles": {("service",): {"id": "r1", "description": None}, ("admin",): {"id": "r2", "description": None}},
        "projects": {SERVICE: {"id": "p1", "description": "", "enabled": True}},
        "users": {GLANCE: {"id": "u1", "enabled": True, "default_project_id": "p1", "options": {"a": True}}},
        "services": [IMAGE],
        "endpoints": [{"id": "e1", "url": "https://one", **endpoint}],
        "assignments": {("user", *GLANCE, "service", "project", *SERVICE)},
        "implied_roles": {("admin", "service")},
        "passwords": {GLANCE: True},
    }
    return State(**(usual | change))


def user(**change: Any) -> dict[str, Any]:
    return {"name": "glance", "domain": "Default", "password": "p", "update_password": "always", **change}


def endpoint(**change: Any) -> dict[str, Any]:
    return {"service_type": "image", "interface": "public", "url": "https://one", **change}


def assignment(**change: Any) -> dict[str, Any]:
    usual = {"user": "glance", "user_domain": "Default", "role": "service"}
    return usual | (change or {"project": "service", "project_domain": "Default"})


def steps(found: State, **wanted: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Action, identifier or kind, and values of each step."""
    return [(step.action, step.id or step.kind, step.values) for step in compute_change(found, Wanted(**wanted))]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param({"users": [user()]}, [], id="password known"),
        pytest.param({"users": [user(options={"a": True})]}, [], id="option as wanted"),
        pytest.param({"users": [user(options={"b": 1})]}, [("update", "u1", {"options": {"b": 1}})], id="option"),
        pytest.param({"users": [user(email="")]}, [], id="no address is an empty address"),
        pytest.param({"users": [user(enabled=False)]}, [("update", "u1", {"enabled": False})], id="disabled"),
        pytest.param({"users": [user(default_project="service")]}, [], id="default project as wanted"),
        pytest.param(
            {"users": [user(name="nova", default_project="service")]},
            [("create", "user", {"password": "p", "default_project": SERVICE})],
            id="new user",
        ),
        pytest.param({"users": [user(name="nova", password=None)]}, [("create", "user", {})], id="without password"),
        pytest.param({"users": [user(state="absent")]}, [("delete", "u1", {})], id="user removed"),
        pytest.param({"users": [user(name="nova", state="absent")]}, [], id="user absent"),
        pytest.param(
            {"projects": [{"name": "service", "domain": "Default", "description": "x", "enabled": None}]},
            [("update", "p1", {"description": "x"})],
            id="project described",
        ),
        pytest.param({"services": [{"type": "image", "name": "glance"}]}, [], id="service as wanted"),
        pytest.param(
            {"services": [{"type": "image", "name": "pictures"}]},
            [("update", "s1", {"name": "pictures"})],
            id="renamed",
        ),
        pytest.param(
            {"services": [{"type": "image", "name": "glance"}, {"type": "image", "name": "other"}]},
            [("create", "service", {"name": "other"})],
            id="second service of a type",
        ),
        pytest.param(
            {"services": [{"type": "image", "state": "absent"}]}, [("delete", "s1", {})], id="service removed"
        ),
        pytest.param(
            {"services": [{"type": "dns"}]}, [("create", "service", {"name": "dns"})], id="service without name"
        ),
        pytest.param({"endpoints": [endpoint()]}, [], id="endpoint as wanted"),
        pytest.param(
            {"endpoints": [endpoint(url="https://two")]},
            [("update", "e1", {"url": "https://two"})],
            id="endpoint moved",
        ),
        pytest.param(
            {"endpoints": [endpoint(region="RegionTwo")]},
            [("create", "region", {}), ("create", "endpoint", {"url": "https://one"})],
            id="endpoint in a new region",
        ),
        pytest.param({"endpoints": [endpoint(state="absent")]}, [("delete", "e1", {})], id="endpoint removed"),
        pytest.param({"endpoints": [endpoint(service_type="dns", state="absent")]}, [], id="endpoint of no service"),
        pytest.param({"assignments": [assignment()]}, [], id="assignment as wanted"),
        pytest.param({"assignments": [assignment(system="all")]}, [("create", "assignment", {})], id="on the system"),
        pytest.param({"assignments": [assignment(domain="Default")]}, [("create", "assignment", {})], id="on a domain"),
        pytest.param({"implied_roles": [{"prior": "admin", "implied": "service"}]}, [], id="implied as wanted"),
        pytest.param(
            {"implied_roles": [{"prior": "service", "implied": "admin"}]},
            [("create", "implied role", {})],
            id="implied",
        ),
    ],
)
def test_compute_change(wanted: dict[str, Any], expected: list[tuple[str, str, dict[str, Any]]]) -> None:
    assert steps(state(), **wanted) == expected


@pytest.mark.parametrize(
    ("known", "update", "enabled", "sets"),
    [
        ({GLANCE: True}, "always", True, False),
        ({GLANCE: False}, "always", True, True),
        ({}, "always", True, True),
        ({}, "always", None, True),
        ({}, "always", False, False),
        ({GLANCE: False}, "on_create", True, False),
    ],
)
def test_when_a_password_is_set(known: dict[Any, bool], update: str, enabled: bool | None, sets: bool) -> None:
    changes = steps(state(passwords=known), users=[user(update_password=update, enabled=enabled)])
    assert any("password" in values for _, _, values in changes) is sets


@pytest.mark.parametrize(("url", "kept"), [("https://a", "e1"), ("https://b", "e2"), ("https://c", "e1")])
def test_of_duplicates_the_one_with_the_wanted_address_stays(url: str, kept: str) -> None:
    place = {"service_id": "s1", "interface": "public", "region_id": "RegionOne"}
    found = [{"id": "e2", "url": "https://b", **place}, {"id": "e1", "url": "https://a", **place}]
    changes = compute_change(state(endpoints=found), Wanted(endpoints=[endpoint(url=url)]))
    assert [step.id for step in changes if step.action == "delete"] == ["e2" if kept == "e1" else "e1"]
    assert [step.id for step in changes if step.action == "update"] == ([kept] if url == "https://c" else [])


def test_steps_are_in_an_order_that_is_safe_to_stop_in() -> None:
    wanted = {
        "assignments": [assignment(user="nova"), assignment() | {"state": "absent"}],
        "endpoints": [endpoint(state="absent"), endpoint(service_type="compute", region="RegionTwo")],
        "services": [{"type": "compute", "name": "nova"}],
        "users": [user(state="absent"), user(name="nova", domain="new")],
        "projects": [{"name": "p", "domain": "new"}],
        "domains": [{"name": "new"}],
    }
    wanted["assignments"][0] |= {"user_domain": "new"}
    changes = compute_change(state(), Wanted(**wanted))
    made = [ORDER.index(step.kind) for step in changes if step.action == "create"]
    removed = [ORDER.index(step.kind) for step in changes if step.action == "delete"]
    assert made == sorted(made)
    assert removed == sorted(removed, reverse=True)
    assert [step.action for step in changes] == ["create"] * len(made) + ["delete"] * len(removed)


def test_what_is_removed_cannot_be_referred_to() -> None:
    with pytest.raises(KeystoneError, match="needs user 'glance' of domain 'Default', which neither exists"):
        compute_change(state(), Wanted(users=[user(state="absent")], assignments=[assignment()]))


def test_a_diff_shows_no_password() -> None:
    changes = compute_change(
        state(passwords={}),
        Wanted(users=[user(email="a@example.org"), user(name="nova")], endpoints=[endpoint(url="u")]),
    )
    assert diff(changes) == {
        "before": {
            "user 'glance' of domain 'Default'": {"email": None},
            "public endpoint of service 'glance' (image) in region 'RegionOne'": {"url": "https://one"},
        },
        "after": {
            "user 'glance' of domain 'Default'": {"password": "(set)", "email": "a@example.org"},
            "user 'nova' of domain 'Default'": {"password": "(set)"},
            "public endpoint of service 'glance' (image) in region 'RegionOne'": {"url": "u"},
        },
    }


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (Step("create", "group", ("heat", "g")), "create group 'g' of domain 'heat'"),
        (Step("update", "role", ("r",), {"description": "x"}), "update role 'r': description"),
        (Step("delete", "implied role", ("a", "b")), "delete implication of role 'b' by role 'a'"),
        (
            Step("create", "assignment", ("group", "d", "g", "r", "domain", "", "heat")),
            "create role 'r' of group 'g' of domain 'd' on domain 'heat'",
        ),
    ],
)
def test_sentences(step: Step, sentence: str) -> None:
    assert step.sentence() == sentence


def test_a_keystone_to_come_has_what_is_referred_to() -> None:
    wanted = Wanted(
        users=[user(default_project="service")],
        assignments=[assignment(), assignment(group="ops", group_domain="heat", user=None, system="all")],
        implied_roles=[{"prior": "admin", "implied": "reader"}],
        endpoints=[endpoint(), endpoint(service_type=None, service="nova")],
    )
    kinds = [step.kind for step in compute_change(presumed_state(wanted), wanted)]
    assert kinds == ["region", "user", "implied role", "endpoint", "endpoint", "assignment", "assignment"]
