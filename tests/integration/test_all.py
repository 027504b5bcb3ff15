"""What holds on every host."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import members
from tests.integration.probes import exposed, handshakes, listeners, unit_states, units

testinfra_hosts = ["ansible://all"]

# SSH protects itself. MariaDB begins TLS after its greeting and is asked in test_database. A hypervisor's consoles
# do so too, and exist only while servers run.
OTHER_PROTOCOLS = {22, 3306, *range(5900, 6000)}
# iSCSI of storage hosts has no TLS; each volume asks for a password. test_cinder_volume looks at where targets listen.
OF_TARGETS = 3260
# Swift's servers and rsync speak plainly, on one network only (docs/decisions/0007-storage-traffic-of-swift.md):
# test_swift_storage looks at where they listen.
OF_STORAGE = {873, 6200, 6201, 6202}
# Names the ports of a cluster's nodes to each other; one node alone has nobody to tell.
CLUSTER_NAMES = 4369
EXPOSURE_OF_AN_API = 3.0


def test_no_unit_failed(host: Any) -> None:
    lines = host.check_output("systemctl list-units --state=failed --plain --no-legend").splitlines()
    # A package that was replaced leaves the failure of a unit that is no more.
    assert [line for line in lines if " not-found " not in line] == []


def test_every_unit_of_the_catalogue_runs_and_comes_back_after_a_boot(host: Any, entries: list[dict[str, Any]]) -> None:
    states = unit_states(host, *(unit for entry in entries for unit in units(entry)))
    wrong = {
        unit: state
        for unit, state in states.items()
        if (state["ActiveState"], state["SubState"], state["UnitFileState"]) != ("active", "running", "enabled")
    }
    assert wrong == {}


def test_no_service_runs_as_root(host: Any, entries: list[dict[str, Any]]) -> None:
    states = unit_states(host, *(unit for entry in entries for unit in units(entry)))
    assert [unit for unit, state in states.items() if state["User"] in ("", "root")] == []


def test_what_runs_is_what_is_configured(host: Any) -> None:
    # libvirt's sockets start with its service, whose own digest covers them.
    script = """
        cd /etc/corbel/digests || exit 1
        for unit in *; do
            case $unit in libvirtd*.socket) continue ;; esac
            systemctl --quiet is-active "$unit" || continue
            cmp -s "$unit" "/run/corbel/digests/$unit" || echo "$unit"
        done
    """
    assert host.check_output(script) == ""


def test_whatever_listens_beyond_the_host_speaks_tls_with_a_certificate_that_verifies(
    host: Any, name: str, management: str, inventory: dict[str, Any]
) -> None:
    others = OTHER_PROTOCOLS | OF_STORAGE | ({CLUSTER_NAMES} if len(members(inventory, "message_queue")) > 1 else set())
    others |= {OF_TARGETS} if name in members(inventory, "cinder_volume") else set()
    open_ = [listener for listener in listeners(host) if not listener.local and listener.port not in others]
    everywhere = ("*", "0.0.0.0", "[::]")  # noqa: S104  compared with, not bound to
    names = {
        f"{management if listener.address in everywhere else listener.address}:{listener.port}": listener.program
        for listener in open_
    }
    answers = handshakes(host, sorted(names))
    wrong = {
        target: f"{names[target]}: {answer}" for target, answer in answers.items() if not answer.startswith("TLSv1.")
    }
    assert wrong == {}
    assert set(answers.values()) <= {"TLSv1.2", "TLSv1.3"}


@pytest.mark.parametrize(
    ("path", "owner", "group", "mode"),
    [
        ("/etc/corbel/tls/ca.pem", "root", None, 0o644),
        ("/etc/corbel/tls/host.pem", "root", None, 0o644),
        ("/etc/corbel/tls/host.key", "root", "corbel-tls", 0o640),
        ("/etc/corbel/tls/queue-ca.pem", "root", None, 0o644),
    ],
)
def test_certificate_files(host: Any, path: str, owner: str, group: str | None, mode: int) -> None:
    found = host.file(path)
    assert found.user == owner
    assert group in (None, found.group)
    assert found.mode & ~mode == 0


def test_the_certificate_is_for_this_host_and_signed_by_the_authority(host: Any, name: str) -> None:
    tls = "/etc/corbel/tls"
    host.check_output(f"openssl verify -CAfile {tls}/ca.pem {tls}/host.pem")
    assert f"DNS:{name}" in host.check_output(f"openssl x509 -in {tls}/host.pem -noout -ext subjectAltName")
    host.check_output(f"openssl x509 -in {tls}/host.pem -noout -checkend 2592000")


def test_only_nodes_of_the_queue_hold_certificates_of_its_authority(
    host: Any, name: str, inventory: dict[str, Any]
) -> None:
    found = {path for path in host.file("/etc/corbel/tls").listdir() if path.startswith("queue.")}
    assert found == ({"queue.pem", "queue.key"} if name in members(inventory, "message_queue") else set())


def test_the_host_trusts_the_clouds_authority_and_not_that_of_the_queue(host: Any) -> None:
    tls, bundle = "/etc/corbel/tls", "/etc/ssl/certs/ca-certificates.crt"
    host.check_output(f"openssl verify -CAfile {bundle} {tls}/host.pem")
    assert host.run(f"openssl verify -CAfile {bundle} {tls}/queue-ca.pem").rc != 0


def test_configuration_is_readable_for_its_service_only(host: Any, entries: list[dict[str, Any]]) -> None:
    """Identity-01 and -02, Compute-01 and -02, Image-01 and -02, Neutron-01 and -02 of the Security Guide."""
    users = sorted({entry.get("user", entry["name"]) for entry in entries})
    for user in users:
        lines = host.check_output(f"find /etc/{user} -printf '%m %u %g %y %p\\n'").splitlines()
        for line in lines:
            mode, owner, group, kind, path = line.split(" ", 4)
            assert owner in ("root", user) and group == user, line
            assert int(mode, 8) & 0o027 == 0, (
                f"{path} has mode {mode}, expected {'0750' if kind == 'd' else '0640'} or less"
            )


def test_apis_are_sandboxed(host: Any, entries: list[dict[str, Any]]) -> None:
    names = [f"{api['name']}.service" for entry in entries for api in entry.get("apis", [])]
    assert [text for text in (exposed(host, unit, EXPOSURE_OF_AN_API) for unit in names) if text] == []


def test_no_service_was_restarted_by_a_crash(host: Any, entries: list[dict[str, Any]]) -> None:
    states = unit_states(host, *(unit for entry in entries for unit in units(entry)))
    assert {unit: state["NRestarts"] for unit, state in states.items() if int(state["NRestarts"]) > 0} == {}


def test_names_of_all_hosts_resolve(host: Any, hostvars: dict[str, dict[str, Any]]) -> None:
    for other, own in hostvars.items():
        if "corbel_addresses" in own:
            assert host.check_output(f"getent ahostsv4 {other}").split()[0] == own["corbel_addresses"]["management"]
