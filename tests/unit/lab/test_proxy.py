"""The package proxy: what it serves, keeps and refuses."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from lab.proxy import FRESH, Missing, Store, cached_path

HOSTS = {"deb.debian.org"}


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://deb.debian.org/debian/pool/a.deb", "deb.debian.org/debian/pool/a.deb"),
        ("http://deb.debian.org/debian/pool/a%2bb.deb", "deb.debian.org/debian/pool/a+b.deb"),
        ("http://example.org/debian/pool/a.deb", None),
        ("https://deb.debian.org/debian/pool/a.deb", None),
        ("http://deb.debian.org/debian/../../etc/passwd", None),
        ("http://deb.debian.org/debian/%2e%2e/%2e%2e/etc/passwd", None),
        ("http://deb.debian.org/debian/", None),
        ("/debian/pool/a.deb", None),
    ],
)
def test_only_files_of_the_mirrors(url: str, kept: str | None) -> None:
    assert cached_path(Path("/cache"), url, HOSTS) == (Path("/cache") / kept if kept else None)


class Mirror(http.server.BaseHTTPRequestHandler):
    """A mirror that counts."""

    asked: list[str]
    answer = HTTPStatus.OK

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(self.answer)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"data")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[tuple[str, type[Mirror]]]:
    """Its address and class."""
    handler = type("Counting", (Mirror,), {"asked": [], "answer": HTTPStatus.OK})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


def store_for(cache: Path, address: str) -> Store:
    """A store that fetches from the mirror."""
    store = Store(cache)
    store.hosts = {address}
    return store


def test_a_package_is_fetched_once(tmp_path: Path, mirror: tuple[str, type[Mirror]]) -> None:
    address, handler = mirror
    store = store_for(tmp_path, address)
    url = f"http://{address}/debian/pool/a.deb"
    assert store.get(url).read_bytes() == store.get(url).read_bytes() == b"data"
    assert handler.asked == ["/debian/pool/a.deb"]


def test_an_index_is_asked_for_again_and_survives_a_dead_mirror(
    tmp_path: Path, mirror: tuple[str, type[Mirror]]
) -> None:
    address, handler = mirror
    store = store_for(tmp_path, address)
    url = f"http://{address}/debian/dists/trixie/InRelease"
    path = store.get(url)
    store.get(url)
    assert len(handler.asked) == 1
    handler.answer = HTTPStatus.BAD_GATEWAY
    store.checked[path] = time.monotonic() - FRESH
    assert store.get(url).read_bytes() == b"data"
    assert len(handler.asked) == 2


def test_what_the_mirror_has_not_is_not_kept(tmp_path: Path, mirror: tuple[str, type[Mirror]]) -> None:
    address, handler = mirror
    handler.answer = HTTPStatus.NOT_FOUND
    with pytest.raises(Missing) as error:
        store_for(tmp_path, address).get(f"http://{address}/debian/pool/b.deb")
    assert error.value.status == HTTPStatus.NOT_FOUND
    assert not list(tmp_path.rglob("b.deb"))
