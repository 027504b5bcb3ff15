"""Questions to a host that several modules ask."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

LOOPBACK = re.compile(r"^(127\.|\[?::1\]?$|\[?::ffff:127\.)")

TLS = "/etc/corbel/tls"
# The message queue has an authority of its own.
QUEUE_PORTS = (5671, 25672)
# Runs on the host: a verified handshake with each address and port given, one line of JSON as the answer.
HANDSHAKE = """
import json, os, socket, ssl, sys
folder, queue_ports, targets = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
def context(authority, own):
    made = ssl.create_default_context(cafile=f"{folder}/{authority}.pem")
    if os.path.exists(f"{folder}/{own}.pem"):
        made.load_cert_chain(f"{folder}/{own}.pem", f"{folder}/{own}.key")
    return made
cloud, queue = context("ca", "host"), context("queue-ca", "queue")
answers = {}
for target in targets:
    address, _, port = target.rpartition(":")
    try:
        with socket.create_connection((address, int(port)), timeout=5) as plain:
            with (queue if port in queue_ports else cloud).wrap_socket(plain, server_hostname=address) as tls:
                answers[target] = tls.version()
    except OSError as error:
        answers[target] = "no: %s" % error
print(json.dumps(answers))
"""


class Listener(NamedTuple):
    address: str
    port: int
    program: str

    @property
    def local(self) -> bool:
        return bool(LOOPBACK.match(self.address))


@cache
def listeners(host: Any) -> list[Listener]:
    """Return what listens for TCP in the host's own network namespace."""
    found = []
    for line in host.check_output("ss --no-header --listening --tcp --numeric --processes").splitlines():
        fields = line.split()
        address, _, port = fields[3].rpartition(":")
        program = re.search(r'\("([^"]+)"', line)
        found.append(Listener(address.partition("%")[0], int(port), program[1] if program else "kernel"))
    return found


def handshakes(host: Any, targets: list[str]) -> dict[str, str]:
    """Return the TLS version that each `address:port` speaks with a certificate that verifies, or why not."""
    command = ["python3", "-c", HANDSHAKE, TLS, ",".join(map(str, QUEUE_PORTS)), *targets]
    return dict(json.loads(host.check_output(" ".join(shlex.quote(part) for part in command))))


# The trust store holds the cloud's authority and must not be asked beside the one that is named.
ALONE = "-no-CApath -no-CAstore -CAfile"


def verifies(host: Any, target: str, authority: str) -> bool:
    """Say whether a listener's certificate comes from an authority of the host; no other one counts."""
    said = host.run(f"openssl s_client -connect {target} {ALONE} {TLS}/{authority} </dev/null").stdout
    good, bad = "Verification: OK" in said, "Verification error" in said
    assert good != bad, said
    return good


@cache
def unit_states(host: Any, *names: str) -> dict[str, dict[str, str]]:
    """Return what systemd says of units, by name."""
    properties = "ActiveState,SubState,UnitFileState,NRestarts,User"
    text = host.check_output(f"systemctl show --property={properties} {' '.join(names)}") if names else ""
    found = [dict(line.split("=", 1) for line in block.splitlines()) for block in text.split("\n\n") if block]
    return dict(zip(names, found, strict=True))


def unit_state(host: Any, unit: str) -> dict[str, str]:
    return unit_states(host, unit)[unit]


def units(entry: dict[str, Any]) -> list[str]:
    """Return the units of a catalogue entry."""
    return [f"{part['name']}.service" for part in (*entry.get("apis", []), *entry.get("daemons", []))]


def exposed(host: Any, unit: str, threshold: float) -> str:
    """Return what systemd-analyze says of a unit whose exposure is over the threshold, else nothing."""
    done = host.run(f"systemd-analyze security --no-pager --threshold={round(threshold * 10)} {unit}")
    return "" if done.rc == 0 else str(done.stdout.strip().splitlines()[-1])


@cache
def configuration(host: Any, path: str) -> dict[str, dict[str, str]]:
    """Return an INI file of a service; of a repeated option the last value."""
    sections: dict[str, dict[str, str]] = {}
    current = sections.setdefault("DEFAULT", {})
    for line in host.file(path).content_string.splitlines():
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            current = sections.setdefault(text[1:-1], {})
        elif "=" in text and text[0] not in "#;":
            option, _, value = text.partition("=")
            current[option.strip()] = value.strip()
    return sections


def wait(done: Callable[[], bool], seconds: float = 600) -> None:
    """Ask until it is so."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not within {seconds:.0f} s"
        time.sleep(2)
