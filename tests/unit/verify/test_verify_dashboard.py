"""The dashboard's form against a site in memory, with its faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from ansible.module_utils.corbel.verify_dashboard import Account, Dashboard
from ansible.module_utils.corbel.verify_run import StepError

URL = "https://cloud.example.com"
STYLE = '<link href="/static/dashboard/css/output.0.css">'
PAGE = '<input name="csrfmiddlewaretoken" value="t">a page'
FORM = f'<html>{STYLE}<input name="csrfmiddlewaretoken" value="t"><input id="id_password"></html>'


@dataclass
class Page:
    status_code: int
    text: str
    url: str


@dataclass
class Site:
    """A dashboard that does what it should, but for what the test spoils."""

    form: str = FORM
    style: int = 200
    first: int = 200
    opens: tuple[str, ...] = ("right",)
    forgets: bool = True
    inside: bool = False

    def get(self, url: str) -> Page:
        path = url.removeprefix(URL)
        if path.startswith("/static/"):
            return Page(self.style, "", url)
        return Page(200, PAGE if self.inside else self.form, url)

    def post(self, url: str, fields: Mapping[str, str]) -> Page:
        assert fields["csrfmiddlewaretoken"] == "t"
        if url == f"{URL}/auth/logout/":
            self.inside = not self.forgets
            return self.get(f"{URL}/auth/login/")
        self.inside = fields["password"] in self.opens
        return Page(self.first, PAGE, f"{URL}/project/") if self.inside else Page(200, self.form, url)


def check(site: Site) -> str:
    return Dashboard(URL, site, Account("admin", "right", "Default")).check()


def test_a_good_site_passes() -> None:
    assert "admin logs in at https://cloud.example.com" in check(Site())


@pytest.mark.parametrize(
    ("site", "message"),
    [
        (Site(form="<html></html>"), "names no style sheet"),
        (Site(form=STYLE), "no form with a token"),
        (Site(style=404), "output.0.css was answered 404"),
        (Site(opens=("right", "not right")), "a wrong password led to https://cloud.example.com/project/"),
        (Site(opens=()), "the password of admin was refused"),
        (Site(first=500), "the first page, https://cloud.example.com/project/ was answered 500"),
        (Site(forgets=False), "pages are shown after the log-out"),
    ],
)
def test_a_fault_is_named(site: Site, message: str) -> None:
    with pytest.raises(StepError, match=message):
        check(site)
