"""The documentation of a module says what its arguments are; its examples are accepted by them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

NAMES_OF_MODULES = (
    "host_drift",
    "keystone_resources",
    "ovs_bridges",
    "schema_migration",
    "storage_disks",
    "swift_devices",
    "swift_ring",
    "swift_ring_files",
    "volume_group",
)
MODULES = [importlib.import_module(name) for name in NAMES_OF_MODULES]
NAMES = [module.__name__ for module in MODULES]


def documented(options: dict[str, Any]) -> dict[str, Any]:
    """What a documentation promises of each option."""
    return {
        name: {
            "type": option["type"],
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "default": option.get("default"),
            "choices": option.get("choices"),
            "options": documented(option.get("suboptions", {})),
        }
        for name, option in options.items()
    }


def accepted(options: dict[str, Any]) -> dict[str, Any]:
    """The same of an argument specification."""
    return {
        name: {
            "type": option["type"],
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "default": option.get("default"),
            "choices": option.get("choices"),
            "options": accepted(option.get("options", {})),
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_every_option_is_documented_as_it_is(module: Any) -> None:
    assert documented(yaml.safe_load(module.DOCUMENTATION)["options"]) == accepted(module.ARGUMENTS)


@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_the_examples_are_valid(module: Any) -> None:
    tasks = yaml.safe_load(module.EXAMPLES)
    assert tasks
    for task in tasks:
        result = ArgumentSpecValidator(module.ARGUMENTS).validate(task[module.__name__])
        assert result.error_messages == [], task["name"]


@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_the_documentation_is_complete(module: Any) -> None:
    documentation = yaml.safe_load(module.DOCUMENTATION)
    assert documentation["module"] == module.__name__
    assert {"check_mode", "diff_mode"} <= documentation["attributes"].keys()
    assert all(value.get("description") for value in yaml.safe_load(module.RETURN).values())
