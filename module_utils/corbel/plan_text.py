"""A plan for a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.plan_collect import HERE, Item
from ansible.module_utils.corbel.plan_estimate import told
from ansible.module_utils.corbel.plan_model import Plan
from ansible.module_utils.corbel.run_report import clock

SITE = "site.yml"
SIGNS = {
    **dict.fromkeys(("create", "install", "lay down", "issue", "enable", "start"), "+"),
    **dict.fromkeys(("remove", "delete", "stop", "disable"), "-"),
}
LONGEST_DIFF = 12
MOST_HOSTS = 6
MARK = {"+": "green", "-": "red", "~": "yellow"}


def grouped(plan: Plan) -> list[tuple[list[str], list[Item]]]:
    """Hosts with the same changes together, in the order of the plan."""
    by_host: dict[str, list[Item]] = {}
    for item in plan.items:
        by_host.setdefault(item.host, []).append(item)
    groups: dict[tuple[Any, ...], tuple[list[str], list[Item]]] = {}
    for host, items in by_host.items():
        same = tuple((one.service, one.kind, one.name, one.action, one.why, one.diff, one.hidden) for one in items)
        groups.setdefault(same, ([], items))[0].append(host)
    return list(groups.values())


def sign(item: Item) -> str:
    return SIGNS.get(item.action, "~")


def by_service(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Items by service, in their order."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.service, []).append(item)
    return found


def headline(plan: Plan) -> str:
    """What the plan comes to, in one sentence."""
    hosts = {item.host for item in plan.items} - {HERE}
    if not plan.items:
        return "not planned, see below" if plan.failures else "nothing would change"
    restarts = sum(item.kind == "unit" and item.action in ("restart", "reload") for item in plan.items)
    parts = [f"{counted(len(plan.items), 'change')} on {counted(len(hosts), 'host')}"]
    parts += [f"{counted(restarts, 'unit')} restarted"] if restarts else []
    return ", ".join([*parts, duration(plan)])


def duration(plan: Plan) -> str:
    """How long it takes, as far as it is known."""
    seconds, unknown = plan.estimate.get("seconds"), plan.estimate.get("unknown") or []
    if seconds is None:
        return "time unknown: no report of an earlier run"
    runs = f"{counted(plan.estimate.get('runs', 0), 'report')} of earlier runs"
    return f"about {clock(seconds)} by {runs}" + (f", without {', '.join(unknown)}" if unknown else "")


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def hosts_line(hosts: Sequence[str]) -> str:
    """Names of hosts, not more than a line takes."""
    names = [place(host) for host in hosts]
    if len(names) <= MOST_HOSTS:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_HOSTS - 1])} … {names[-1]} ({len(names)} hosts)"


def place(host: str) -> str:
    return "the controlling machine" if host == HERE else host


def named(item: Item) -> str:
    """A change in one sentence, without its reason."""
    return f"{item.action} {item.kind} {item.name} on {place(item.host)}"


def lines(plan: Plan, diffs: bool = True) -> list[tuple[str, str]]:
    """The plan as lines with a colour each, which may be none."""
    out: list[tuple[str, str]] = [("", ""), (f"PLAN for {plan.cloud}: {headline(plan)}", "bright")]
    for hosts, items in grouped(plan):
        out += [("", ""), (hosts_line(hosts), "bright")]
        for service, found in by_service(items).items():
            out.append((f"  {service}", "cyan"))
            for item in found:
                out += _item(item, diffs)
    out += _section("Not planned", [f"{host}: {reason}" for host, reason in plan.failures.items()], "red")
    out += _section("APIs short of backends", [told(one) for one in plan.shortages], "yellow")
    times = plan.estimate.get("services") or {}
    known = [f"{name} {clock(seconds)}" for name, seconds in times.items() if seconds is not None]
    return out + _section("Time by earlier runs", [", ".join(known)] if known else [], "")


def footer(plan: Plan, folder: Path, sources: Iterable[str]) -> list[str]:
    """Where the plan is, and how it is applied."""
    where = " ".join(f"-i {shlex.quote(str(source))}" for source in sources)
    saved = ["", f"Saved as {folder / 'plan.json'}", f"To read  {(folder / 'plan.html').as_uri()}"]
    if not plan.items or plan.failures or plan.playbook != SITE:
        return saved
    options = [f"--limit {shlex.quote(plan.asked['limit'])}"] if plan.asked.get("limit") else []
    options += [f"--tags {','.join(plan.asked['tags'])}"] if plan.asked.get("tags") else []
    options += [f"--skip-tags {','.join(plan.asked['skip_tags'])}"] if plan.asked.get("skip_tags") else []
    command = " ".join([where, *options, "playbooks/apply.yml", f"-e plan={shlex.quote(str(folder / 'plan.json'))}"])
    return [*saved, f"To apply ansible-playbook {command}"]


def _section(title: str, texts: Sequence[str], colour: str) -> list[tuple[str, str]]:
    return [("", ""), (f"{title}:", "bright"), *((f"  {text}", colour) for text in texts)] if texts else []


def _item(item: Item, diffs: bool) -> list[tuple[str, str]]:
    mark = sign(item)
    reason = f": {item.why}" if item.why else ""
    hidden = " (details hidden)" if item.hidden and not item.why else ""
    out = [(f"    {mark} {item.kind:<11} {item.name}  {item.action}{reason}{hidden}", MARK[mark])]
    if not diffs or sign(item) == "+":
        return out
    shown = [line for line in item.diff if not line.startswith("@@")]
    shown = [line for line in shown if line[:1] in "+-"]
    for line in shown[:LONGEST_DIFF]:
        out.append((f"        {line}", {"+": "green", "-": "red"}.get(line[:1], "")))
    if len(shown) > LONGEST_DIFF:
        out.append((f"        … {len(shown) - LONGEST_DIFF} more lines in the page", "dark gray"))
    return out
