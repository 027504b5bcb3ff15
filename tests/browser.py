"""The dashboard in a real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import base64
import hashlib
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SECONDS = 60
# Horizon 25.7 answers 500 where Glance has no metadata definitions for a type, and Glance has none for this one, which
# the form for a new server asks for; the form goes on without.
NO_DEFINITIONS = "/metadefs/namespaces/?properties_target=&resource_type=OS::Cinder::Volumes"


def key_digest(address: str, authority: str) -> str:
    """Digest of the key that a server shows, after its certificate was verified: the browser accepts no other."""
    context = ssl.create_default_context(cadata=authority)
    with (
        socket.create_connection((address, 443), timeout=SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=address) as tls,
    ):
        shown = tls.getpeercert(binary_form=True)
    assert shown
    public = x509.load_der_x509_certificate(shown).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(hashlib.sha256(public.public_bytes(serialization.Encoding.DER, form)).digest()).decode()


class Dashboard:
    """What a person does with the dashboard."""

    def __init__(self, context: BrowserContext, url: str, screenshots: Path) -> None:
        """Open a first page; pictures go to the folder `screenshots`."""
        self.context, self.url, self.screenshots = context, url, screenshots
        self.page: Page = context.new_page()
        self.page.set_default_timeout(SECONDS * 1000)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._look)
        screenshots.mkdir(parents=True, exist_ok=True)

    def _look(self, response: object) -> None:
        status, url = getattr(response, "status", 0), getattr(response, "url", "")
        if NO_DEFINITIONS in url:
            return
        if status >= 500 or (status >= 400 and "/static/" in url):
            self.problems.append(f"{url} answered {status}")

    def picture(self, name: str) -> None:
        """Keep what the browser shows."""
        self.page.screenshot(path=self.screenshots / f"{name}.png", full_page=True)

    def visit(self, path: str, picture: str = "") -> str:
        """Open a page as a link would; give its text when the browser has nothing more to load."""
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_load_state("networkidle")
        if picture:
            self.picture(picture)
        return self.page.inner_text("body")

    def log_in(self, user: str, password: str, domain: str = "Default") -> None:
        """Fill in the form and send it."""
        self.page.goto(f"{self.url}/auth/login/")
        if self.page.locator("#id_domain").count():
            self.page.fill("#id_domain", domain)
        self.page.fill("#id_username", user)
        self.page.fill("#id_password", password)
        self.page.click("#loginBtn")
        self.page.wait_for_load_state("networkidle")

    def log_out(self) -> None:
        """Leave by the menu."""
        self.page.click(".user-menu .dropdown-toggle")
        self.page.click(".user-menu button[type='submit']")
        self.page.wait_for_load_state("networkidle")

    @property
    def panels(self) -> set[str]:
        """Paths of the panels that the navigation offers."""
        links = self.page.locator("#sidebar-accordion a[href^='/'], .nav-pills a[href^='/']")
        return {str(links.nth(number).get_attribute("href")) for number in range(links.count())}


@contextmanager
def dashboard(url: str, authority: str, screenshots: Path) -> Iterator[Dashboard]:
    """A browser that has never been there, trusting the key that the authority certified."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    assert program, "the package chromium is missing: make packages"
    known = key_digest(str(urlsplit(url).hostname), authority)
    arguments = ["--no-sandbox", "--no-proxy-server", f"--ignore-certificate-errors-spki-list={known}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
            yield Dashboard(context, url, screenshots)
        finally:
            browser.close()
