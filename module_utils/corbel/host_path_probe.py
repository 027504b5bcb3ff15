"""Tries paths from a host: TCP connections and sources of packages. Standard library only."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.corbel import host_path_packets as packets
from ansible.module_utils.corbel.host_package_facts import PackageFacts
from ansible.module_utils.corbel.host_package_facts import gather as read_packages
from ansible.module_utils.corbel.host_path_plan import OPEN, REFUSED

UNIT = "corbel-preflight"
# The listener ends by itself after so long, whatever becomes of the run.
LISTEN_SECONDS = 300
CONNECT_SECONDS = 10.0
SOURCE_SECONDS = 6.0
AT_ONCE = 200
MOST_SOURCES = 5
PORTS = {"http": 80, "https": 443}
WRITES, WRITE_SIZE, WRITE_SECONDS = 100, 4096, 4.0
LISTENER = """
import os, select, socket, sys, time
sockets = []
for place in sys.argv[2:]:
    address, _, port = place.rpartition("/")
    one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((address, int(port)))
        one.listen(512)
        sockets.append(one)
    except OSError:
        one.close()
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
    notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"].replace("@", chr(0), 1))
end = time.monotonic() + float(sys.argv[1])
while sockets and time.monotonic() < end:
    for one in select.select(sockets, [], [], 1)[0]:
        one.accept()[0].close()
"""


def listener(python: str, places: Sequence[Sequence[Any]]) -> list[str]:
    """Give the command that starts the listener as a unit of its own, which the end of the connection does not end."""
    return [
        "systemd-run",
        "--quiet",
        "--collect",
        f"--unit={UNIT}",
        "--service-type=notify",
        f"--property=RuntimeMaxSec={LISTEN_SECONDS + 10}",
        "--property=CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
        "--property=NoNewPrivileges=yes",
        python,
        "-c",
        LISTENER,
        str(LISTEN_SECONDS),
        *(f"{address}/{port}" for address, port in places),
    ]


def try_all(plan: dict[str, Any], root: Path) -> dict[str, Any]:
    """Try everything at the same time; each part ends within some seconds."""
    with ThreadPoolExecutor(max_workers=5) as pool:
        connected = pool.submit(connect, [(address, int(port)) for _, _, address, port in plan.get("connect", [])])
        echoes = pool.submit(packets.echo, [(own, there, int(mtu)) for _, _, own, there, mtu in plan.get("echo", [])])
        neighbours = pool.submit(packets.neighbours, plan, root)
        unreachable = pool.submit(sources, read_packages(root, ""))
        written = pool.submit(lambda: [write_ms(root, path) for path, _ in plan.get("write", [])])
        return {
            "connect": connected.result(),
            "echo": echoes.result(),
            "sources": unreachable.result(),
            "write": written.result(),
            **neighbours.result(),
        }


def connect(targets: Sequence[tuple[str, int]], seconds: float = CONNECT_SECONDS) -> list[str]:
    """Open a connection to each; give for each `open`, `refused`, or what the kernel says instead."""
    answers: dict[tuple[str, int], str] = {}
    for start in range(0, len(targets), AT_ONCE):
        answers |= _connect_some(targets[start : start + AT_ONCE], seconds)
    return [answers[one] for one in targets]


def _connect_some(targets: Sequence[tuple[str, int]], seconds: float) -> dict[tuple[str, int], str]:
    answers: dict[tuple[str, int], str] = {}
    with selectors.DefaultSelector() as selector:
        for target in targets:
            one = socket.socket(socket.AF_INET6 if ":" in target[0] else socket.AF_INET)
            one.setblocking(False)
            code = one.connect_ex(target)
            if code in {0, errno.EINPROGRESS}:
                selector.register(one, selectors.EVENT_WRITE, target)
            else:
                answers[target] = _said(code)
                one.close()
        end = time.monotonic() + seconds
        while selector.get_map() and (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                answers[key.data] = _said(key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))  # type: ignore[union-attr]
                _drop(selector, key)
        for key in list(selector.get_map().values()):
            answers[key.data] = f"no answer in {seconds:g} s"
            _drop(selector, key)
    return answers


def _drop(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    selector.unregister(key.fileobj)
    key.fileobj.close()  # type: ignore[union-attr]


def _said(code: int) -> str:
    """Say what became of a connection. A filter that rejects looks like a port where nobody listens."""
    if code == 0:
        return OPEN
    return REFUSED if code == errno.ECONNREFUSED else errno.errorcode.get(code, str(code))


def write_ms(root: Path, path: str) -> float | None:
    """Give the milliseconds in which 99 of 100 small writes reach the disk. The file has no name: nothing stays."""
    place = root / path.lstrip("/")
    while not place.is_dir():
        place = place.parent
    times: list[float] = []
    end = time.monotonic() + WRITE_SECONDS
    try:
        file = os.open(place, os.O_TMPFILE | os.O_WRONLY, 0o600)
    except OSError:
        return None
    try:
        while len(times) < WRITES and time.monotonic() < end:
            before = time.monotonic()
            os.write(file, bytes(WRITE_SIZE))
            os.fdatasync(file)
            times.append(time.monotonic() - before)
    except OSError:
        return None
    finally:
        os.close(file)
    return round(sorted(times)[(len(times) - 1) * 99 // 100] * 1000, 1)


def sources(facts: PackageFacts, seconds: float = SOURCE_SECONDS) -> list[str]:
    """Name the sources of packages that do not answer; behind a proxy, the proxy."""
    uris = [facts.proxy] if facts.proxy else [one.uri for one in facts.sources or []]
    parts = [urlsplit(uri) for uri in dict.fromkeys(uris)]
    wanted = {
        (part.hostname, part.port or PORTS[part.scheme]) for part in parts if part.hostname and part.scheme in PORTS
    }
    failed: dict[tuple[str, int], bool] = {}

    def attempt(place: tuple[str, int]) -> None:
        try:
            socket.create_connection(place, timeout=seconds / 2).close()
            failed[place] = False
        except OSError:
            failed[place] = True

    chosen = sorted(wanted)[:MOST_SOURCES]
    # A name server that is silent keeps its thread longer than this run may wait.
    threads = [threading.Thread(target=attempt, args=(place,), daemon=True) for place in chosen]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return [f"{host}:{port}" for host, port in chosen if failed.get((host, port), True)]
