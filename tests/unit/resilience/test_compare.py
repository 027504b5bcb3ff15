"""What counts as a difference between two clouds."""

import pytest

from tests.resilience.compare import compare, faults

CLEAN = {"a": {"file": {"/etc/x": "root:root 0644 1"}, "ring": {"object.ring.gz": "r1"}}}


def test_equal_digests_have_no_difference() -> None:
    assert compare(CLEAN, CLEAN, drawn=False) == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"a": {"file": {"/etc/x": "root:root 0600 1"}}}, "a file /etc/x: root:root 0644 1 in the clean cloud, root"),
        ({"a": {"file": {}}}, "a file /etc/x: root:root 0644 1 in the clean cloud, missing here"),
        ({"a": {**CLEAN["a"], "queue": {"account x": "[]"}}}, "a queue account x: missing in the clean cloud, [] here"),
        ({**CLEAN, "b": {"unit": {"u": "v"}}}, "b unit u: missing in the clean cloud, v here"),
    ],
)
def test_a_difference_is_named(found: dict[str, dict[str, dict[str, str]]], said: str) -> None:
    differences = [str(one) for one in compare(CLEAN, found, drawn=True)]
    assert len(differences) == 1
    assert differences[0].startswith(said)


def test_rings_of_two_deployments_need_not_be_equal() -> None:
    found = {"a": {**CLEAN["a"], "ring": {"object.ring.gz": "r2"}}}
    assert compare(CLEAN, found, drawn=True) == []
    assert len(compare(CLEAN, found, drawn=False)) == 1


@pytest.mark.parametrize(
    ("part", "value", "wrong"),
    [
        ("unit", "enabled active runs as configured", False),
        ("unit", "enabled active runs something else", True),
        ("unit", "enabled failed runs nothing", True),
        ("unit", "- inactive runs nothing", False),
        ("record", "complete -", False),
        ("record", "incomplete -", True),
        ("certificate", "trusted, its key", False),
        ("certificate", "trusted, another key", True),
        ("load_balancer", "taken out", True),
        ("file", "absent", True),
        ("grant", "2 grants 1a", False),
    ],
)
def test_what_is_wrong_by_itself(part: str, value: str, wrong: bool) -> None:
    assert bool(faults({"a": {part: {"x": value}}})) is wrong


def test_rings_differ_from_host_to_host() -> None:
    found = {"a": {"ring": {"r": "1"}}, "b": {"ring": {"r": "2"}}, "c": {}}
    assert faults(found) == ["a, b ring r: differs from host to host"]
