"""The option lists of a release know every option that the roles' own templates write."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.corbel import inventory_knowledge, option_list
from ansible.module_utils.corbel.catalogue import override_variable

from tools.release.options import sources_digest

ROOT = Path(__file__).resolve().parents[2]
LISTS = sorted((ROOT / "releases").glob("*/options.json.gz"))
ENTRIES = inventory_knowledge.read_entries(ROOT)
FILES = [
    (name, override_variable(name, str(file["path"])), str(file["template"]))
    for name, entry in ENTRIES.items()
    if isinstance(entry.get("files"), list)
    for file in entry["files"]
    if str(file["path"]).endswith((".conf", ".ini"))
]
# Swift does not use oslo.config.
LISTED = [row for row in FILES if not row[1].startswith("swift_")]


def written(template: Path) -> list[tuple[str, str]]:
    """Give the sections and options that a template writes by name."""
    found, section = [], ""
    for line in template.read_text().splitlines():
        if line.startswith("["):
            match = re.fullmatch(r"\[([\w.-]+)\]", line.strip())
            section = match[1] if match else ""
        elif section and (match := re.match(r"([a-z]\w*) = ", line)):
            found.append((section, match[1]))
    return found


def test_every_release_has_its_lists() -> None:
    assert [path.parent for path in LISTS] == [
        path.parent for path in sorted((ROOT / "releases").glob("*/release.yml"))
    ]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.parent.name)
def test_lists_are_of_the_locked_packages(path: Path) -> None:
    made_from = json.loads(gzip.decompress(path.read_bytes()))["made_from"]
    assert made_from == sources_digest(path.parent), "run: make options"


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.parent.name)
def test_lists_are_of_the_files_that_were_asked_for(path: Path) -> None:
    definition = yaml.safe_load(path.with_name("options.yml").read_text())
    asked = {file for one in definition["sets"].values() for file in one["files"]}
    assert asked == set(option_list.read(path))
    assert asked <= {variable for _, variable, _ in FILES}
    assert {variable for _, variable, _ in LISTED} == asked


def test_the_options_of_a_template_are_found() -> None:
    found = written(ROOT / "roles/keystone/templates/keystone.conf.j2")
    assert ("fernet_tokens", "max_active_keys") in found
    assert ("DEFAULT", "key_repository") not in found


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.parent.name)
@pytest.mark.parametrize(("entry", "variable", "template"), LISTED, ids=[variable for _, variable, _ in LISTED])
def test_templates_write_known_options(path: Path, entry: str, variable: str, template: str) -> None:
    known = option_list.read(path)[variable]
    for section, option in written(ROOT / "roles" / entry / "templates" / template):
        found = list(option_list.misfits({section: {option: "$other"}}, known, set()))
        assert [one for one in found if one.check != option_list.OLD] == [], f"[{section}] {option}"
