"""What the filters that build URLs have in common. Runs on the controlling machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Arguments:
    """Checks what a filter was given; `error` is what Ansible expects a filter to fail with."""

    filter: str
    error: type[Exception]

    def text(self, name: str, value: Any, empty: bool = False) -> str:
        """A text, which may be empty only where that means something."""
        if not isinstance(value, str):
            raise self.error(f"{self.filter}: {name} is a {type(value).__name__}; a str is expected")
        if not value and not empty:
            raise self.error(f"{self.filter}: {name} is empty; a value is expected")
        return value

    def port(self, value: Any) -> int:
        """A port."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(f"{self.filter}: port is a {type(value).__name__}; an int is expected")
        return value

    def account(self, user: Any, password: Any) -> str:
        """Account and password, no character of which is taken for syntax."""
        return f"{escaped(self.text('user', user))}:{escaped(self.text('password', password))}"


def escaped(text: str) -> str:
    """A text as one part of a URL."""
    return quote(text, safe="")


def server(host: str) -> str:
    """A host; the colons of an IPv6 address would be taken for that of the port."""
    return f"[{host}]" if ":" in host else host
