"""Drift of every kind, planted on a running cloud: each is named with what mends it, and a clean cloud has none."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import testinfra

from tests.integration.conftest import ROOT, members, tool

QUIET = "drift-test"
PORT = 8123


@dataclass(frozen=True)
class Plant:
    """One drift: where, how it is made and undone, and the item that it should be."""

    group: str
    make: str
    undo: str
    kind: str
    name: str
    command: str
    severity: str
    # Which host of the group.
    index: int = 0


# The interface of the lab's provider network.
PROVIDER = "eth3"
RABBIT = "rabbitmqctl --quiet"
PLANTS = [
    Plant(
        "glance",
        f"echo '# {QUIET}' >>/etc/glance/glance-api.conf",
        f"sed -i '/^# {QUIET}$/d' /etc/glance/glance-api.conf",
        "file",
        "/etc/glance/glance-api.conf",
        "playbooks/services.yml --tags glance --limit",
        "changed",
    ),
    Plant(
        "nova",
        f"install -D -o root -g nova -m 0640 /dev/null /etc/nova/nova.conf.d/{QUIET}.conf",
        "rm -r /etc/nova/nova.conf.d",
        "file",
        f"/etc/nova/nova.conf.d/{QUIET}.conf",
        f"rm /etc/nova/nova.conf.d/{QUIET}.conf && systemctl restart",
        "exposed",
    ),
    Plant(
        "memcached",
        f"printf '[Unit]\\nDocumentation=man:memcached\\n' >/etc/systemd/system/memcached.service.d/99-{QUIET}.conf"
        " && systemctl daemon-reload",
        f"rm /etc/systemd/system/memcached.service.d/99-{QUIET}.conf && systemctl daemon-reload",
        "file",
        f"/etc/systemd/system/memcached.service.d/99-{QUIET}.conf",
        "systemctl restart memcached.service",
        "exposed",
    ),
    Plant(
        "placement",
        "systemctl stop placement-api.service",
        "systemctl start placement-api.service",
        "unit",
        "placement-api.service",
        "playbooks/services.yml --tags placement --limit",
        "broken",
    ),
    Plant(
        "nova",
        "systemctl disable nova-scheduler.service",
        "systemctl enable nova-scheduler.service",
        "unit",
        "nova-scheduler.service at boot",
        "playbooks/services.yml --tags nova --limit",
        "broken",
    ),
    Plant(
        "nova",
        "echo older >/run/corbel/digests/nova-conductor.service",
        "cp /etc/corbel/digests/nova-conductor.service /run/corbel/digests/nova-conductor.service",
        "unit",
        "nova-conductor.service",
        "playbooks/services.yml --tags nova --limit",
        "changed",
    ),
    Plant(
        "keystone",
        f"printf '# Managed by Ansible\\n[Service]\\nExecStart=/bin/true\\n' >/etc/systemd/system/{QUIET}.service",
        f"rm /etc/systemd/system/{QUIET}.service && systemctl daemon-reload",
        "unit",
        f"{QUIET}.service",
        f"systemctl disable --now {QUIET}.service; rm /etc/systemd/system/{QUIET}.service",
        "exposed",
    ),
    Plant(
        "memcached",
        "apt-mark hold memcached",
        "apt-mark unhold memcached",
        "package",
        "memcached",
        "apt-mark unhold memcached",
        "changed",
    ),
    Plant(
        "nova_compute",
        "dpkg --remove --force-depends genisoimage",
        "apt-get --yes --no-install-recommends install genisoimage",
        "package",
        "genisoimage",
        "playbooks/services.yml --tags nova_compute --limit",
        "broken",
    ),
    Plant(
        "database",
        """mariadb --execute "CREATE USER 'stranger'@'%' REQUIRE SSL" """,
        """mariadb --execute "DROP USER 'stranger'@'%'" """,
        "database",
        "account stranger@%",
        "DROP USER",
        "exposed",
    ),
    Plant(
        "database",
        """mariadb --execute "GRANT SELECT ON keystone.* TO 'glance'@'%'" """,
        """mariadb --execute "REVOKE SELECT ON keystone.* FROM 'glance'@'%'" """,
        "database",
        "account glance: rights on `keystone`.*",
        "playbooks/services.yml --tags glance",
        "exposed",
    ),
    Plant(
        "message_queue",
        f"{RABBIT} add_vhost {QUIET} && {RABBIT} set_permissions --vhost {QUIET} nova '.*' '.*' '.*'",
        f"{RABBIT} delete_vhost {QUIET}",
        "queue",
        f"account nova: permissions on {QUIET}",
        f"rabbitmqctl clear_permissions --vhost {QUIET} nova",
        "exposed",
    ),
    Plant(
        "nova_compute",
        f"systemd-run --unit={QUIET}-port python3 -m http.server {PORT}",
        f"systemctl stop {QUIET}-port.service",
        "listener",
        f"tcp {PORT}",
        f"systemctl disable --now {QUIET}-port.service",
        "exposed",
    ),
    Plant(
        "neutron_openvswitch",
        "ovs-vsctl add-port br-ex drift0 -- set interface drift0 type=internal",
        "ovs-vsctl del-port br-ex drift0",
        "bridge",
        "br-ex: port drift0",
        "ovs-vsctl del-port br-ex drift0",
        "exposed",
    ),
    # On another host than the port that is too many: what is read of the one must not hide the other.
    Plant(
        "nova_compute",
        f"ovs-vsctl del-port br-ex {PROVIDER}",
        f"ovs-vsctl --may-exist add-port br-ex {PROVIDER}",
        "bridge",
        f"br-ex: port {PROVIDER}",
        "playbooks/services.yml --tags neutron_openvswitch --limit",
        "broken",
        index=-1,
    ),
    # A right is missing, not all of them: the plan reads the schema with the others.
    Plant(
        "database",
        """mariadb --execute "REVOKE DELETE ON placement.* FROM 'placement'@'%'" """,
        """mariadb --execute "GRANT ALL PRIVILEGES ON placement.* TO 'placement'@'%'" """,
        "database",
        "account placement: rights on placement",
        "playbooks/services.yml --tags placement",
        "broken",
    ),
    # Another content that every reader takes for the same ring: zeros after the end of the archive count for nothing.
    Plant(
        "swift_storage",
        f"cp -a /etc/swift/object.ring.gz /root/{QUIET}.ring.gz && head -c 1 /dev/zero >>/etc/swift/object.ring.gz",
        f"mv /root/{QUIET}.ring.gz /etc/swift/object.ring.gz",
        "file",
        "/etc/swift/object.ring.gz",
        "playbooks/rings.yml --tags swift_rings --limit",
        "changed",
    ),
    # Of nobody's authority, and over tomorrow; on a hypervisor, where it is read when a server moves.
    Plant(
        "nova_compute",
        f"cp -a /etc/corbel/tls/host.pem /root/{QUIET}.pem && openssl req -x509 -key /etc/corbel/tls/host.key"
        f" -subj /CN={QUIET} -days 1 -out /etc/corbel/tls/host.pem",
        f"mv /root/{QUIET}.pem /etc/corbel/tls/host.pem",
        "certificate",
        "host",
        "playbooks/hosts.yml --tags certificates --limit",
        "changed",
        index=-1,
    ),
    # What a unit notes when it starts: the same files, but another release or unit file.
    Plant(
        "glance",
        "sed -i 's/^unit .*/unit of-another-release/' /run/corbel/digests/glance-api.service",
        "cp /etc/corbel/digests/glance-api.service /run/corbel/digests/glance-api.service",
        "unit",
        "glance-api.service",
        "playbooks/services.yml --tags glance --limit",
        "changed",
    ),
]


@dataclass(frozen=True)
class Outcome:
    """How the playbook ended, and what it wrote."""

    code: int
    output: str
    document: dict[str, Any]
    undo: Callable[[], None] = lambda: None


def drift(inventory_path: str, path: Path) -> Outcome:
    """Run the playbook."""
    command = [tool("ansible-playbook"), "-i", inventory_path, "playbooks/drift.yml", "-e", f"drift_report_file={path}"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert path.exists(), done.stdout[-4000:] + done.stderr[-2000:]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return Outcome(done.returncode, done.stdout, json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def on(inventory_path: str) -> Callable[[str, str], None]:
    """Run a command on a host."""

    def run(name: str, command: str) -> None:
        host = testinfra.get_host(f"ansible://{name}", ansible_inventory=inventory_path)
        done = host.run(command)
        assert done.rc == 0, f"{name}: {command}: {done.stdout}{done.stderr}"

    return run


@pytest.fixture(scope="module")
def planted(inventory: dict[str, Any], services: list[str]) -> list[tuple[Plant, str]]:
    """What is planted on which host; object storage is an operator's choice."""
    return [
        (plant, members(inventory, plant.group)[plant.index])
        for plant in PLANTS
        if plant.group != "swift_storage" or plant.group in services
    ]


@pytest.fixture(scope="module")
def outcome(
    inventory_path: str,
    planted: list[tuple[Plant, str]],
    on: Callable[[str, str], None],
    api: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Outcome]:
    """What the playbook says of a cloud in which everything is planted; afterwards all of it is undone."""
    with ExitStack() as stack:
        for plant, name in planted:
            on(name, plant.make)
            stack.callback(on, name, plant.undo)
        stack.enter_context(IdentityPlants(api))
        said = drift(inventory_path, tmp_path_factory.mktemp("planted") / "drift.json")
        yield replace(said, undo=stack.close)


class IdentityPlants:
    """Plants an endpoint, removes one, and takes a role away."""

    def __init__(self, api: Any) -> None:
        self.api = api

    def __enter__(self) -> None:
        identity = self.api.identity
        service = next(identity.services(type="placement"))
        self.removed = next(identity.endpoints(service_id=service.id, interface="public"))
        identity.delete_endpoint(self.removed)
        self.added = identity.create_endpoint(
            service_id=service.id, interface="admin", url="https://192.0.2.66", region_id=self.removed.region_id
        )
        self.project = identity.find_project("service")
        self.user = identity.find_user("glance")
        self.role = identity.find_role("service")
        identity.unassign_project_role_from_user(self.project, self.user, self.role)

    def __exit__(self, *reason: object) -> None:
        identity = self.api.identity
        identity.assign_project_role_to_user(self.project, self.user, self.role)
        identity.delete_endpoint(self.added)
        kept = {key: self.removed[key] for key in ("service_id", "interface", "url", "region_id")}
        identity.create_endpoint(**kept)


def found(outcome: Outcome, kind: str, name: str) -> dict[str, Any]:
    rows = [row for row in outcome.document["items"] if row["kind"] == kind and row["name"] == name]
    assert len(rows) == 1, [(row["host"], row["kind"], row["name"]) for row in outcome.document["items"]]
    return dict(rows[0])


@pytest.mark.parametrize("plant", PLANTS, ids=[f"{plant.kind}-{plant.name.split('/')[-1]}" for plant in PLANTS])
def test_planted_drift_is_named_with_what_mends_it(
    plant: Plant, outcome: Outcome, planted: list[tuple[Plant, str]]
) -> None:
    if plant not in dict(planted):
        pytest.skip(f"corbel_services has no {plant.group}")
    row = found(outcome, plant.kind, plant.name)
    assert row["host"] == dict(planted)[plant]
    assert plant.command in row["command"]
    assert row["severity"] == plant.severity
    assert row["command"] in outcome.output


def test_endpoints_and_roles(outcome: Outcome) -> None:
    names = {row["name"]: row["command"] for row in outcome.document["items"] if row["kind"] == "identity"}
    (added,) = [name for name in names if name == "admin endpoint of placement: https://192.0.2.66"]
    assert "openstack endpoint delete" in names[added]
    (removed,) = [name for name in names if name.startswith("public endpoint of placement: ")]
    assert "playbooks/services.yml --tags placement" in names[removed]
    assert "playbooks/services.yml --tags glance" in names["role service of user glance on project service"]


def test_the_run_fails_with_one_sentence(outcome: Outcome) -> None:
    number = len(outcome.document["items"])
    assert outcome.code != 0
    assert f"found {number} differences from the model" in outcome.output
    assert "nothing was changed on any host" in outcome.output
    order = [("exposed", "broken", "changed").index(row["severity"]) for row in outcome.document["items"]]
    assert order == sorted(order)


def test_nothing_was_mended_on_the_way(outcome: Outcome, inventory_path: str, inventory: dict[str, Any]) -> None:
    def read(group: str, command: str, index: int = 0) -> str:
        name = members(inventory, group)[index]
        host = testinfra.get_host(f"ansible://{name}", ansible_inventory=inventory_path)
        return str(host.run(command).stdout).strip()

    assert QUIET in read("glance", "tail -n 1 /etc/glance/glance-api.conf")
    assert read("placement", "systemctl is-active placement-api.service") == "inactive"
    assert read("nova", "systemctl is-enabled nova-scheduler.service") == "disabled"
    assert "drift0" in read("neutron_openvswitch", "ovs-vsctl list-ports br-ex")
    assert PROVIDER not in read("nova_compute", "ovs-vsctl list-ports br-ex", index=-1)
    assert QUIET in read("nova_compute", "openssl x509 -noout -subject -in /etc/corbel/tls/host.pem", index=-1)


def test_no_secret_is_in_what_was_written(outcome: Outcome, hostvars: dict[str, dict[str, Any]]) -> None:
    secrets = [value for value in next(iter(hostvars.values()))["corbel_secrets"].values() if isinstance(value, str)]
    written = json.dumps(outcome.document) + outcome.output
    assert len(secrets) > 5
    assert not any(value in written for value in secrets)


def test_a_cloud_as_the_model_says_has_none(outcome: Outcome, inventory_path: str, tmp_path: Path) -> None:
    outcome.undo()
    again = drift(inventory_path, tmp_path / "drift.json")
    assert again.document["items"] == []
    assert again.code == 0, again.output[-4000:]
