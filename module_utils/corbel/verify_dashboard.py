# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""What the verification asks of the dashboard: that it lets in who has the password and nobody else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urljoin

from ansible.module_utils.corbel.verify_run import StepError

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
STYLE = re.compile(r"""href=['"](/static/[^'"?]+\.css)['"]""")
OK = 200


class Answer(Protocol):
    """What a browser gets."""

    status_code: int
    text: str
    url: str


class Browser(Protocol):
    """Keeps cookies and follows redirections."""

    def get(self, url: str) -> Answer:
        """Open a page."""

    def post(self, url: str, fields: Mapping[str, str]) -> Answer:
        """Send a form from the page of the same address."""


@dataclass
class Account:
    """Who logs in."""

    user: str
    password: str
    domain: str


@dataclass
class Dashboard:
    """The dashboard behind one address."""

    url: str
    browser: Browser
    account: Account

    def check(self) -> str:
        """The form with its style sheet, a wrong password, the right one, a page of its own."""
        form = self.expect(self.browser.get(urljoin(self.url, "/auth/login/")), "the form")
        style = STYLE.search(form.text)
        if not style:
            raise StepError("the form names no style sheet: the release has no compressed files of the dashboard")
        self.expect(self.browser.get(urljoin(self.url, style[1])), style[1])
        again = self.send(form, "not " + self.account.password)
        if "id_password" not in again.text:
            raise StepError(f"a wrong password led to {again.url}, expected the form again")
        home = self.send(again, self.account.password)
        if "id_password" in home.text or "/auth/login" in home.url:
            raise StepError(f"the password of {self.account.user} was refused")
        self.expect(home, f"the first page, {home.url}")
        self.browser.post(urljoin(self.url, "/auth/logout/"), {"csrfmiddlewaretoken": self.token(home)})
        if "id_password" not in self.browser.get(urljoin(self.url, "/identity/")).text:
            raise StepError("pages are shown after the log-out, expected the form")
        return f"{self.account.user} logs in at {self.url}, a wrong password gives the form again"

    def send(self, page: Answer, password: str) -> Answer:
        """Fill in the form of a page."""
        account = self.account
        fields = {"csrfmiddlewaretoken": self.token(page), "region": "default", "domain": account.domain}
        return self.browser.post(
            urljoin(self.url, "/auth/login/"), {**fields, "username": account.user, "password": password}
        )

    def token(self, page: Answer) -> str:
        """The token that proves that a form came from the site."""
        found = TOKEN.search(page.text)
        if not found:
            raise StepError(f"{page.url} has no form with a token")
        return found[1]

    def expect(self, answer: Answer, what: str) -> Answer:
        if answer.status_code != OK:
            raise StepError(f"{what} was answered {answer.status_code}, expected {OK}")
        return answer
