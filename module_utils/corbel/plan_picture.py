"""The topology of a cloud as a picture (SVG): hosts by group, networks, and what changes where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ansible.module_utils.corbel.plan_model import Plan
from ansible.module_utils.corbel.plan_text import counted, sign

WIDTH = 1120
GAP = 18
PAD = 10
LANE_WIDTH = 266
MOST_HOSTS = 16
# Networks after these have no colour of their own.
COLOURS = 6
CHARACTER = 6.3
BOLD = 7.2
# Letters half as wide again as others.
WIDE = "mw"


@dataclass
class Lane:
    """Hosts with the same groups, one below the other."""

    title: str
    hosts: list[str]
    left_out: int = 0


def lanes(plan: Plan) -> list[Lane]:
    """Hosts by the groups an operator put them in; those that change come first where not all are shown."""
    found: dict[str, list[str]] = {}
    for host, about in plan.hosts.items():
        found.setdefault(" + ".join(about.get("groups") or ["other"]), []).append(host)
    changing = {item.host for item in plan.items} | set(plan.failures)
    result = []
    for title, hosts in found.items():
        kept = hosts if len(hosts) <= MOST_HOSTS else sorted(hosts, key=lambda host: host not in changing)[:MOST_HOSTS]
        result.append(Lane(title, kept, len(hosts) - len(kept)))
    return result


def picture(plan: Plan) -> str:
    """Draw it; empty where the plan knows no hosts."""
    drawn = lanes(plan)
    if not drawn:
        return ""
    out: list[str] = []
    top = _addresses(plan, out)
    first_bus = top
    top = _networks(plan, top, out)
    row: list[Lane] = []
    columns = max(1, (WIDTH + GAP) // (LANE_WIDTH + GAP))
    for start in range(0, len(drawn), columns):
        row = drawn[start : start + columns]
        bottoms = []
        for number, lane in enumerate(row):
            left = number * (LANE_WIDTH + GAP)
            if start == 0:
                _connect(plan, lane, left, (first_bus, top), out)
            bottoms.append(_lane(plan, lane, left, top, out))
        top = max(bottoms) + GAP
    head = f'<svg viewBox="0 0 {WIDTH} {top}" role="img" aria-label="Topology of {escape(plan.cloud)}">'
    return head + "".join(out) + "</svg>"


def _addresses(plan: Plan, out: list[str]) -> int:
    """The addresses clients call; the load balancers hold them."""
    left = 0.0
    for kind, address in plan.addresses.items():
        label = f"{kind} address {address}"
        width = len(label) * CHARACTER + 2 * PAD
        out.append(_box("vip", left, 0, width, 26) + _words("vip-text", left + PAD, 17, label))
        left += width + GAP
    return 48 if plan.addresses else 12


def _networks(plan: Plan, top: int, out: list[str]) -> int:
    for number, (name, cidr) in enumerate(plan.networks.items()):
        y = top + number * 24
        out.append(f'<line class="net n{number % COLOURS}" x1="0" x2="{WIDTH}" y1="{y}" y2="{y}"/>')
        label = f"{name} {cidr}".strip()
        out.append(f'<text class="net-text" text-anchor="end" x="{WIDTH}" y="{y - 5}">{escape(label)}</text>')
    return top + 24 * len(plan.networks) + 8


def _connect(plan: Plan, lane: Lane, left: float, span: tuple[int, int], out: list[str]) -> None:
    """Lines from the networks to the hosts that have an address on them."""
    for number, name in enumerate(plan.networks):
        if not any(name in plan.hosts[host].get("addresses", {}) for host in lane.hosts):
            continue
        x, y = left + 24 + number * 16, span[0] + number * 24
        out.append(f'<line class="net n{number % COLOURS}" x1="{x}" x2="{x}" y1="{y}" y2="{span[1]}"/>')
        out.append(f'<circle class="dot n{number % COLOURS}" cx="{x}" cy="{y}" r="4"/>')


def _lane(plan: Plan, lane: Lane, left: float, top: int, out: list[str]) -> int:
    place = len(out)
    y = top + 30
    for host in lane.hosts:
        y = _host(plan, host, left + PAD, y, out) + PAD
    if lane.left_out:
        out.append(_words("quiet", left + PAD, y + 12, f"and {counted(lane.left_out, 'more host')}"))
        y += 24
    frame = _box("lane", left, top, LANE_WIDTH, y - top)
    out.insert(place, frame + _words("lane-text", left + PAD, top + 19, lane.title))
    return y


def _host(plan: Plan, host: str, left: float, top: int, out: list[str]) -> int:
    changes = [item for item in plan.items if item.host == host]
    changing = {item.service for item in changes}
    services = list(dict.fromkeys([*sorted(changing), *plan.hosts[host].get("services", [])]))
    chips, height = _chips(services, changing, left + PAD, top + 44, LANE_WIDTH - 4 * PAD)
    address = plan.hosts[host].get("addresses", {}).get("management", "")
    state, says = state_of(plan, host)
    right = left + LANE_WIDTH - 3 * PAD
    body = [
        _box(f"host {state}", left, top, LANE_WIDTH - 2 * PAD, height + 54),
        _words("host-text", left + PAD, top + 18, host),
        f'<text class="quiet" text-anchor="end" x="{right}" y="{top + 18}">{escape(address)}</text>',
        _words("says", left + PAD, top + 35, says),
        *chips,
    ]
    out.append(f'<a href="#{anchor(host)}"><title>{escape(f"{host}: {says}")}</title>{"".join(body)}</a>')
    return top + height + 54


def state_of(plan: Plan, host: str) -> tuple[str, str]:
    """How a host is coloured, and why."""
    if host in plan.failures:
        return "bad", "could not be planned"
    signs = {sign(item) for item in plan.items if item.host == host}
    if not signs:
        return "same", "no changes"
    count = counted(sum(item.host == host for item in plan.items), "change")
    return ("new" if signs == {"+"} else "changed"), count


def anchor(host: str) -> str:
    return "host-" + "".join(letter if letter.isalnum() else "-" for letter in host)


def _chips(services: Sequence[str], changing: set[str], left: float, top: float, width: float) -> tuple[list[str], int]:
    """Names of services in as many lines as they need."""
    out, x, y = [], left, top
    for name in services:
        letters = len(name) + sum(map(name.count, WIDE)) / 2
        wide = letters * (BOLD if name in changing else CHARACTER) + 12
        if x > left and x + wide > left + width:
            x, y = left, y + 22
        out.append(_box("chip on" if name in changing else "chip", x, y, wide, 18))
        out.append(_words("chip-text on" if name in changing else "chip-text", x + 6, y + 13, name))
        x += wide + 5
    return out, int(y - top) + 22 if services else 0


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="6"/>'


def _words(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>'
