"""An account of RabbitMQ: whether it can log in, and making it. Runs on a host of the cluster; standard library only.

The log-in speaks AMQP 0-9-1 as far as Connection.Open: a frame is type, channel, size, payload and an end mark;
the payload of a method starts with its class and its number.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pwd
import socket
import ssl
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.corbel.accounts import AccountError, UnreachableError, run

GREETING = b"AMQP\x00\x00\x09\x01"
FRAME_END = b"\xce"
METHOD_FRAME = 1
CONNECTION = 10
START, START_OK, TUNE, TUNE_OK, OPEN, OPEN_OK, CLOSE, CLOSE_OK = 10, 11, 30, 31, 40, 41, 50, 51
HASHING = "rabbit_password_hashing_sha256"
IMPORT = ["rabbitmqctl", "--quiet", "import_definitions"]
IMPORT_SECONDS = 120
USER = "rabbitmq"
HOST = "a host of the message queue"


@dataclass(frozen=True)
class Node:
    """Where to log in."""

    host: str
    port: int
    ca_file: str
    timeout: int


def short_string(text: str) -> bytes:
    """Text with its length in one byte."""
    data = text.encode()
    return struct.pack("!B", len(data)) + data


def long_string(data: bytes) -> bytes:
    """Bytes with their length in four bytes."""
    return struct.pack("!I", len(data)) + data


def method(number: int, arguments: bytes) -> bytes:
    """A frame of channel 0 with a method of the class connection."""
    payload = struct.pack("!HH", CONNECTION, number) + arguments
    return struct.pack("!BHI", METHOD_FRAME, 0, len(payload)) + payload + FRAME_END


def start_ok(name: str, password: str) -> bytes:
    """The answer to Start: account and password. The capability makes the node say so when they are wrong."""
    capability = short_string("authentication_failure_close") + b"t\x01"
    properties = short_string("capabilities") + b"F" + long_string(capability)
    response = b"\0" + name.encode() + b"\0" + password.encode()
    return method(
        START_OK, long_string(properties) + short_string("PLAIN") + long_string(response) + short_string("en_US")
    )


def close_reason(arguments: bytes) -> str:
    """The text of a Close."""
    size = arguments[2]
    return arguments[3 : 3 + size].decode(errors="replace")


def converse(stream: Any, name: str, password: str, vhost: str) -> str:
    """Log in over an open connection and open the virtual host; an empty string, or why the node refuses."""
    stream.sendall(GREETING)
    while True:
        number, arguments = _receive(stream)
        if number == START:
            stream.sendall(start_ok(name, password))
        elif number == TUNE:
            # No heartbeat: the connection lives for a moment.
            stream.sendall(method(TUNE_OK, arguments[:-2] + b"\0\0") + method(OPEN, short_string(vhost) + b"\0\0"))
        elif number == OPEN_OK:
            closing = struct.pack("!H", 200) + short_string("done") + struct.pack("!HH", 0, 0)
            stream.sendall(method(CLOSE, closing))
        elif number == CLOSE_OK:
            return ""
        elif number == CLOSE:
            return close_reason(arguments) or "refused"
        else:
            raise AccountError(f"found method {number} of the class connection in a log-in, expected Start to Close")


def _receive(stream: Any) -> tuple[int, bytes]:
    kind, _, size = struct.unpack("!BHI", _exactly(stream, 7))
    body = _exactly(stream, size + 1)
    if kind != METHOD_FRAME or body[-1:] != FRAME_END or size < 4:
        raise AccountError("found no AMQP 0-9-1 in the answer, expected a node of RabbitMQ at this port")
    _, number = struct.unpack("!HH", body[:4])
    return number, body[4:-1]


def _exactly(stream: Any, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            raise AccountError("the node closed the connection in the middle of the log-in")
        data += part
    return data


def refusal(node: Node, name: str, password: str, vhost: str) -> str:
    """Why the account cannot use the virtual host, or an empty string if it can."""
    try:
        context = ssl.create_default_context(cafile=node.ca_file)
        with (
            socket.create_connection((node.host, node.port), node.timeout) as plain,
            context.wrap_socket(plain, server_hostname=node.host) as stream,
        ):
            return converse(stream, name, password, vhost)
    except ssl.SSLError as error:
        raise AccountError(
            f"{node.host}:{node.port}: found a certificate that is not good ({error}), expected one of {node.ca_file} "
            "for this name; run playbooks/hosts.yml"
        ) from error
    except OSError as error:
        raise UnreachableError(
            f"{node.host}:{node.port}: no connection ({error.strerror or error}), expected a node of RabbitMQ; "
            "see 'journalctl -u rabbitmq-server' there"
        ) from error


def password_hash(password: str, salt: bytes) -> str:
    """The form in which the server keeps a password."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def definitions(name: str, password: str, vhost: str, salt: bytes = b"") -> dict[str, Any]:
    """Virtual host, account and rights as RabbitMQ imports them."""
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    hashed = password_hash(password, salt or os.urandom(4))
    return {
        "vhosts": [{"name": vhost, "default_queue_type": "quorum"}],
        "users": [{"name": name, "password_hash": hashed, "hashing_algorithm": HASHING, "tags": []}],
        "permissions": [{"user": name, "vhost": vhost, **rights}],
    }


def import_definitions(document: dict[str, Any]) -> None:
    """Have RabbitMQ make what the document says. Its program reads no standard input, so a file lives shortly."""
    try:
        owner = pwd.getpwnam(USER)
    except KeyError:
        raise UnreachableError(
            f"found no account '{USER}', expected {HOST}; run playbooks/infrastructure.yml"
        ) from None
    with tempfile.NamedTemporaryFile("w", prefix="corbel-definitions-", suffix=".json") as stream:
        json.dump(document, stream)
        stream.flush()
        os.fchown(stream.fileno(), owner.pw_uid, owner.pw_gid)
        _run([*IMPORT, stream.name])


def _run(command: list[str]) -> None:
    try:
        done = run(command, HOST, timeout=IMPORT_SECONDS)
    except subprocess.TimeoutExpired:
        raise AccountError(f"'{' '.join(IMPORT)}' took more than {IMPORT_SECONDS} s; is the cluster up?") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise AccountError(f"'{' '.join(IMPORT)}' failed: {said[-1]}")
