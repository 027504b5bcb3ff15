"""Echo requests and ARP requests of a host's own, so that no program has to be installed. Standard library only."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.host_files import text
from ansible.module_utils.corbel.host_path_plan import NO_ANSWER, ONLY_SMALL

WHOLE, LOCAL, UNKNOWN = "whole", "larger than the interface's MTU", "not known"
ECHO, ECHO_REPLY = 8, 0
HEADERS = 28
SMALL = 56
ATTEMPTS = 3
ATTEMPT_SECONDS = 1.0
# Linux: IP_MTU_DISCOVER, IP_PMTUDISC_PROBE. Forbids fragments, whatever the kernel believes of the path.
MTU_DISCOVER, PROBE = 10, 3
ARP_TYPE = 0x0806
ARP_REQUEST, ARP_REPLY = 1, 2
ETHERNET = "1"
BROADCAST = b"\xff" * 6
NOBODY = "0.0.0.0"  # noqa: S104 - the sender of a probe, not bound to


def echo(pairs: Sequence[tuple[str, str, int]]) -> list[str]:
    """Ask each address from each own one for an echo of a small packet and of one as large as the MTU."""
    answers: list[str] = [NO_ANSWER] * len(pairs)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as receiver:
            receiver.setblocking(False)
            identity = os.getpid() & 0xFFFF
            for _ in range(ATTEMPTS):
                waiting = [at for at, answer in enumerate(answers) if answer in {NO_ANSWER, ONLY_SMALL}]
                if not waiting:
                    break
                for at in waiting:
                    _send_echoes(answers, at, pairs[at], identity)
                _receive(receiver, answers, identity)
    except PermissionError:
        return [UNKNOWN] * len(pairs)
    return answers


def _send_echoes(answers: list[str], at: int, pair: tuple[str, str, int], identity: int) -> None:
    own, there, mtu = pair
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as sender:
        sender.setsockopt(socket.IPPROTO_IP, MTU_DISCOVER, PROBE)
        with contextlib.suppress(OSError):
            sender.bind((own, 0))
            sender.sendto(echo_request(identity, 2 * at, SMALL), (there, 0))
        try:
            sender.sendto(echo_request(identity, 2 * at + 1, mtu - HEADERS), (there, 0))
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                answers[at] = LOCAL


def _receive(receiver: socket.socket, answers: list[str], identity: int) -> None:
    """Note the answers until all are there or the time is over."""
    end = time.monotonic() + ATTEMPT_SECONDS
    while any(answer in {NO_ANSWER, ONLY_SMALL} for answer in answers):
        left = end - time.monotonic()
        if left <= 0 or not select.select([receiver], [], [], left)[0]:
            return
        with contextlib.suppress(OSError):
            number = echo_number(receiver.recv(65535), identity)
            if number is None or number // 2 >= len(answers):
                continue
            at = number // 2
            if number % 2:
                answers[at] = WHOLE
            elif answers[at] == NO_ANSWER:
                answers[at] = ONLY_SMALL


def echo_request(identity: int, number: int, size: int) -> bytes:
    """Give an echo request with so many bytes after its header."""
    body = bytes(size)
    head = struct.pack("!BBHHH", ECHO, 0, 0, identity, number & 0xFFFF)
    return struct.pack("!BBHHH", ECHO, 0, checksum(head + body), identity, number & 0xFFFF) + body


def echo_number(packet: bytes, identity: int) -> int | None:
    """Give the number of an echo reply of ours; None for any other packet."""
    start = (packet[0] & 0x0F) * 4 if packet else 0
    if len(packet) < start + 8:
        return None
    kind, _, _, whose, number = struct.unpack("!BBHHH", packet[start : start + 8])
    return int(number) if kind == ECHO_REPLY and whose == identity else None


def checksum(data: bytes) -> int:
    """Give the checksum of the internet protocols."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) // 2 * 2]))
    total += data[-1] << 8 if len(data) % 2 else 0
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def neighbours(plan: dict[str, Any], root: Path) -> dict[str, Any]:
    """Say who else answers for the host's addresses, who for the virtual ones, and whether the gateway is there."""
    own = {text(path).strip() for path in (root / "sys/class/net").glob("*/address")}
    duplicates = [[address, mac] for link, address in plan.get("own", []) for mac in ask(root, link, address) - own]
    claimed = [[address, mac] for link, address in plan.get("claim", []) for mac in ask(root, link, address) - own]
    found: dict[str, Any] = {"duplicates": duplicates, "claimed": claimed, "gateway": None}
    if plan.get("gateway"):
        address, link, source = plan["gateway"]
        if source and is_ethernet(root, link) and may_send():
            found["gateway"] = bool(ask(root, link, address, source))
    return found


def is_ethernet(root: Path, link: str) -> bool:
    """Whether the interface has neighbours to ask."""
    return text(root / f"sys/class/net/{link}/type").strip() == ETHERNET


def may_send() -> bool:
    """Whether the kernel lets this program send frames."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP_TYPE)).close()
    except OSError:
        return False
    return True


def ask(root: Path, link: str, address: str, source: str = NOBODY) -> set[str]:
    """Ask on an interface who has an address; without a source, as a host asks before it takes the address."""
    if ":" in address or not is_ethernet(root, link):
        return set()
    mac = bytes.fromhex(text(root / f"sys/class/net/{link}/address").strip().replace(":", ""))
    found: set[str] = set()
    try:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP_TYPE)) as frames:
            frames.bind((link, ARP_TYPE))
            for _ in range(ATTEMPTS - 1):
                frames.send(arp_request(mac, source, address))
                end = time.monotonic() + ATTEMPT_SECONDS / 2
                while (left := end - time.monotonic()) > 0 and select.select([frames], [], [], left)[0]:
                    found |= arp_answers([frames.recv(2048)], address)
                if found:
                    break
    except OSError:
        return set()
    return found


def arp_request(mac: bytes, source: str, address: str) -> bytes:
    """Give the frame that asks who has an address."""
    head = BROADCAST + mac + struct.pack("!H", ARP_TYPE)
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, ARP_REQUEST)
    return head + body + mac + socket.inet_aton(source) + bytes(6) + socket.inet_aton(address)


def arp_answers(frames: Iterable[bytes], address: str) -> set[str]:
    """Give the hardware addresses that answer for an address."""
    wanted = socket.inet_aton(address)
    found = set()
    for frame in frames:
        if len(frame) < 42 or frame[20:22] != struct.pack("!H", ARP_REPLY) or frame[28:32] != wanted:
            continue
        found.add(frame[22:28].hex(":"))
    return found
