"""Faults of a whole cloud, too long for every change. `make test-storage` runs them on the cloud of the lab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.campaigns.guest import Guest, until
from tests.integration.conftest import access, api, hostvars, inventory, inventory_path, services  # noqa: F401


@pytest.fixture(scope="module")
def guest(api: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:  # noqa: F811
    made = Guest(api, tmp_path_factory.mktemp("guest"))
    until("the guest answers", lambda: made.run("true")[0] == 0)
    yield made
    made.remove()
