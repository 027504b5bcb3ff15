"""What the tests of a whole cloud share. Run: pytest tests/integration --ansible-inventory=.lab/cloud/inventory"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "roles/service_catalogue/defaults/main"
# Every module names its group in testinfra_hosts; the marker of the same name selects it.
GROUPS = (
    "all",
    "cloud",
    "database",
    "load_balancer",
    "memcached",
    "message_queue",
    "keystone",
    "glance",
    "cinder",
    "cinder_volume",
    "cinder_backup",
    "placement",
    "nova",
    "nova_compute",
    "neutron",
    "neutron_openvswitch",
    "neutron_l3",
    "neutron_dhcp",
    "neutron_metadata",
    "heat",
    "horizon",
    "swift",
    "swift_storage",
)


def pytest_configure(config: pytest.Config) -> None:
    # testinfra calls ansible-inventory by its bare name.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ.setdefault("ANSIBLE_CONFIG", str(ROOT / "ansible.cfg"))
    for group in GROUPS:
        config.addinivalue_line("markers", f"{group}: runs on the hosts of the inventory group {group}")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave these tests out where no cloud is named."""
    return None if config.getoption("--ansible-inventory") else True


def pytest_report_header(config: pytest.Config) -> str | None:
    if config.getoption("--ansible-inventory"):
        return None
    return "tests/integration is left out: name a cloud with --ansible-inventory=.lab/cloud/inventory"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        group = item.path.stem.removeprefix("test_")
        if item.path.parent == Path(__file__).parent and group in GROUPS:
            item.add_marker(group)


def tool(name: str) -> str:
    """Return a program of the environment that runs the tests."""
    return str(Path(sys.executable).with_name(name))


def play(inventory_path: str, report: Path, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run a playbook and return its report."""
    command = [tool("ansible-playbook"), "-i", inventory_path, *arguments]
    settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "CORBEL_REPORT": str(report), **environment}
    environ = {**os.environ, **settings}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return dict(json.loads(report.read_text(encoding="utf-8")))


def changed(report: dict[str, Any]) -> list[str]:
    """Return what changed something, as host and task."""
    return [
        f"{host}: {task['name']}"
        for play in report["plays"]
        for task in play["tasks"]
        for host, result in task["hosts"].items()
        if result["outcome"] == "changed"
    ]


def lab(*arguments: str) -> str:
    """Do something with the lab, or a host of it; return what that prints."""
    command = [sys.executable, "-m", "lab", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"lab {' '.join(arguments)}: {done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def inventory_path(request: pytest.FixtureRequest) -> str:
    return str(Path(request.config.getoption("--ansible-inventory")).resolve())


@pytest.fixture(scope="session")
def inventory(inventory_path: str) -> dict[str, Any]:
    """The inventory as Ansible reads it, secrets included: never print it."""
    command = [tool("ansible-inventory"), "-i", inventory_path, "--list"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="session")
def hostvars(inventory: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(inventory["_meta"]["hostvars"])


def members(inventory: dict[str, Any], group: str) -> list[str]:
    """Return the hosts of a group and of its children."""
    found = inventory.get(group, {})
    names = list(found.get("hosts", []))
    for child in found.get("children", []):
        names += members(inventory, child)
    return list(dict.fromkeys(names))


@pytest.fixture
def name(host: Any, hostvars: dict[str, dict[str, Any]]) -> str:
    """The host's name in the inventory."""
    address = host.backend.get_hostname()
    return next(name for name, own in hostvars.items() if address in (name, own.get("ansible_host")))


@pytest.fixture
def variables(name: str, hostvars: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The host's variables as the inventory has them."""
    return hostvars[name]


@pytest.fixture
def management(variables: dict[str, Any]) -> str:
    return str(variables["corbel_addresses"]["management"])


@pytest.fixture(scope="session")
def catalogue() -> dict[str, dict[str, Any]]:
    """The entries of the service catalogue as written, expressions and all."""
    entries = {}
    for path in sorted(CATALOGUE.glob("*.yml")):
        for key, value in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if isinstance(value, dict) and "name" in value:
                entries[key.removeprefix("service_catalogue_")] = value
    return entries


@pytest.fixture(scope="session")
def services(hostvars: dict[str, dict[str, Any]]) -> list[str]:
    """The catalogue entries that the cloud deploys."""
    defaults = yaml.safe_load((ROOT / "roles/corbel/defaults/main.yml").read_text(encoding="utf-8"))
    first = next(iter(hostvars.values()))
    return list(first.get("corbel_services", defaults["corbel_services"]))


@pytest.fixture(autouse=True)
def _only_what_is_deployed(request: pytest.FixtureRequest) -> None:
    """Leave out the tests of a service that the cloud does not have; its group has hosts all the same."""
    group = request.path.stem.removeprefix("test_")
    if group in request.getfixturevalue("catalogue") and group not in request.getfixturevalue("services"):
        pytest.skip(f"corbel_services has no {group}")


@pytest.fixture
def entries(
    name: str, catalogue: dict[str, dict[str, Any]], inventory: dict[str, Any], services: list[str]
) -> list[dict[str, Any]]:
    """The entries that this host runs."""
    return [entry for key, entry in catalogue.items() if key in services and name in members(inventory, key)]


@pytest.fixture(scope="session")
def access(inventory_path: str) -> Path:
    """The directory with clouds.yaml and the authority's certificate, as a play sees it."""
    command = [
        tool("ansible"),
        "controller[0]",
        "-i",
        inventory_path,
        "-m",
        "debug",
        "-a",
        "var=client_access_directory",
    ]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout[done.stdout.index("{") :])["client_access_directory"]
    return Path(found) if "/" in found else Path.home() / ".corbel" / "corbel"


@pytest.fixture(scope="session")
def api(access: Path) -> Any:
    """The cloud as the administrator's client reaches it."""
    import openstack

    clouds = yaml.safe_load((access / "clouds.yaml").read_text(encoding="utf-8"))["clouds"]
    config = openstack.config.OpenStackConfig(config_files=[str(access / "clouds.yaml")])
    return openstack.connection.Connection(config=config.get_one(cloud=next(iter(clouds))))


@pytest.fixture
def member(api: Any, hostvars: dict[str, dict[str, Any]]) -> Iterator[Any]:
    """The cloud as a user sees it who is a plain member of one project; both are removed afterwards."""
    name, password = f"corbel-test-{secrets.token_hex(3)}", f"aA1!{secrets.token_urlsafe(24)}"
    project = api.identity.create_project(name=name, domain_id="default")
    user = api.identity.create_user(name=name, password=password, domain_id="default")
    # What Heat may do later in the name of a stack's owner, the owner must be allowed to do.
    delegated = next(iter(hostvars.values())).get("heat_delegated_roles", [])
    try:
        for role in {"member", *delegated}:
            api.identity.assign_project_role_to_user(project, user, api.identity.find_role(role, ignore_missing=False))
        yield api.connect_as(username=name, password=password, user_domain_id="default", project_id=project.id)
    finally:
        api.identity.delete_user(user)
        api.identity.delete_project(project)
