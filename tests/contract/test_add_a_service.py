"""docs/add_a_service.md is followed to the letter: its blocks must make a deployment."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.corbel import catalogue

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "add_a_service.md"


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", PAGE.read_text(), re.S | re.M)
    return [textwrap.dedent(body) for _, body in found]


@pytest.fixture(scope="module")
def entry() -> dict[str, Any]:
    return yaml.safe_load(blocks("yaml")[0])["service_catalogue_example"]


def test_the_entry_makes_a_bundle_and_an_identity(entry: dict[str, Any]) -> None:
    bundle = catalogue.service_bundle_spec(entry, {})
    assert [unit["name"] for unit in bundle["units"]] == ["example-api.service", "example-engine.service"]
    context = dict.fromkeys(("auth", "ca_file", "region", "password", "internal_name", "public_name"), "x")
    assert len(catalogue.identity_spec(entry, context)["endpoints"]) == 2


def test_the_entry_has_the_keys_of_the_real_ones(entry: dict[str, Any]) -> None:
    folder = ROOT / "roles" / "service_catalogue" / "defaults" / "main"
    glance = yaml.safe_load((folder / "glance.yml").read_text())["service_catalogue_glance"]
    assert set(entry) == set(glance)


def test_the_port_of_the_example_is_free(entry: dict[str, Any]) -> None:
    taken = "\n".join(path.read_text() for path in (ROOT / "roles" / "service_catalogue").rglob("*.yml"))
    assert f"port: {entry['apis'][0]['port']}" not in taken


def test_the_role_and_the_play_are_the_lines_that_glance_has() -> None:
    _, role, play = blocks("yaml")
    real = yaml.safe_load((ROOT / "roles/glance/tasks/main.yml").read_text())
    assert yaml.safe_load(role.replace("Example", "Glance").replace("example", "glance")) == real
    plays = yaml.safe_load((ROOT / "playbooks/services.yml").read_text())
    assert yaml.safe_load(play.replace("Example", "Glance").replace("example", "glance"))[0] in plays


def test_the_template_uses_macros_that_exist() -> None:
    (template,) = blocks("jinja")
    macros = (ROOT / "roles" / "openstack_service" / "templates" / "_macros.j2").read_text()
    there = set(re.findall(r"macro (\w+)\(", macros))
    imported = re.search(r"import (.*?) with context", template)
    assert imported
    assert set(imported[1].split(", ")) <= there
