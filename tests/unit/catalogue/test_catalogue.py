"""What a catalogue entry is turned into."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel import catalogue

CONTEXT = {
    "auth": {"username": "admin"},
    "ca_file": "/etc/corbel/tls/ca.pem",
    "region": "RegionOne",
    "password": "marker",
    "internal_name": "192.0.2.10",
    "public_name": "cloud.example.com",
}


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "name": "example",
        "title": "OpenStack Example",
        "environment": "control",
        "identity": {"type": "example", "roles": ["service"], "path": "/v1"},
        "apis": [{"name": "example-api", "port": 9999, "module": "example.wsgi", "health": "/", "endpoint": True}],
        "daemons": [{"name": "example-engine", "command": ["example-engine"]}],
        "files": [{"path": "/etc/example/example.conf", "template": "example.conf.j2"}],
        **changes,
    }


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("nova", "/etc/nova/nova.conf", "nova_conf_overrides"),
        ("glance", "/etc/glance/glance-api.conf", "glance_api_conf_overrides"),
        ("neutron", "/etc/neutron/ml2_conf.ini", "neutron_ml2_conf_ini_overrides"),
        ("nova_compute", "/etc/nova/nova.conf", "nova_compute_nova_conf_overrides"),
        ("nova_compute", "/etc/nova/nova_compute.conf", "nova_compute_conf_overrides"),
    ],
)
def test_override_variable(name: str, path: str, expected: str) -> None:
    assert catalogue.override_variable(name, path) == expected


def test_only_ini_files_take_overrides() -> None:
    files = [{"path": "/etc/example/example.conf"}, {"path": "/etc/example/policy.yaml"}]
    assert catalogue.override_variables(entry(files=files)) == ["example_conf_overrides"]


def test_bundle_has_a_unit_for_every_program_and_its_account() -> None:
    bundle = catalogue.service_bundle_spec(entry(), {})
    assert [unit["name"] for unit in bundle["units"]] == ["example-api.service", "example-engine.service"]
    assert bundle["users"] == [{"name": "example", "group": "example", "home": "/var/lib/example", "groups": []}]
    assert {"path": "/etc/example", "owner": "root", "group": "example", "mode": "0750"} in bundle["directories"]


def test_configuration_is_secret_and_not_readable_by_others() -> None:
    (configuration, uwsgi) = catalogue.service_bundle_spec(entry(), {})["files"]
    assert (configuration["mode"], configuration["owner"], configuration["group"]) == ("0640", "root", "example")
    assert configuration["secret"] is True
    assert uwsgi["path"] == "/etc/example/example-api.uwsgi.ini"
    assert uwsgi["units"] == ["example-api.service"]


def test_overrides_reach_their_file_only() -> None:
    overrides = {"example_conf_overrides": {"DEFAULT": {"debug": True}}}
    files = catalogue.service_bundle_spec(entry(), overrides)["files"]
    assert [item.get("overrides") for item in files] == [{"DEFAULT": {"debug": True}}, None]


def test_part_of_another_service_uses_its_account() -> None:
    bundle = catalogue.service_bundle_spec(entry(name="example_agent", user="example", apis=[]), {})
    assert bundle["users"][0]["name"] == "example"
    assert bundle["directories"][0]["path"] == "/etc/example"


def test_an_entry_may_give_its_state_directory_other_rights() -> None:
    own = {"path": "/var/lib/example", "owner": "example", "group": "example", "mode": "0711"}
    directories = catalogue.service_bundle_spec(entry(directories=[own]), {})["directories"]
    assert [item for item in directories if item["path"] == "/var/lib/example"] == [own]


def test_a_shell_is_given_only_where_an_entry_asks_for_one() -> None:
    assert "shell" not in catalogue.service_bundle_spec(entry(), {})["users"][0]
    asks = entry() | {"shell": "/bin/sh"}
    assert catalogue.service_bundle_spec(asks, {})["users"][0]["shell"] == "/bin/sh"


def test_identity_has_both_endpoints_and_no_admin_one() -> None:
    spec = catalogue.identity_spec(entry(), CONTEXT)
    assert [(e["interface"], e["url"]) for e in spec["endpoints"]] == [
        ("internal", "https://192.0.2.10:9999/v1"),
        ("public", "https://cloud.example.com:9999/v1"),
    ]
    assert spec["assignments"][0]["project"] == "service"
    assert spec["users"][0]["password"] == "marker"


def test_apis_may_answer_for_services_of_further_types() -> None:
    apis = [*entry()["apis"], {"name": "example-query", "port": 9998, "module": "example.query", "health": "/"}]
    more = [{"type": "query", "name": "example-query", "title": "Example Query", "api": "example-query", "path": "/v2"}]
    spec = catalogue.identity_spec(entry(apis=apis, identity={"type": "example", "endpoints": more}), CONTEXT)
    assert [(one["name"], one["type"]) for one in spec["services"]] == [
        ("example", "example"),
        ("example-query", "query"),
    ]
    assert [(one["service_type"], one["url"]) for one in spec["endpoints"] if one["interface"] == "public"] == [
        ("example", "https://cloud.example.com:9999"),
        ("query", "https://cloud.example.com:9998/v2"),
    ]


def test_endpoint_of_no_api_is_refused() -> None:
    more = [{"type": "query", "name": "q", "title": "Query", "api": "example-query"}]
    with pytest.raises(catalogue.CatalogueError, match=r"type 'query' for API 'example-query'.*example-api"):
        catalogue.identity_spec(entry(identity={"type": "example", "endpoints": more}), CONTEXT)


def test_account_without_endpoints() -> None:
    spec = catalogue.identity_spec(entry(identity={"roles": ["admin", "service"]}), CONTEXT)
    assert "endpoints" not in spec
    assert [a["role"] for a in spec["assignments"]] == ["admin", "service"]


def test_two_endpoints_are_refused_with_the_entry_named() -> None:
    apis = [{"name": "a", "port": 1, "endpoint": True}, {"name": "b", "port": 2, "endpoint": True}]
    with pytest.raises(catalogue.CatalogueError, match=r"'example'.*2 APIs.*exactly one"):
        catalogue.identity_spec(entry(apis=apis), CONTEXT)


def test_entry_without_a_name_is_refused() -> None:
    with pytest.raises(catalogue.CatalogueError, match="no 'name'"):
        catalogue.service_bundle_spec({}, {})


class Refused(Exception):
    """Stands for Ansible's error of a filter."""


def test_a_filter_calls_its_function() -> None:
    assert catalogue.as_filter(catalogue.override_variables, Refused)(entry()) == ["example_conf_overrides"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("example", "identity_spec: the input is a str; a catalogue entry is expected"),
        (entry(), "identity_spec: no identity"),
    ],
)
def test_a_filter_names_itself_when_it_refuses(value: Any, message: str) -> None:
    def identity_spec(_entry: Any, _context: Any) -> Any:
        raise catalogue.CatalogueError("no identity")

    with pytest.raises(Refused, match=message):
        catalogue.as_filter(identity_spec, Refused)(value, CONTEXT)
