"""What holds of the cloud seen from the controlling machine, and of running the playbooks again."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bench.scale import tasks_by_host
from tests.integration.conftest import changed, play, tool

# What docs/change_scoped_runs.md promises of every host, the first controller too.
MOST_TASKS = 5


@pytest.fixture
def cloud(access: Path) -> dict[str, Any]:
    clouds = yaml.safe_load((access / "clouds.yaml").read_text(encoding="utf-8"))["clouds"]
    return dict(next(iter(clouds.values())))


def test_the_credentials_are_for_their_owner_alone(access: Path) -> None:
    assert (access / "clouds.yaml").stat().st_mode & 0o077 == 0


def test_the_client_works_with_what_was_left(access: Path) -> None:
    environment = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(access / "clouds.yaml")}
    command = [tool("openstack"), "--os-cloud", "corbel", "catalog", "list", "-f", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    services = {entry["Type"]: entry["Endpoints"] for entry in json.loads(done.stdout)}
    assert {"identity", "image", "placement", "compute", "network"} <= set(services)
    urls = [endpoint["url"] for endpoints in services.values() for endpoint in endpoints]
    assert [url for url in urls if not url.startswith("https://")] == []


def test_the_certificate_is_for_the_name_that_clients_call(cloud: dict[str, Any]) -> None:
    address, port = cloud["auth"]["auth_url"].split("/")[2].rsplit(":", 1)
    context = ssl.create_default_context(cafile=cloud["cacert"])
    with (
        socket.create_connection((address, int(port)), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=address) as tls,
    ):
        assert tls.version() in ("TLSv1.2", "TLSv1.3")
    with socket.create_connection((address, int(port)), timeout=10) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="other.example.org")


def test_an_api_answers_no_plain_request(cloud: dict[str, Any]) -> None:
    address, port = cloud["auth"]["auth_url"].split("/")[2].rsplit(":", 1)
    with socket.create_connection((address, int(port)), timeout=10) as plain:
        plain.sendall(b"GET /v3 HTTP/1.0\r\n\r\n")
        try:
            answer = plain.recv(4096)
        except ConnectionError:
            answer = b""
    assert b" 200 " not in answer
    assert b"version" not in answer


def test_a_second_run_changes_nothing_and_costs_no_host_more_than_five_tasks(
    inventory_path: str, tmp_path: Path
) -> None:
    report = play(inventory_path, tmp_path / "site.json", "playbooks/site.yml")
    assert changed(report) == []
    assert max(tasks_by_host(report).values()) <= MOST_TASKS


def test_the_first_resources_are_as_declared(inventory_path: str, tmp_path: Path) -> None:
    assert changed(play(inventory_path, tmp_path / "resources.json", "playbooks/resources.yml")) == []


def test_check_mode_finds_no_drift(inventory_path: str, tmp_path: Path) -> None:
    assert changed(play(inventory_path, tmp_path / "check.json", "--check", "playbooks/site.yml")) == []
