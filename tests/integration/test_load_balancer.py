"""HAProxy and keepalived: every backend is up, the addresses are held, nothing passes in plain."""

from __future__ import annotations

import csv
import io
import shlex
from typing import Any

from tests.integration.conftest import members
from tests.integration.probes import handshakes

testinfra_hosts = ["ansible://load_balancer"]

STATISTICS = """
import socket
with socket.socket(socket.AF_UNIX) as admin:
    admin.connect("/run/haproxy/admin.sock")
    admin.sendall(b"show stat\\n")
    while block := admin.recv(65536):
        print(block.decode(), end="")
"""


def statistics(host: Any) -> list[dict[str, str]]:
    text = host.check_output(f"python3 -c {shlex.quote(STATISTICS)}")
    return list(csv.DictReader(io.StringIO(text.removeprefix("# "))))


def test_every_backend_is_up_and_none_is_drained(host: Any, inventory: dict[str, Any]) -> None:
    servers = [row for row in statistics(host) if row["svname"] not in ("FRONTEND", "BACKEND")]
    assert servers
    # Nothing could take the place of the only database, so nobody asks whether it is well.
    unchecked = {"database"} if len(members(inventory, "database")) == 1 else set()
    expected = {row["pxname"]: "no check" if row["pxname"] in unchecked else "UP" for row in servers}
    assert [
        f"{row['pxname']}/{row['svname']} {row['status']}"
        for row in servers
        if not row["status"].startswith(expected[row["pxname"]])
    ] == []


def test_every_api_has_a_backend(host: Any, catalogue: dict[str, Any], inventory: dict[str, Any]) -> None:
    rows = {(row["pxname"], row["svname"]) for row in statistics(host)}
    for key, entry in catalogue.items():
        for api in entry.get("apis", []):
            for server in members(inventory, key):
                assert (api["name"], server) in rows


def test_the_addresses_are_held_by_exactly_one(host: Any, variables: dict[str, Any], inventory: dict[str, Any]) -> None:
    held = host.check_output("ip -4 -o address")
    vips = {variables["corbel_internal_vip"], variables.get("corbel_public_vip", variables["corbel_internal_vip"])}
    if len(members(inventory, "load_balancer")) == 1:
        assert [vip for vip in vips if f" {vip}/" not in held] == []


def test_apis_answer_on_their_addresses_under_tls(
    host: Any, variables: dict[str, Any], catalogue: dict[str, Any], inventory: dict[str, Any]
) -> None:
    internal = variables["corbel_internal_vip"]
    public = variables.get("corbel_public_vip", internal)
    apis = [api for key, entry in catalogue.items() if members(inventory, key) for api in entry.get("apis", [])]
    targets = {f"{internal}:{api['port']}" for api in apis} | {
        f"{public}:{api['port']}" for api in apis if api["public"]
    }
    answers = handshakes(host, sorted(targets))
    assert {target: answer for target, answer in answers.items() if not answer.startswith("TLSv1.")} == {}
    hidden = [f"{public}:{api['port']}" for api in apis if not api["public"] and public != internal]
    assert {answer[:3] for answer in handshakes(host, hidden).values()} <= {"no:"}


def test_the_configuration_is_one_that_haproxy_accepts(host: Any) -> None:
    host.check_output("haproxy -c -q -f /etc/haproxy/haproxy.cfg")


def test_the_combined_key_is_for_root_alone(host: Any) -> None:
    lines = host.check_output("find /etc/corbel/tls /etc/haproxy -type f -printf '%m %u %g %p\\n'").splitlines()
    for line in lines:
        assert int(line.split()[0], 8) & 0o007 in (0, 4), line
        if "key" in line or "combined" in line:
            assert int(line.split()[0], 8) & 0o007 == 0, line
