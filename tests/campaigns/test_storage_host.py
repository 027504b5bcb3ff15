"""A server goes on with its volumes when the host that exports them restarts, cleanly or not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.campaigns.guest import Guest, until
from tests.integration.conftest import lab


def services_are_up(api: Any) -> bool:
    return {one.state for one in api.block_storage.services()} == {"up"}


@pytest.mark.parametrize(
    "restart",
    [
        pytest.param([("reboot", "storage1")], id="reboot"),
        pytest.param([("power-cut", "storage1"), ("power-on", "storage1")], id="power-cut"),
    ],
)
def test_volumes_come_back(api: Any, guest: Guest, restart: list[tuple[str, str]]) -> None:
    guest.attach()
    written = guest.write()
    for step in restart:
        lab(*step)
    until("every volume service is up", lambda: services_are_up(api))
    assert guest.read() == written
    assert guest.write() != written
    guest.detach()
    assert [guest.status(volume) for volume in guest.volumes] == ["available", "available"]
