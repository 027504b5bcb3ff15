"""After a comparison, a play is for the hosts on which something differs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hosts_that_differ import hosts_that_differ

DIFFER = {"compared": ["a"], "differs_galera": ["b"], "database": ["a", "b"]}


@pytest.mark.parametrize(
    ("groups", "whole", "pattern"),
    [
        ({"database": ["a", "b"]}, False, "database"),
        (DIFFER, False, "database:&differs_galera"),
        (DIFFER, True, "database"),
        ({"compared": ["a"]}, False, "all:!all"),
        ({"compared": ["a"], "differs_nova": ["a"]}, True, "all:!all"),
        ({"compared": ["a"], "differs_galera": []}, False, "all:!all"),
    ],
)
def test_the_pattern(groups: dict[str, list[str]], whole: bool, pattern: str) -> None:
    assert hosts_that_differ("database", groups, "galera", whole=whole) == pattern


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], {}, "x"), "a pattern and a part as text, not list and str"),
        (("x", [], "x"), "groups as a dictionary, not list"),
    ],
)
def test_wrong_types_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        hosts_that_differ(*arguments)
