"""A caching proxy for Debian's packages, so that the second host, and the second lab, fetch nothing twice.

Runs as `python3 -m lab.proxy CACHE NAMESPACE PORT ADDRESS...`: it listens at the lab's addresses, in the lab's network
namespace, and fetches from the machine's. Only the Debian mirrors are served. A package never changes and is kept; an
index is asked for again after a while, and the kept copy serves when the mirror does not answer.
"""

from __future__ import annotations

import ctypes
import email.utils
import http.client
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lab.roots import mirror, security_mirror

FRESH = 600.0
PATIENCE = 30.0
CLONE_NEWNET = 0x40000000
PERMANENT = re.compile(r"/(pool|by-hash)/")


def allowed_hosts() -> set[str]:
    """Hosts the proxy fetches from."""
    known = {"deb.debian.org", "security.debian.org"}
    return known | {urlsplit(url).netloc for url in (mirror(), security_mirror())}


def cached_path(cache: Path, url: str, hosts: set[str]) -> Path | None:
    """Where a URL is kept; none if it is not served."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    names = path.split("/")
    if parts.scheme != "http" or parts.netloc not in hosts or parts.query or ".." in names or path.endswith("/"):
        return None
    return cache / parts.netloc.replace(":", "_") / path.lstrip("/")


class Missing(Exception):
    """The mirror said no, with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Store:
    """The files kept, one fetch of each at a time."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.hosts = allowed_hosts()
        self.checked: dict[Path, float] = {}
        self._locks: dict[Path, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, url: str) -> Path:
        """The file of a URL, fetched if need be."""
        path = cached_path(self.cache, url, self.hosts)
        if path is None:
            raise Missing(HTTPStatus.FORBIDDEN)
        with self._guard:
            lock = self._locks.setdefault(path, threading.Lock())
        with lock:
            if not path.exists() or not self._fresh(path, url):
                self._fetch(url, path)
        return path

    def _fresh(self, path: Path, url: str) -> bool:
        return bool(PERMANENT.search(url)) or time.monotonic() - self.checked.get(path, -FRESH) < FRESH

    def _fetch(self, url: str, path: Path) -> None:
        request = urllib.request.Request(url)  # noqa: S310 - cached_path lets only http pass
        if path.exists():
            request.add_header("If-Modified-Since", email.utils.formatdate(path.stat().st_mtime, usegmt=True))
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                self._keep(answer, path)
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.NOT_MODIFIED:
                self.checked[path] = time.monotonic()
            elif error.code < HTTPStatus.INTERNAL_SERVER_ERROR or not path.exists():
                raise Missing(error.code) from None
        except OSError:
            if not path.exists():
                raise Missing(HTTPStatus.BAD_GATEWAY) from None

    def _keep(self, answer: http.client.HTTPResponse, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            try:
                shutil.copyfileobj(answer, file, 1 << 20)
                file.flush()
                headers = answer.headers
                length = headers.get("Content-Length")
                if length is not None and int(length) != file.tell():
                    raise OSError(f"{path.name}: {file.tell()} bytes instead of {length}")
                changed = (
                    email.utils.parsedate_to_datetime(headers["Last-Modified"]) if headers["Last-Modified"] else None
                )
                if changed:
                    os.utime(file.name, (changed.timestamp(), changed.timestamp()))
                Path(file.name).rename(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        self.checked[path] = time.monotonic()


class Handler(BaseHTTPRequestHandler):
    """Answers APT."""

    protocol_version = "HTTP/1.1"
    store: Store

    def do_GET(self) -> None:
        """A file, or that it did not change, or the mirror's refusal."""
        try:
            path = self.store.get(self.path)
        except Missing as error:
            self._empty(error.status)
            return
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            stamp = email.utils.formatdate(status.st_mtime, usegmt=True)
            if self.headers.get("If-Modified-Since") == stamp:
                self._empty(HTTPStatus.NOT_MODIFIED)
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Length", str(status.st_size))
            self.send_header("Last-Modified", stamp)
            self.end_headers()
            if self.command == "GET":
                self.connection.sendfile(file)

    do_HEAD = do_GET

    def _empty(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Only what went wrong is worth a line."""

    def log_error(self, format: str, *args: object) -> None:
        """One line for the log."""
        print(f"{self.path if hasattr(self, 'path') else '-'}: {format % args}", flush=True)


def listen(namespace: str, addresses: list[str], port: int) -> list[socket.socket]:
    """Sockets at addresses of another network namespace. Only this thread moves there, and back."""
    libc = ctypes.CDLL(None, use_errno=True)
    sockets = []
    with Path("/proc/thread-self/ns/net").open() as home, Path(f"/run/netns/{namespace}").open() as away:
        for target in (away, home):
            if libc.setns(target.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {namespace}")
            if target is away:
                sockets = [socket.create_server((address, port), backlog=64) for address in addresses]
    return sockets


def main() -> None:
    """Serve until killed."""
    cache, namespace, port, *addresses = sys.argv[1:]
    Handler.store = Store(Path(cache))
    threads = []
    for bound in listen(namespace, addresses, int(port)):
        server = ThreadingHTTPServer(bound.getsockname()[:2], Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = bound
        server.daemon_threads = True
        threads.append(threading.Thread(target=server.serve_forever))
        threads[-1].start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
