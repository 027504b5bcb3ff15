"""A plan on a terminal, as a page and as a picture."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ansible.module_utils.corbel import plan_page, plan_picture, plan_text
from ansible.module_utils.corbel.plan_collect import Item
from ansible.module_utils.corbel.plan_model import Plan

from tests.unit.plan.samples import CONF, host, plan


def text(shown: Plan) -> str:
    return "\n".join(line for line, _ in plan_text.lines(shown))


def test_the_terminal_says_what_changes_where_and_why() -> None:
    shown = text(plan())
    for line in (
        "PLAN for mycloud: 11 changes on 4 hosts, 3 units restarted, about 1 min 1 s by 4 reports of earlier runs",
        f"~ file        {CONF}  change",
        "-workers = 2",
        f"~ unit        nova-api.service  restart: changed: {CONF}",
        "~ schema      nova in nova_api  migrate: from 2026.1-a to 2026.1-b",
        "+ secret      heat_domain_admin  create (details hidden)",
        "storage1: it cannot be reached",
        "nova-api: at least 1 of 3 backends answer for about 24 s, 3 restart, in 2 batches",
    ):
        assert line in shown


def test_what_was_measured_is_shown() -> None:
    sizes = {"a": "3 GiB", "b": "4 GiB"}
    items = [Item(name, "cinder_volume", "volume", "move it", "change", measured=size) for name, size in sizes.items()]
    shown = replace(plan(), items=items)
    assert "~ volume      move it  change: 3 GiB" in text(shown)
    assert len(plan_text.grouped(shown)) == 2
    assert "change: 4 GiB" in plan_page.page(shown)


def test_hosts_with_the_same_changes_are_one_block() -> None:
    groups = [hosts for hosts, _ in plan_text.grouped(plan())]
    assert groups == [["controller1"], ["controller2", "controller3"], ["compute2"], ["localhost"]]
    assert plan_text.hosts_line([f"c{number}" for number in range(98)]).endswith("… c97 (98 hosts)")


def test_nothing_to_do_is_said() -> None:
    assert "PLAN for mycloud: nothing would change" in text(Plan(cloud="mycloud"))


def test_a_plan_that_was_stopped_does_not_promise_that_nothing_changes() -> None:
    shown = text(Plan(cloud="mycloud", failures={"controller1": "Check: the clock is wrong"}))
    assert "nothing would change" not in shown
    assert "controller1: Check: the clock is wrong" in shown


def test_without_reports_the_time_is_unknown() -> None:
    assert "time unknown" in text(replace(plan(), estimate={"seconds": None}))


@pytest.mark.parametrize(
    ("shown", "command"),
    [
        (replace(plan(), failures={}), "-i inventory/mycloud playbooks/apply.yml -e plan="),
        (
            replace(plan(), failures={}, asked={"limit": "a:b", "tags": ["x", "y"], "skip_tags": ["z"]}),
            "-i inventory/mycloud --limit a:b --tags x,y --skip-tags z playbooks/apply.yml",
        ),
    ],
)
def test_the_command_that_applies_the_plan(shown: Plan, command: str) -> None:
    assert command in "\n".join(plan_text.footer(shown, Path("/srv/plan"), ["inventory/mycloud"]))


def test_a_plan_without_all_hosts_offers_no_command() -> None:
    assert "apply.yml" not in "\n".join(plan_text.footer(plan(), Path("/srv/plan"), ["x"]))


def test_a_plan_that_apply_would_refuse_offers_no_command() -> None:
    other = replace(plan(), failures={}, playbook="converge.yml")
    assert "apply.yml" not in "\n".join(plan_text.footer(other, Path("/srv/plan"), ["x"]))


def test_the_page_needs_nothing_else() -> None:
    page = plan_page.page(plan())
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"|@import|url\(", page) == []
    assert "default-src 'none'" in page
    for part in ("nova-api.service", "+workers = 4", "storage1: it cannot be reached", "prefers-color-scheme:dark"):
        assert part in page


def test_the_page_shows_markup_as_text() -> None:
    evil = Item("one", "<em>", "file", "/etc/<script>alert(1)</script>", "change", '"x"', ("+<img src=x onerror=y>",))
    page = plan_page.page(replace(plan(), cloud="<u>", items=[evil], hosts={'"<h>': host(1, "controller")}))
    assert [markup for markup in ("<script>alert", "<img", "<em>", "<u>", '"<h>') if markup in page] == []


def test_pictures_lead_to_the_block_of_their_host() -> None:
    page = plan_page.page(plan())
    for name in ("controller3", "compute2"):
        assert f'href="#host-{name}"' in page
        assert f'id="host-{name}"' in page


def test_the_picture_shows_hosts_by_group_and_what_changes() -> None:
    drawing = ElementTree.fromstring(plan_picture.picture(plan()))  # noqa: S314  made two lines above
    texts = [element.text for element in drawing.iter("text")]
    for name in ("controller", "compute", "controller1", "198.51.100.21", "public address 198.51.100.11"):
        assert name in texts
    states = [kind for element in drawing.iter("rect") if "host" in (kind := element.get("class", ""))]
    assert sorted(states) == [
        "host bad",
        "host changed",
        "host changed",
        "host changed",
        "host new",
        "host same",
        "host same",
    ]


def test_a_large_group_shows_what_changes_first() -> None:
    hosts = {f"compute{number}": host(number, "compute") for number in range(200)}
    large = Plan(hosts=hosts, items=[Item("compute150", "nova_compute", "file", "/a", "change")])
    (lane,) = plan_picture.lanes(large)
    assert lane.hosts[0] == "compute150"
    assert lane.left_out == 200 - plan_picture.MOST_HOSTS


def test_hosts_of_several_groups_have_a_lane_of_their_own() -> None:
    mixed = Plan(hosts={"a": host(1, "compute", "storage"), "b": host(2, "compute")})
    assert [lane.title for lane in plan_picture.lanes(mixed)] == ["compute + storage", "compute"]


def test_what_is_shown_does_not_depend_on_chance() -> None:
    assert plan_page.page(plan()) == plan_page.page(plan())
    assert text(plan()) == text(plan())
