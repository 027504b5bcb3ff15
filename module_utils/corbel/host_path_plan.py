"""Which paths between hosts are to be tried, as far as possible all, and what the answers mean. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from ansible.module_utils.corbel.preflight_finding import WARNING, Finding

ALL = "all"
# Loopback and some tunnels have an MTU that no network has.
LARGEST_MTU = 9216
# Answers of a probe.
OPEN, REFUSED = "open", "refused"
ONLY_SMALL, NO_ANSWER = "only small", "no answer"

Hosts = Mapping[str, Mapping[str, Any]]


def due(mode: str, hosts: Hosts) -> bool:
    """Whether paths are tried in this run: always, never, or (auto) while something was never deployed on a host."""
    return mode == "always" or (mode == "auto" and any(facts.get("new") for facts in hosts.values()))


def matrix(
    rows: Iterable[Mapping[str, Any]], apis: Mapping[str, Sequence[int]], standing: Iterable[str]
) -> list[dict[str, Any]]:
    """Give who speaks to whom on which ports: what is declared, balancers to APIs, everybody to balancers."""
    deployed = {*apis, *standing}
    found = [dict(row) for row in rows if row["to"] in deployed]
    found += [{"from": ["load_balancer"], "to": name, "ports": list(ports)} for name, ports in apis.items() if ports]
    fronts = sorted({port for ports in apis.values() for port in ports})
    if fronts:
        found.append({"from": [ALL], "to": "load_balancer", "ports": fronts})
    return found


def plan(
    hosts: Hosts, groups: Mapping[str, Sequence[str]], rows: Iterable[Mapping[str, Any]], peers: int
) -> dict[str, dict[str, Any]]:
    """Give for each host where it listens, what it connects to, and whom it asks for an echo.

    Of many members of a group, a host tries the `peers` that follow it: together they form a ring, so that the work of
    a host does not grow with the cloud.
    """
    known = sorted(name for name, facts in hosts.items() if facts)
    found: dict[str, dict[str, Any]] = {name: _empty(hosts[name]) for name in known}
    for row in rows:
        there = set(groups.get(row["to"], []))
        here = {name for group in row["from"] for name in groups.get(group, [])}
        members = [name for name in known if name in there]
        sources = [name for name in known if ALL in row["from"] or name in here]
        for source in sources:
            for target in _ring(source, members, peers):
                _add(found, hosts, (source, target), str(row.get("network", "management")), row["ports"])
    for source in known:
        for target in _ring(source, known, peers):
            _add_echoes(found[source], hosts, source, target)
    return found


def _empty(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Begin the plan of a host with what concerns itself."""
    links = facts.get("links") or {}
    addresses = facts.get("addresses") or {}
    own = [[links[network]["name"], address] for network, address in addresses.items() if network in links]
    return {
        "listen": [],
        "connect": [],
        "echo": [],
        "own": own,
        "claim": [],
        "write": [],
        "gateway": facts.get("gateway") or [],
    }


def claim(found: dict[str, dict[str, Any]], hosts: Hosts, balancers: Iterable[str], vips: Iterable[str]) -> None:
    """Have balancers ask who answers for the virtual addresses, if all were read, so that ours are known."""
    names = list(balancers)
    if not names or not all(hosts.get(name) for name in names):
        return
    for name in names:
        link = (hosts[name].get("links") or {}).get("management")
        if link and name in found:
            found[name]["claim"] = [[link["name"], vip] for vip in vips if vip not in (hosts[name].get("vips") or [])]


def measure(
    found: dict[str, dict[str, Any]], groups: Mapping[str, Sequence[str]], writes: Iterable[Mapping[str, Any]]
) -> None:
    """Have the hosts of these groups measure how long a write takes to reach the disk."""
    for row in writes:
        for name in groups.get(row["group"], []):
            if name in found:
                found[name]["write"].append([row["path"], float(row["ms"])])


def _add(
    found: dict[str, dict[str, Any]], hosts: Hosts, pair: tuple[str, str], network: str, ports: Iterable[int]
) -> None:
    source, target = pair
    addresses = hosts[target].get("addresses") or {}
    network = network if network in addresses else "management"
    if network not in addresses:
        return
    for port in ports:
        place = [addresses[network], int(port)]
        # What runs on a host that is not new listens by itself.
        if hosts[target].get("new") and place not in found[target]["listen"]:
            found[target]["listen"].append(place)
        row = [target, network, *place]
        if row not in found[source]["connect"]:
            found[source]["connect"].append(row)


def _add_echoes(mine: dict[str, Any], hosts: Hosts, source: str, target: str) -> None:
    here, there = hosts[source], hosts[target]
    for network, address in (there.get("addresses") or {}).items():
        own = (here.get("addresses") or {}).get(network)
        links = [(facts.get("links") or {}).get(network) for facts in (here, there)]
        if own and all(links) and ip_address(address).version == 4:
            mtu = min(int(link["mtu"]) for link in links if link)
            declared = int(here.get("network_mtus", {}).get(network) or 0)
            mine["echo"].append([target, network, own, address, min(declared or mtu, mtu, LARGEST_MTU)])


def _ring(source: str, members: Sequence[str], peers: int) -> list[str]:
    """Give the members after a host, around the ring, without itself."""
    after = [name for name in members if name > source] + [name for name in members if name < source]
    return after[:peers]


def judge(
    planned: Mapping[str, Mapping[str, Any]], hosts: Hosts, answers: Hosts, listening: Hosts
) -> Iterator[Finding]:
    """Say what is wrong; `answers` and `listening` are what the probes returned, by host."""
    places = {(str(a), int(p)) for row in listening.values() for a, p in row.get("listening") or []}
    macs = {mac for facts in hosts.values() for mac in facts.get("macs") or []}
    for name, row in answers.items():
        mine = planned.get(name) or {}
        for (target, network, address, port), answer in zip(
            mine.get("connect", []), row.get("connect", []), strict=False
        ):
            if answer != OPEN and (answer != REFUSED or (address, int(port)) in places):
                yield _closed(name, f"{target} ({address}) port {port}", network, answer)
        for (target, network, _, address, mtu), answer in zip(mine.get("echo", []), row.get("echo", []), strict=False):
            yield from _echo(name, f"{target} ({address})", network, (int(mtu), answer))
        yield from _neighbours(name, row, macs)
        for (path, limit), took in zip(mine.get("write", []), row.get("write", []), strict=False):
            if took is not None and took > limit:
                yield _slow(name, path, (took, limit))


def unresolved(name: str, address: str, there: Iterable[str]) -> Finding:
    """Say that a name of an endpoint leads somewhere else."""
    return Finding(
        "HOST-056",
        f"{name} resolves to {', '.join(sorted(there)) or 'nothing'} on the controlling machine",
        f"{address}: clients reach the endpoints by that name",
        "enter it at the name server (hosts of the cloud have it in /etc/hosts)",
        variable="corbel_public_name",
        severity=WARNING,
    )


def _closed(name: str, target: str, network: str, answer: str) -> Finding:
    return Finding(
        "HOST-050",
        f"no connection to {target} on the {network} network: {answer}",
        "every port of the cloud open between its hosts",
        "open it in the packet filter of that host, or in the firewall between (nft list ruleset), or mend the route",
        hosts=(name,),
    )


def _slow(name: str, path: str, took: tuple[float, float]) -> Finding:
    return Finding(
        "HOST-074",
        f"writes to {path} that take {took[0]:g} ms to reach the disk (99 of 100 take less)",
        f"at most {took[1]:g} ms: a database waits for each of its changes",
        "use a faster disk for it, or raise the limit in preflight_writes",
        variable="preflight_writes",
        hosts=(name,),
        severity=WARNING,
    )


def _echo(name: str, target: str, network: str, answer: tuple[int, str]) -> Iterator[Finding]:
    mtu, said = answer
    if said == ONLY_SMALL:
        yield Finding(
            "HOST-051",
            f"packets of {mtu} bytes lost on the way to {target} on the {network} network; small ones arrive",
            f"a path that carries {mtu} bytes, the MTU at both of its ends",
            f"raise the MTU of the switches between, or lower it on the hosts and in corbel_networks.{network}.mtu",
            variable=f"corbel_networks.{network}",
            hosts=(name,),
        )
    elif said == NO_ANSWER and network != "management":
        yield Finding(
            "HOST-050",
            f"no answer of {target} to an echo request on the {network} network",
            "an answer, unless something between drops ICMP",
            "mend the cable, the VLAN or the route of that network, or let ICMP pass",
            hosts=(name,),
            severity=WARNING,
        )


def _neighbours(name: str, row: Mapping[str, Any], ours: set[str]) -> Iterator[Finding]:
    for address, mac in row.get("duplicates") or []:
        yield Finding(
            "HOST-053",
            f"{mac} answers for {address}, which is this host's",
            "an address that nobody else has",
            f"find that machine (the table of the switch), and give one of the two another address than {address}",
            variable="corbel_addresses",
            hosts=(name,),
        )
    for address, mac in row.get("claimed") or []:
        if mac not in ours:
            yield Finding(
                "HOST-054",
                f"{mac}, which is no host of this cloud, answers for the virtual address {address}",
                "a virtual address that nobody has",
                "take it from that machine, or choose another corbel_internal_vip or corbel_public_vip",
                variable="corbel_internal_vip",
                hosts=(name,),
            )
    if row.get("gateway") is False:
        yield Finding(
            "HOST-052",
            "a default gateway that does not answer ARP",
            "a gateway that is there",
            "mend the gateway in the host's network settings, or the VLAN of that interface",
            hosts=(name,),
            severity=WARNING,
        )
    if row.get("sources"):
        yield Finding(
            "HOST-055",
            f"no connection to {', '.join(row['sources'])}",
            "every source of packages in /etc/apt, or the proxy before it, answering",
            "mend the name server, the proxy (Acquire::http::Proxy) or the source; try: apt-get update",
            hosts=(name,),
            severity=WARNING,
        )
