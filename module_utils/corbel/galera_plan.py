"""Which node makes a Galera cluster. Runs on the controlling machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

State = Mapping[str, Any]


class GaleraPlanError(ValueError):
    """No node can be chosen safely; the message says why and what to do."""


def first_node(states: Mapping[str, State]) -> str:
    """The host that makes the cluster, or an empty string where there is one to join.

    `states` is what galera_node_info returned, by host, in the order of the group.
    """
    unread = [host for host, state in states.items() if "running" not in state]
    if [host for host, state in states.items() if state.get("primary")]:
        _same_cluster({host: state for host, state in states.items() if state.get("primary")})
        return ""
    if unread:
        raise GaleraPlanError(
            f"found no database cluster that works, and {', '.join(unread)} was not looked at; a node that is missing "
            "may hold later data; make it reachable and run again"
        )
    stuck = [host for host, state in states.items() if state["running"] and state["replicates"]]
    if stuck:
        best = max(stuck, key=lambda host: states[host]["position"])
        raise GaleraPlanError(
            f"found {', '.join(stuck)} running without a majority; nodes that come back are awaited, so look for "
            f"those that do not run; if they are lost for good, run on {best}: mariadb -e "
            "\"SET GLOBAL wsrep_provider_options='pc.bootstrap=YES'\""
        )
    known = {host: state for host, state in states.items() if state["cluster"]}
    if known:
        _same_cluster(known)
        return max(known, key=lambda host: (known[host]["position"], known[host]["safe"]))
    holders = [host for host, state in states.items() if state["data"]]
    if len(holders) > 1:
        raise GaleraPlanError(
            f"found databases on {' and '.join(holders)} that never were a cluster, expected them on one host at most; "
            "the others would lose theirs: move them away, or empty /var/lib/mysql there"
        )
    return holders[0] if holders else next(iter(states), "")


def _same_cluster(states: Mapping[str, State]) -> None:
    clusters = {state["cluster"]: host for host, state in states.items()}
    if len(clusters) > 1:
        found = ", ".join(f"{host} of {cluster}" for cluster, host in clusters.items())
        raise GaleraPlanError(
            f"found nodes of different clusters ({found}), expected one; decide which data is right, and empty "
            "/var/lib/mysql on the other hosts"
        )
