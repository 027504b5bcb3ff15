"""The dashboard in a real browser: what a user does with a server, a volume, a container and the network."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.browser import Dashboard, dashboard
from tests.integration.conftest import ROOT
from tests.integration.probes import wait

testinfra_hosts = ["ansible://horizon"]
SETTINGS = "/etc/horizon/local/local_settings.py"
PICTURES = ROOT / ".lab" / "screenshots"
SLOW = 300_000


@pytest.fixture(scope="session")
def account(access: Path) -> dict[str, str]:
    clouds = yaml.safe_load((access / "clouds.yaml").read_text(encoding="utf-8"))["clouds"]
    return dict(next(iter(clouds.values()))["auth"])


@pytest.fixture
def url(variables: dict[str, Any]) -> str:
    address = variables.get("corbel_public_vip", variables["corbel_internal_vip"])
    return f"https://{variables.get('corbel_public_name', address)}"


@pytest.fixture
def visitor(host: Any, url: str, account: dict[str, str]) -> Iterator[Dashboard]:
    with dashboard(url, host.file("/etc/corbel/tls/ca.pem").content_string, PICTURES) as opened:
        opened.log_in(account["username"], account["password"], account.get("user_domain_name", "Default"))
        yield opened
        assert opened.problems == []


def deployed(services: list[str], name: str) -> None:
    if name not in services:
        pytest.skip(f"corbel_services has no {name}")


def test_security_guide(host: Any) -> None:
    """Dashboard-03 to 11, as the file has them; the role's scenario asks Horizon itself."""
    text = host.file(SETTINGS).content_string
    for name in ("DISALLOW_IFRAME_EMBED", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY"):
        assert f"{name} = True" in text
    assert "ENFORCE_PASSWORD_CHECK = True" in text
    assert 'HORIZON_CONFIG["password_autocomplete"] = "off"' in text
    assert 'HORIZON_CONFIG["disable_password_reveal"] = True' in text
    assert 'HORIZON_CONFIG["password_validator"]' in text
    assert 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")' in text


def test_wrong_password_gives_the_form_again(host: Any, url: str, account: dict[str, str]) -> None:
    with dashboard(url, host.file("/etc/corbel/tls/ca.pem").content_string, PICTURES) as opened:
        opened.log_in(account["username"], secrets.token_hex(8))
        opened.picture("wrong-password")
        assert "/auth/login/" in opened.page.url
        assert "Invalid credentials" in opened.page.inner_text("body")


def test_overview_and_network_topology(visitor: Dashboard, services: list[str]) -> None:
    deployed(services, "nova")
    assert "Limit Summary" in visitor.visit("/project/", "overview")
    visitor.visit("/project/network_topology/", "network-topology")
    visitor.page.wait_for_selector("#topologyCanvasContainer svg, #flatTopologyCanvasContainer svg", state="attached")
    visitor.picture("network-topology")


def test_server_is_made_and_deleted(
    visitor: Dashboard, variables: dict[str, Any], services: list[str], api: Any
) -> None:
    deployed(services, "nova_compute")
    name = f"corbel-browser-{secrets.token_hex(3)}"
    page = visitor.page
    visitor.visit("/project/instances/", "instances")
    page.click("#instances__action_launch-ng")
    page.fill("input[name='name']", name)
    step(visitor, "source")
    if page.locator("#vol-create:visible").count():
        page.locator("label#vol-create:has-text('No')").click()
    allocate(visitor, variables.get("cloud_verify_image", "guest"))
    step(visitor, "flavor")
    allocate(visitor, variables.get("cloud_verify_flavor", "m1.tiny"))
    step(visitor, "networks")
    allocate(visitor, "private")
    visitor.picture("launch-instance")
    page.click("button.finish")
    row = page.locator(f"#instances tr:has-text('{name}')")
    row.wait_for(timeout=SLOW)
    page.locator(f"#instances tr:has-text('{name}'):has-text('Active')").wait_for(timeout=SLOW)
    visitor.picture("server")
    row.locator("a.dropdown-toggle, button.dropdown-toggle").click()
    row.locator("[id*='action_delete']").click()
    page.click(".modal-dialog .btn-danger, .modal-dialog .btn-primary")
    row.wait_for(state="detached", timeout=SLOW)
    # The row goes when the page asks again; the server may be on its way out a little longer.
    wait(lambda: name not in [one.name for one in api.compute.servers()])


def step(visitor: Dashboard, name: str) -> None:
    """Go to a step of the form for a new server."""
    visitor.page.locator(f".wizard-nav a:has-text('{name.title()}')").first.click()
    visitor.page.wait_for_load_state("networkidle")


def allocate(visitor: Dashboard, name: str) -> None:
    """Choose a row of the table of what there is."""
    available = visitor.page.locator(".transfer-table:visible .transfer-section").nth(1)
    available.locator(f"tr:has(:text-is('{name}')) button").first.click()


def test_volume_is_made_and_deleted(visitor: Dashboard, services: list[str]) -> None:
    deployed(services, "cinder")
    name = f"corbel-browser-{secrets.token_hex(3)}"
    page = visitor.page
    visitor.visit("/project/volumes/", "volumes")
    page.click("#volumes__action_create")
    page.fill("#id_name", name)
    page.fill("#id_size", "1")
    page.click(".modal-dialog input[type='submit'], .modal-dialog .btn-primary")
    row = page.locator(f"#volumes tr:has-text('{name}')")
    page.locator(f"#volumes tr:has-text('{name}'):has-text('Available')").wait_for(timeout=SLOW)
    visitor.picture("volume")
    row.locator("a.dropdown-toggle, button.dropdown-toggle").click()
    row.locator("[id*='action_delete']").click()
    page.click(".modal-dialog .btn-danger, .modal-dialog .btn-primary")
    row.wait_for(state="detached", timeout=SLOW)


@pytest.fixture
def container(api: Any, services: list[str]) -> Iterator[str]:
    """A name for a container, which is removed with what is in it."""
    deployed(services, "swift")
    name = f"corbel-browser-{secrets.token_hex(3)}"
    yield name
    if name in [one.name for one in api.object_store.containers()]:
        for one in api.object_store.objects(name):
            api.object_store.delete_object(one, container=name)
        api.object_store.delete_container(name)


def test_file_is_uploaded_to_a_container(visitor: Dashboard, container: str, tmp_path: Path) -> None:
    file = tmp_path / "uploaded.txt"
    file.write_text("from a browser\n")
    page = visitor.page
    visitor.visit("/project/containers/", "containers")
    page.click("button:has-text('Container'):visible")
    page.fill(".modal-dialog input[type='text']", container)
    page.click(".modal-dialog .btn-primary")
    page.locator(f".hz-container-title:has-text('{container}')").first.click()
    # What the page has to say lies over its buttons until somebody closes it.
    for message in page.locator(".messages .close").all():
        message.dispatch_event("click")
    page.locator("button:has(.fa-upload)").click()
    page.set_input_files(".modal-dialog input[type='file']", file)
    page.click(".modal-dialog .btn-primary")
    page.locator("td:has-text('uploaded.txt')").wait_for()
    visitor.picture("container")


def test_stacks_are_listed(visitor: Dashboard, services: list[str]) -> None:
    deployed(services, "heat")
    assert "Stacks" in visitor.visit("/project/stacks/", "stacks")
    assert "OS::Heat::WaitCondition" in visitor.visit("/project/resource_types/", "resource-types")
