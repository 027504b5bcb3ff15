"""A variable is followed to the file and line that set it, and secrets are hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import inventory_sources
from ansible.module_utils.corbel.explain_layers import Layers, expression_names, line_of, secret_texts

DEFAULTS = '---\n# One.\nnova_workers: 2\nnova_address: "{{ corbel_vip }}"\nnova_set: x\nnova_password: canary-1\n'
INVENTORY = "all:\n  children:\n    controller:\n      hosts: {one: {nova_set: host}}\n"


@pytest.fixture
def layers(tmp_path: Path) -> Layers:
    (tmp_path / "cloud" / "group_vars").mkdir(parents=True)
    (tmp_path / "cloud" / "hosts.yml").write_text(INVENTORY)
    (tmp_path / "cloud" / "group_vars" / "all.yml").write_text("---\n\ncorbel_vip: 198.51.100.1\n")
    (tmp_path / "cloud" / "group_vars" / "controller.yml").write_text("---\nnova_workers: 4\n")
    defaults = tmp_path / "defaults.yml"
    defaults.write_text(DEFAULTS)
    values: dict[str, Any] = {
        "nova_workers": 4,
        "nova_address": "{{ corbel_vip }}",
        "corbel_vip": "198.51.100.1",
        "nova_set": "host",
        "nova_password": "canary-1",
        "nova_url": "https://x:canary-1@y",
        "groups": {"all": ["one"]},
    }
    return Layers(
        host="one",
        groups=["controller"],
        sources=inventory_sources.read([str(tmp_path / "cloud")], ["nova_extra=1"], tmp_path),
        defaults=dict.fromkeys(("nova_workers", "nova_address", "nova_set", "nova_password"), defaults),
        role={},
        values=values,
        evaluate=lambda raw: values["corbel_vip"] if raw == "{{ corbel_vip }}" else raw,
        root=tmp_path,
        secrets=frozenset({"canary-1"}),
    )


@pytest.mark.parametrize(
    ("name", "layer", "where"),
    [
        ("nova_workers", "group controller", "cloud/group_vars/controller.yml:2"),
        ("nova_address", "role default", "defaults.yml:4"),
        ("nova_set", "host one", "cloud/hosts.yml:4"),
        ("nova_extra", "extra variable", "nova_extra"),
        ("groups", "set by Ansible or by the task", ""),
    ],
)
def test_the_layer_with_the_last_word(layers: Layers, name: str, layer: str, where: str) -> None:
    found = layers.explain(name)
    assert found.layer == layer
    assert where in found.where


def test_what_a_value_was_made_from_is_followed(layers: Layers) -> None:
    found = layers.explain("nova_address")
    assert found.value == "198.51.100.1"
    (inner,) = found.made_from
    assert (inner.name, inner.layer) == ("corbel_vip", "group all")
    assert inner.where.endswith("cloud/group_vars/all.yml:3")


def test_secrets_are_hidden_by_name_and_by_value(layers: Layers) -> None:
    assert "canary" not in str(layers.explain("nova_password").data())
    assert layers.explain("nova_url").value == "https://x:********@y"


def test_a_value_that_only_a_run_knows_says_so(layers: Layers) -> None:
    def fails(raw: Any) -> Any:
        raise ValueError("'__nova_host' is undefined\nand more")

    layers.evaluate = fails
    assert layers.explain("nova_set").value == "(not known now: '__nova_host' is undefined)"


def test_all_hosts_and_groups_are_too_much_to_tell(layers: Layers) -> None:
    assert "value" not in layers.explain("groups").data()


def test_names_of_an_expression() -> None:
    assert expression_names({"a": "{{ one.two | default('three') }} four", "b": ["{% if five %}x{% endif %}"]}) == [
        "one",
        "default",
        "if",
        "five",
        "endif",
    ]


def test_lines_of_variable_files() -> None:
    assert line_of(DEFAULTS, "nova_workers") == 3
    assert line_of(DEFAULTS, "workers") == 0


def test_secrets_are_found_at_any_depth() -> None:
    assert set(secret_texts({"a": "long-secret", "b": ["-----\nlong-line", "abc"], "c": 1})) == {
        "long-secret",
        "long-line",
    }
