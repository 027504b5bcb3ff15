"""The log-in that tells whether an account is good."""

from __future__ import annotations

import base64
import hashlib
import struct

import pytest
from ansible.module_utils.corbel import accounts
from ansible.module_utils.corbel import queue_account as account


def frame(number: int, arguments: bytes = b"", kind: int = 1) -> bytes:
    payload = struct.pack("!HH", 10, number) + arguments
    return struct.pack("!BHI", kind, 0, len(payload)) + payload + b"\xce"


def close(text: str) -> bytes:
    return frame(account.CLOSE, struct.pack("!H", 403) + account.short_string(text) + bytes(4))


START = frame(account.START, b"\0\x09")
TUNE = frame(account.TUNE, struct.pack("!HIH", 2047, 131072, 60))
OPENED = frame(account.OPEN_OK) + frame(account.CLOSE_OK)


class Node:
    """Says its lines whatever it is told, a few bytes at a time."""

    def __init__(self, script: bytes) -> None:
        self.script = script
        self.heard = b""

    def sendall(self, data: bytes) -> None:
        self.heard += data

    def recv(self, size: int) -> bytes:
        part, self.script = self.script[: min(size, 5)], self.script[min(size, 5) :]
        return part


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (START + TUNE + OPENED, ""),
        (START + close("ACCESS_REFUSED - Login was refused"), "ACCESS_REFUSED - Login was refused"),
        (START + TUNE + close("NOT_ALLOWED - vhost x not found"), "NOT_ALLOWED - vhost x not found"),
        (START + close(""), "refused"),
    ],
)
def test_converse(script: bytes, reason: str) -> None:
    assert account.converse(Node(script), "nova", "secret", "x") == reason


def test_what_is_said_to_the_node() -> None:
    node = Node(START + TUNE + OPENED)
    account.converse(node, "nova", "secret", "vhost1")
    assert node.heard.startswith(b"AMQP\x00\x00\x09\x01")
    assert b"\0nova\0secret" in node.heard
    assert struct.pack("!HIH", 2047, 131072, 0) in node.heard  # the node's limits, no heartbeat
    assert account.short_string("vhost1") in node.heard


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (b"", "closed the connection"),
        (START[:9], "closed the connection"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(0x50), "closed the connection|no AMQP"),
        (frame(account.START, kind=3), "no AMQP"),
        (frame(account.START)[:-1] + b"\0", "no AMQP"),
        (frame(77), "method 77"),
    ],
)
def test_what_is_no_log_in(script: bytes, message: str) -> None:
    with pytest.raises(accounts.AccountError, match=message):
        account.converse(Node(script), "nova", "secret", "x")


def test_definitions_hold_a_hash_and_no_password() -> None:
    document = account.definitions("nova", "secret", "nova", b"salt")
    user = document["users"][0]
    assert base64.b64decode(user["password_hash"]) == b"salt" + hashlib.sha256(b"saltsecret").digest()
    assert "secret" not in str(document).replace("secrets", "")
    assert document["vhosts"] == [{"name": "nova", "default_queue_type": "quorum"}]
    assert document["permissions"] == [
        {"user": "nova", "vhost": "nova", "configure": ".*", "write": ".*", "read": ".*"}
    ]


def test_salt_differs_each_time() -> None:
    first, second = (account.definitions("nova", "secret", "nova")["users"][0]["password_hash"] for _ in range(2))
    assert first != second


def test_nobody_at_the_port_is_unreachable(tmp_path: object) -> None:
    with pytest.raises(accounts.UnreachableError, match="no connection"):
        account.refusal(account.Node("127.0.0.1", 1, "/etc/ssl/certs/ca-certificates.crt", 2), "a", "b", "c")
