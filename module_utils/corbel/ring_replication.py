"""Whether replication has caught up since a ring changed, as the servers' recon tells. Parsing is pure."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible.module_utils.corbel.ring_model import Ring, Spec, duration

# A ring reaches all hosts, and their servers read it, within this time after it was written.
SETTLE_SECONDS = 30
THREADS = 32
Server = tuple[str, int]
Answer = Mapping[str, Any] | str


def servers(wanted: Spec, held: Ring) -> list[Server]:
    """Whom to ask: every server that has a device in the ring which is not lost."""
    return sorted({(entry.ip, entry.port) for entry in held.devices if not wanted.is_lost(entry)})


def path_of(ring: str, erasure_coded: bool) -> str:
    """Where recon tells of the last pass over what a ring places."""
    if erasure_coded:
        return "/recon/reconstruction/object"
    return f"/recon/replication/{ring.partition('-')[0]}"


def pass_of(answer: Mapping[str, Any]) -> tuple[float, float]:
    """Beginning and end of the last pass; zeros if there was none. Objects count in minutes, databases in seconds."""
    for prefix in ("object_reconstruction", "object_replication", "replication"):
        end = answer.get(f"{prefix}_last")
        if end:
            took = float(answer.get(f"{prefix}_time") or 0)
            return float(end) - took * (60 if prefix.startswith("object") else 1), float(end)
    return 0.0, 0.0


def behind(answers: Mapping[Server, Answer], changed_at: float, now: float) -> list[str]:
    """Who has not finished a pass that began after the ring changed."""
    found = []
    for (ip, port), answer in sorted(answers.items()):
        if isinstance(answer, str):
            found.append(f"{ip}:{port} does not answer: {answer}")
            continue
        began, ended = pass_of(answer)
        if not ended:
            found.append(f"{ip}:{port} has finished no pass yet")
        elif began < changed_at + SETTLE_SECONDS:
            found.append(
                f"the last whole pass of {ip}:{port} began {duration(max(0, now - began))} ago, the ring is newer"
            )
        elif failures := (answer.get("replication_stats") or {}).get("failure"):
            found.append(f"the last pass of {ip}:{port} had {failures} failures")
    return found


def fetch(server: Server, path: str, timeout: float) -> Answer:
    """Ask one server; a problem comes back as words."""
    ip, port = server
    host = f"[{ip}]" if ":" in ip else ip
    url = urllib.parse.urlunsplit(("http", f"{host}:{port}", path, "", ""))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as answer:
            data = json.load(answer)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    return data if isinstance(data, dict) else "no object in the answer"


def ask(
    listed: Sequence[Server], path: str, timeout: float, one: Callable[[Server, str, float], Answer] = fetch
) -> dict[Server, Answer]:
    """Ask all servers at once."""
    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(listed, pool.map(lambda server: one(server, path, timeout), listed), strict=True))


def not_caught_up(wanted: Spec, held: Ring, changed_at: float, timeout: float) -> list[str]:
    """Ask everyone who holds data of a ring."""
    answers = ask(servers(wanted, held), path_of(wanted.name, wanted.fixed_replicas), timeout)
    return behind(answers, changed_at, time.time())
