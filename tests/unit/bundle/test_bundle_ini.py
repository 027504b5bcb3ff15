"""Overrides of options in INI-like files."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel import bundle_ini
from ansible.module_utils.corbel.bundle_spec import BundleError

TEXT = """# a comment
[DEFAULT]
Debug = false
url = http://x:1/%(y)s ; not a comment
device = one
device = two
[other]
flag
empty =
long = a,
  b
colon: v
"""

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"DEFAULT": {"Debug": True}}, "Debug = false", "Debug = true"),
    ({"DEFAULT": {"debug": True}}, "\n[other]", "debug = true\n\n[other]"),
    ({"DEFAULT": {"device": ["three", 4]}}, "device = one\ndevice = two", "device = three\ndevice = 4"),
    ({"DEFAULT": {"device": "three"}}, "device = one\ndevice = two", "device = three"),
    ({"DEFAULT": {"device": None}}, "device = one\ndevice = two\n", ""),
    ({"other": {"flag": "1"}}, "flag\n", "flag = 1\n"),
    ({"new": {"x": 1.5}}, "colon = v\n", "colon = v\n\n[new]\nx = 1.5\n"),
    ({"new": {"x": "a\n[evil]\ny = 1"}}, "colon = v\n", "colon = v\n\n[new]\nx = a\n\t[evil]\n\ty = 1\n"),
    ({"absent": {"x": None}, "gone": None}, "colon = v\n", "colon = v\n\n[absent]\n"),
]
PLAIN = """# Managed

[DEFAULT]
Debug = false
url = http://x:1/%(y)s ; not a comment
device = one
device = two

[other]
flag
empty =
long = a,
\tb
colon = v
"""


@pytest.mark.parametrize(("overrides", "old", "new"), CASES)
def test_overrides(overrides: dict[str, Any], old: str, new: str) -> None:
    assert old in PLAIN
    assert bundle_ini.override(TEXT, overrides, "file x", "Managed") == PLAIN.replace(old, new)


def test_null_removes_a_section() -> None:
    text = bundle_ini.override(TEXT, {"other": None}, "file x", "Managed")
    assert "[other]" not in text
    assert "flag" not in text


def test_result_reads_the_same_again() -> None:
    once = bundle_ini.override(TEXT, {}, "file x", "Managed")
    assert once == PLAIN
    assert bundle_ini.override(once, {}, "file x", "Managed") == once


def test_default_section_does_not_leak_into_others() -> None:
    assert "Debug" not in bundle_ini.parse(TEXT, "file x")["other"]


REFUSED: list[tuple[str, Any, str]] = [
    ("/etc/x.conf", ["a"], "overrides is no dictionary"),
    ("/etc/x.yaml", {"a": {"b": 1}}, "overrides work for files named"),
    ("/etc/x.conf", {"a": 1}, "overrides of section a is no dictionary"),
    ("/etc/x.conf", {"a": {"b": {"c": 1}}}, "override a/b is no plain value"),
    ("/etc/x.conf", {"a": {"b": [None]}}, "override a/b is no plain value"),
    ("/etc/x.conf", {"a": {"b": [["c"]]}}, "override a/b is no plain value"),
]


@pytest.mark.parametrize(("path", "overrides", "message"), REFUSED)
def test_refuses(path: str, overrides: Any, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        bundle_ini.check("file x", path, overrides)


def test_a_template_that_is_no_ini_is_refused_without_showing_its_content() -> None:
    with pytest.raises(BundleError, match="line 1 of the rendered template is no INI") as caught:
        bundle_ini.override("password secret\n", {"a": {"b": 1}}, "file x", "Managed")
    assert "secret" not in str(caught.value)
