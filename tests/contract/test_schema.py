"""The JSON Schemas are valid, take every example inventory, and refuse what the preflight refuses."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from ansible.module_utils.corbel import inventory_knowledge
from referencing import Registry, Resource

from tools import schema

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {path: json.loads(path.read_text()) for path in (schema.VARIABLES, schema.HOSTS)}
VARIABLE_FILES = sorted(
    [*(ROOT / "inventory").glob("*/group_vars/**/*.yml"), *(ROOT / "inventory/profiles").glob("*.yml")]
)
HOST_FILES = sorted([*(ROOT / "inventory").glob("*/hosts.yml"), *(ROOT / "inventory").glob("*/groups.yml")])
KNOWN = inventory_knowledge.read(ROOT)


def mistakes(path: Path, document: Any) -> list[str]:
    """Give what a schema says against a document."""
    registry: Registry[Any] = Registry().with_resources(
        [(one.name, Resource.from_contents(content)) for one, content in SCHEMAS.items()]
    )
    validator = jsonschema.Draft202012Validator(SCHEMAS[path], registry=registry)
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message}" for one in validator.iter_errors(document)]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_one_of_draft_2020_12(path: Path) -> None:
    assert SCHEMAS[path]["$schema"] == schema.DRAFT
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[path])


@pytest.mark.parametrize("path", VARIABLE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_variables_of_an_example_fit(path: Path) -> None:
    assert mistakes(schema.VARIABLES, yaml.safe_load(path.read_text())) == []


@pytest.mark.parametrize("path", HOST_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_hosts_of_an_example_fit(path: Path) -> None:
    assert mistakes(schema.HOSTS, yaml.safe_load(path.read_text())) == []


@pytest.mark.parametrize(
    "path",
    [path for path in (*VARIABLE_FILES, *HOST_FILES) if path.name != "groups.yml" and path.parent.name != "profiles"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_an_example_names_its_schema(path: Path) -> None:
    match = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text())
    assert match, "the first line names the schema"
    assert (path.parent / match[1]).resolve() == (schema.HOSTS if path in HOST_FILES else schema.VARIABLES)


def test_every_public_variable_is_in_the_schema() -> None:
    properties = SCHEMAS[schema.VARIABLES]["properties"]
    assert KNOWN.variables - set(properties) == set()
    assert [name for name in KNOWN.specs if not properties[name].get("description")] == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"corbel_servces": ["nova"]}, "corbel_servces"),
        ({"glance_api_config_overrides": {}}, "glance_api_config_overrides"),
        ({"corbel_release": 2026.1}, "2026.1"),
        ({"corbel_release": "1999.1"}, "1999.1"),
        ({"corbel_no_log": "false"}, "false"),
        ({"corbel_workers": 0}, "0 is not valid"),
        ({"galera_check_port": 70000}, "70000"),
        ({"corbel_networks": {"management": {"cdir": "192.0.2.0/24"}}}, "corbel_networks"),
        ({"corbel_networks": {"management": {"cidr": "192.0.2.0/24", "mtu": 100}}}, "corbel_networks"),
        ({"corbel_provider_networks": [{"name": "a", "type": "vlam", "bridge": "b", "interface": "c"}]}, "vlam"),
        ({"nova_conf_overrides": {"debug": True}}, "nova_conf_overrides"),
        ({"corbel_waived_checks": ["INV-9999"]}, "INV-9999"),
    ],
)
def test_what_is_wrong_is_refused(document: dict[str, Any], words: str) -> None:
    found = mistakes(schema.VARIABLES, document)
    assert any(words in one for one in found), found
    # The same in an inventory file, below a host.
    assert mistakes(schema.HOSTS, {"compute": {"hosts": {"compute1": document}}})


@pytest.mark.parametrize(
    "document",
    [
        {"site_note": 1, "rack": [2], "ansible_user": "deploy"},
        {"corbel_workers": "{{ site_workers }}", "corbel_services": "{{ site_services }}"},
        {"service_catalogue_mine": {"name": "mine"}, "corbel_services": ["keystone", "mine"]},
        {"nova_conf_overrides": {"DEFAULT": {"debug": True, "a": None, "b": ["x", 1]}, "cors": None}},
        {"corbel_waived_checks": ["HOST-010", "HOST-011:storage1"]},
        {"nova_compute_cpu_allocation_ratio": None},
        None,
    ],
)
def test_what_is_right_is_taken(document: Any) -> None:
    assert mistakes(schema.VARIABLES, document) == []


def test_a_renamed_variable_is_marked() -> None:
    known = copy.copy(KNOWN)
    known.renamed = {"corbel_old": {"name": "corbel_old", "since": "0.2.0", "replacement": "corbel_region"}}
    body = schema.variables(known)
    assert body["properties"]["corbel_old"]["deprecated"] is True
    assert "corbel_region" in body["properties"]["corbel_old"]["description"]
    assert list(jsonschema.Draft202012Validator(body).iter_errors({"corbel_old": 1}))
