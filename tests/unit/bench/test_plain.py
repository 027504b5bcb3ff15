"""The roles as plain tasks: the same files, directories and units, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bench import plain


def tasks_of(folder: Path) -> list[dict[str, Any]]:
    return [task for path in sorted(folder.glob("*/tasks/*.yml")) for task in yaml.safe_load(path.read_text()) or []]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    plain.write(folder)
    return folder


def test_every_bundle_that_has_something_became_plain_tasks(written: Path) -> None:
    bundles = [task for task in tasks_of(plain.ROOT / "roles") if "service_bundle" in task]
    full = [task["name"] for task in bundles if set(task["service_bundle"]) - {"name", "state"}]
    made = [task["name"] for task in tasks_of(written / "roles") if "block" in task]
    assert sorted(made) == sorted(full)
    assert len(made) >= 15


def test_nothing_else_is_run_but_what_leads_there(written: Path) -> None:
    kinds = {
        key
        for task in tasks_of(written / "roles")
        for key in task
        if key.startswith("ansible.builtin.") or key in ("block", "service_bundle", "service_units")
    }
    assert kinds == {"block", "ansible.builtin.include_role", "ansible.builtin.import_tasks"}


def test_lists_of_a_bundle_are_looped_over() -> None:
    bundle = {"name": "one", "files": [{"path": "/etc/one", "template": "one.j2"}], "units": "{{ units }}"}
    made = plain.plain_tasks({"name": "Apply", "service_bundle": bundle, "when": "wanted", "no_log": True})[0]
    assert (made["when"], made["no_log"]) == ("wanted", True)
    assert made["vars"] == {"plain_files": bundle["files"], "plain_units": "{{ units }}"}
    modules = [key.rpartition(".")[2] for task in made["block"] for key in task if key.startswith("ansible.builtin.")]
    assert modules == ["template", "copy", "template", "copy", "file", "template", "systemd_service"]


def test_what_cannot_be_said_plainly_is_named() -> None:
    translation = plain.Translation(plain.ROOT / "roles", Path())
    with pytest.raises(plain.UntranslatableError, match="role one, task Both: found a block, expected single tasks"):
        translation.task("one", {"name": "Both", "block": []})


def test_the_plays_are_those_of_the_services_and_of_what_they_stand_on(written: Path) -> None:
    plays = yaml.safe_load((written / "plain.yml").read_text())
    services = yaml.safe_load(plain.PROFILE.read_text())["corbel_services"]
    assert [play["roles"][0] for play in plays] == [role for _, role in plain.INFRASTRUCTURE] + services
