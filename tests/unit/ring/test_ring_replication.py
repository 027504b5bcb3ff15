"""Whether replication caught up: whom to ask, and what the answers mean."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.corbel import ring_replication as replication

from tests.unit.ring.stand_in import device, held, ring, spec

NOW = 10_000.0
CHANGED = 5_000.0


def test_lost_servers_are_not_asked() -> None:
    there = ring(held(1), held(1, device="d2"), held(2), held(3))
    wanted = spec(*map(device, (1, 2, 4)), lost=frozenset({"192.0.2.3/*"}))
    assert replication.servers(wanted, there) == [("192.0.2.1", 6200), ("192.0.2.2", 6200)]


@pytest.mark.parametrize(
    ("name", "erasure", "path"),
    [
        ("account", False, "/recon/replication/account"),
        ("object", False, "/recon/replication/object"),
        ("object-2", False, "/recon/replication/object"),
        ("object-2", True, "/recon/reconstruction/object"),
    ],
)
def test_path(name: str, erasure: bool, path: str) -> None:
    assert replication.path_of(name, erasure) == path


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"replication_last": 6000, "replication_time": 100}, None),
        ({"replication_last": 6000, "replication_time": 1000}, "began 1 h 23 min ago, the ring is newer"),
        ({"object_replication_last": 6000, "object_replication_time": 10}, None),
        ({"object_replication_last": 6000, "object_replication_time": 20}, "the ring is newer"),
        ({"object_reconstruction_last": 6000, "object_reconstruction_time": 1}, None),
        ({"replication_last": 5020, "replication_time": 1}, "the ring is newer"),
        ({"replication_last": None, "replication_time": None}, "has finished no pass yet"),
        ({"replication_last": 6000, "replication_time": 1, "replication_stats": {"failure": 2}}, "had 2 failures"),
        ({"replication_last": 6000, "replication_time": 1, "replication_stats": None}, None),
        ("timed out", "does not answer: timed out"),
    ],
)
def test_answers(answer: Any, words: str | None) -> None:
    found = replication.behind({("192.0.2.1", 6200): answer}, CHANGED, NOW)
    assert (found == []) if words is None else words in found[0]


class Recon(http.server.BaseHTTPRequestHandler):
    """Answers like a server's recon, or like something else."""

    def do_GET(self) -> None:
        body = {"/recon/replication/object": json.dumps({"replication_last": 1}), "/odd": "[]"}.get(self.path, "<html>")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recon)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield ("127.0.0.1", made.server_port)
    made.shutdown()
    made.server_close()


def test_servers_are_asked(server: tuple[str, int]) -> None:
    dead = ("127.0.0.1", 1)
    answers = replication.ask([server, dead], "/recon/replication/object", 5)
    assert answers[server] == {"replication_last": 1}
    assert "refused" in str(answers[dead])


@pytest.mark.parametrize("path", ["/odd", "/other"])
def test_an_odd_answer_is_words(server: tuple[str, int], path: str) -> None:
    assert isinstance(replication.fetch(server, path, 5), str)
