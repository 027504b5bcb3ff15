"""Whether what was changed is what was planned."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.corbel import plan_applied, plan_model
from ansible.module_utils.corbel.plan_change import BOOKS, step_key
from ansible.module_utils.corbel.plan_collect import Item
from ansible.module_utils.corbel.plan_compare import Verdict, compare, judge, needless

from tests.unit.plan.samples import plan


def item(kind: str, name: str, action: str, host: str = "one") -> Item:
    return Item(host, "service", kind, name, action)


PACKAGE = item("package", "memcached", "install")


def test_what_was_done_is_compared_change_by_change() -> None:
    planned = plan().items
    assert compare(planned, planned) == ([], [])
    beyond = Item("compute2", "nova_compute", "file", "/etc/x", "create")
    assert compare(planned, [*planned[1:], beyond]) == ([beyond], [planned[0]])


def test_the_verdict_excuses_what_was_needless() -> None:
    start, brought, surprise = (
        item("unit", "x.service", "start"),
        item("account", "group x", "create"),
        item("file", "/x", "create"),
    )
    assert judge([PACKAGE, brought, start], [PACKAGE, surprise]) == Verdict([surprise], [start], [brought])
    assert judge([PACKAGE], [PACKAGE]) == Verdict([], [], [])


@pytest.mark.parametrize(
    ("kind", "planned", "made", "fits"),
    [
        ("file", "create", "change", True),
        ("file", "change", "remove", False),
        ("account", "create", "change", True),
        ("identity", "create", "update", True),
        ("identity", "update", "delete", False),
        ("unit", "start", "restart", True),
        ("unit", "restart", "start", True),
        ("unit", "reload", "restart", False),
        ("unit", "enable", "enable", True),
        ("unit", "enable", "restart", False),
        ("unit", "start", "enable", False),
        ("unit", "disable", "stop", True),
        ("unit", "start", "stop", False),
        ("database", "create", "change", False),
    ],
)
def test_what_may_be_made_where_something_else_was_planned(
    tmp_path: Path, kind: str, planned: str, made: str, fits: bool
) -> None:
    wanted, done = item(kind, "x", planned), item(kind, "x", made)
    assert compare([wanted], [done]) == (([], []) if fits else ([done], [wanted]))
    # The run itself is told the same.
    path = tmp_path / "plan.json"
    plan_model.write(path, plan_model.to_text(plan_model.Plan(items=[wanted])))
    allowed = plan_applied.allowed({plan_applied.VARIABLE: str(path)}, "one")
    assert (step_key(kind, "x", made) in (allowed or [])) == fits


def test_books_that_a_module_keeps_are_no_part_of_it() -> None:
    assert compare([item(*BOOKS)], []) == ([], [])
    assert compare([], [item(*BOOKS)]) == ([], [])


@pytest.mark.parametrize(
    ("missing", "others", "spared"),
    [
        (item("account", "user memcache", "create"), [PACKAGE], True),
        (item("package", "libmemcached", "install"), [PACKAGE], True),
        (item("account", "user memcache", "create", "two"), [PACKAGE], False),
        (PACKAGE, [], False),
        (item("unit", "memcached.service", "enable"), [PACKAGE], True),
        (item("unit", "memcached.service", "start"), [PACKAGE], False),
        (item("unit", "memcached.service", "restart"), [], False),
        (item("database", "account nova: created", "create"), [PACKAGE], False),
        (item("bridge", "bring up eth1", "change"), [], True),
        (item("bridge", "make the bridge br-ex", "change"), [PACKAGE], False),
        (item("other", "Host | Load the modules now (dm_mod)", "run"), [], True),
        (item("identity", "role 'admin'", "create"), [item("schema", "keystone in keystone", "migrate")], True),
        (item("identity", "role 'admin'", "create"), [item("schema", "nova in nova_api", "migrate")], False),
        (
            item("identity", "role 'admin' of user 'x' of domain 'Default' on the system", "create"),
            [item("schema", "keystone in keystone", "migrate")],
            False,
        ),
    ],
)
def test_what_an_earlier_step_may_have_made_needless(missing: Item, others: list[Item], spared: bool) -> None:
    assert needless(others, [missing]) == ([missing] if spared else [])
