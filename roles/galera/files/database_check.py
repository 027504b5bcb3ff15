#!/usr/bin/python3
"""Answers load balancers over HTTPS whether the database of this host can take work: 200, or 503 and why.

With `--wait` it asks once a second until that is so; the unit of the database runs it after a start.
"""

from __future__ import annotations

import ssl
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pymysql

SOCKET = "/run/mysqld/mysqld.sock"
CERTIFICATE, KEY = "/etc/corbel/tls/host.pem", "/etc/corbel/tls/host.key"
QUESTION = (
    "SELECT 'wsrep_on', @@global.wsrep_on UNION ALL SELECT variable_name, variable_value"
    " FROM information_schema.global_status WHERE variable_name LIKE 'wsrep%'"
)
# With more nodes than these, others take the work of one that gives its data to a new node.
FEW_NODES = 2
DONOR, SYNCED = "2", "4"
FRESH_SECONDS = 0.5
TIMEOUT = 2


def why_not(status: Mapping[str, str]) -> str:
    """Why a node with this status cannot take work, or an empty string."""
    if status.get("wsrep_on") in (None, "0", "OFF"):
        return ""
    if status.get("wsrep_cluster_status") != "Primary":
        return f"the cluster is {status.get('wsrep_cluster_status')}: this part of it has no majority"
    if status.get("wsrep_ready") != "ON":
        return "the node is not ready"
    state = status.get("wsrep_local_state")
    if state == DONOR and int(status.get("wsrep_cluster_size", "0")) <= FEW_NODES:
        return ""
    return "" if state == SYNCED else f"the node is in state {state}, not in step ({SYNCED})"


class Database:
    """One connection that is kept, asked at most twice a second."""

    def __init__(self, user: str) -> None:
        self._user = user
        self._lock = threading.Lock()
        self._connection: Any = None
        self._asked = 0.0
        self._answer = "it was not asked yet"

    def why_not(self) -> str:
        """Why the database cannot take work, or an empty string."""
        with self._lock:
            if time.monotonic() - self._asked > FRESH_SECONDS:
                self._answer = self._ask()
                self._asked = time.monotonic()
            return self._answer

    def _ask(self) -> str:
        try:
            if self._connection is None:
                self._connection = pymysql.connect(
                    unix_socket=SOCKET, user=self._user, connect_timeout=TIMEOUT, read_timeout=TIMEOUT
                )
            with self._connection.cursor() as cursor:
                cursor.execute(QUESTION)
                return why_not({name.lower(): value for name, value in cursor.fetchall()})
        except (pymysql.MySQLError, OSError) as error:
            self._connection = None
            return f"the database does not answer: {error}"


class Handler(BaseHTTPRequestHandler):
    """Answers every path alike."""

    database: Database
    timeout = 5

    def do_GET(self) -> None:
        reason = self.database.why_not()
        body = f"{reason or 'ready'}\n".encode()
        self.send_response(503 if reason else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_OPTIONS = do_HEAD = do_GET

    def log_message(self, *_: Any) -> None:
        """A question a second is no news."""


class Server(ThreadingHTTPServer):
    """TLS is spoken in the thread of the connection, so that a slow client holds up nobody."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(address, Handler)
        self._context = context

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(Handler.timeout)
        try:
            with self._context.wrap_socket(request, server_side=True) as stream:
                super().finish_request(stream, client_address)
        except OSError:
            return


def main(arguments: list[str]) -> int:
    """Serve, or wait."""
    if arguments == ["--wait"]:
        database = Database("mysql")
        while reason := database.why_not():
            print(reason, flush=True)
            time.sleep(1)
        return 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(CERTIFICATE, KEY)
    Handler.database = Database("corbel_check")
    Server((arguments[0], int(arguments[1])), context).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
