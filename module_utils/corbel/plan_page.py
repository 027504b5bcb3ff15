"""A plan as one page of HTML that needs nothing else: no network, no other file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ansible.module_utils.corbel.plan_collect import HERE, Item
from ansible.module_utils.corbel.plan_estimate import told
from ansible.module_utils.corbel.plan_model import Plan
from ansible.module_utils.corbel.plan_page_parts import SCRIPT, STYLE
from ansible.module_utils.corbel.plan_picture import anchor, picture
from ansible.module_utils.corbel.plan_text import (
    by_service,
    counted,
    duration,
    grouped,
    headline,
    hosts_line,
    place,
    sign,
)
from ansible.module_utils.corbel.run_report import clock

CLASSES = {"+": "add", "-": "del", "~": "mod"}
LEGEND = (("same", "no change"), ("new", "only additions"), ("changed", "changes"), ("bad", "could not be planned"))
# More than this many blocks of hosts begin folded.
MOST_OPEN = 4
# A browser shows the rest of a page only if nothing may be loaded from elsewhere.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def page(plan: Plan) -> str:
    """The whole page."""
    title = f"Plan for {escape(plan.cloud)}"
    body = [
        f"<h1>{title}</h1><p>{escape(headline(plan)[:1].upper() + headline(plan)[1:])}.</p>",
        f'<p class="meta">Made {escape(plan.made)} from {counted(len(plan.inventory), "file")} of the inventory; '
        f"nothing was changed.{_asked(plan)}</p>",
        _figures(plan),
        _panel("Not planned", "bad", [f"{host}: {reason}" for host, reason in plan.failures.items()]),
        _panel("APIs short of backends", "warn", [told(one) for one in plan.shortages]),
        _topology(plan),
        _changes(plan),
        _times(plan),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(part for part in body if part)
        + f"\n</main><script>{SCRIPT}</script></body></html>\n"
    )


def _asked(plan: Plan) -> str:
    given = [f"{name} {' '.join(value) if isinstance(value, list) else value}" for name, value in plan.asked.items()]
    return f" Only {escape(', '.join(given))}." if given else ""


def _figures(plan: Plan) -> str:
    restarts = [item for item in plan.items if item.kind == "unit" and item.action in ("restart", "reload")]
    seconds = plan.estimate.get("seconds")
    figures = [
        (str(len(plan.items)), "changes"),
        (f"{len({item.host for item in plan.items} - {HERE})} of {len(plan.hosts)}", "hosts"),
        (str(sum(item.kind == "file" for item in plan.items)), "files"),
        (str(len(restarts)), "units restarted"),
        (str(len(plan.shortages)), "APIs short of backends"),
        ("unknown" if seconds is None else clock(seconds), "estimated time"),
    ]
    boxes = (f'<div class="figure"><b>{escape(value)}</b><span>{name}</span></div>' for value, name in figures)
    return f'<div class="figures">{"".join(boxes)}</div>'


def _panel(title: str, kind: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    points = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<h2>{title}</h2><div class="panel {kind}"><ul>{points}</ul></div>'


def _topology(plan: Plan) -> str:
    drawn = picture(plan)
    if not drawn:
        return ""
    legend = "".join(f'<span><i class="{kind}"></i>{text}</span>' for kind, text in LEGEND)
    return f'<h2>Topology</h2><div class="panel picture">{drawn}</div><div class="legend">{legend}</div>'


def _changes(plan: Plan) -> str:
    groups = grouped(plan)
    blocks = [_block(hosts, items, len(groups) <= MOST_OPEN) for hosts, items in groups]
    tools = (
        '<div class="tools"><input type="search" id="filter" placeholder="Filter: host, service, file, unit …" '
        'aria-label="Filter changes"><button id="open">Unfold all</button><button id="close">Fold all</button></div>'
    )
    return f"<h2>Changes</h2>{tools}{''.join(blocks) or '<p>None.</p>'}"


def _block(hosts: Sequence[str], items: Sequence[Item], is_open: bool) -> str:
    marks = "".join(f'<span id="{anchor(host)}"></span>' for host in hosts)
    names = f'<p class="meta service">{escape(", ".join(map(place, hosts)))}</p>' if len(hosts) > 1 else ""
    parts = "".join(_service(name, found, hosts) for name, found in by_service(items).items())
    head = f'{marks}{escape(hosts_line(hosts))}<span class="soft">{counted(len(items), "change")} each</span>'
    head = head if len(hosts) > 1 else head.replace(" each</span>", "</span>")
    return f'<details class="host"{" open" if is_open else ""}><summary>{head}</summary>{names}{parts}</details>'


def _service(name: str, items: Iterable[Item], hosts: Sequence[str]) -> str:
    return f'<div class="service"><h3>{escape(name)}</h3>{"".join(_item(item, hosts) for item in items)}</div>'


def _item(item: Item, hosts: Sequence[str]) -> str:
    mark = sign(item)
    reason = f": {item.why}" if item.why else ""
    hidden = " (details hidden)" if item.hidden and not item.why else ""
    what = escape(item.action + reason + hidden)
    row = (
        f'<span class="mark">{mark}</span><span class="kind">{escape(item.kind)}</span>'
        f'<span class="name">{escape(item.name)}<span class="what">{what}</span></span>'
    )
    words = " ".join([*hosts, item.service, item.kind, item.name, item.action, item.why]).lower()
    attributes = f'class="item {CLASSES[mark]}" data-text="{escape(words)}"'
    if not item.diff:
        return f'<div {attributes}><div class="row">{row}</div></div>'
    lines = "".join(f'<span class="{_kind_of(line)}">{escape(line)}</span>' for line in item.diff)
    return f'<details {attributes}><summary class="row">{row}</summary><pre>{lines}</pre></details>'


def _kind_of(line: str) -> str:
    return {"+": "p", "-": "m", "@": "h"}.get(line[:1], "c")


def _times(plan: Plan) -> str:
    times = plan.estimate.get("services") or {}
    lines = [f"{name}: {'unknown' if seconds is None else clock(seconds)}" for name, seconds in times.items()]
    if all(seconds is None for seconds in times.values()):
        lines = ["Every run of site.yml and apply.yml leaves a report, from which the next plan knows times."]
    return _panel(f"Time: {duration(plan)}", "", lines)
