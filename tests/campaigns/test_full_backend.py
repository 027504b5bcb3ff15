"""A backend that is really full refuses the next volume, says why, and harms no other."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from tests.campaigns.guest import Guest, until

BACKEND = "thick"
GIB = 2
# The backend of the lab has 10 GiB; what another test left may be in it.
MOST = 8


@pytest.fixture
def fillers(api: Any) -> Iterator[list[Any]]:
    """Volumes that fill the backend, removed again."""
    made: list[Any] = []
    yield made
    for volume in made:
        api.block_storage.delete_volume(volume)
    ids = {volume.id for volume in made}
    until("the volumes are gone", lambda: not ids & {one.id for one in api.block_storage.volumes()})


def settled(api: Any, volume: Any) -> str:
    """Status of a volume that is no longer being made."""

    def ask() -> str:
        status = str(api.block_storage.get_volume(volume.id).status)
        return status if status in ("available", "error") else ""

    return str(until("the volume is made or has failed", ask))


def test_a_full_backend_refuses_and_harms_nobody(api: Any, guest: Guest, fillers: list[Any]) -> None:
    name = f"corbel-campaign-{secrets.token_hex(3)}"
    guest.attach()
    written = guest.write()
    status = "available"
    while status == "available" and len(fillers) < MOST:
        fillers.append(api.block_storage.create_volume(name=name, size=GIB, volume_type=BACKEND))
        status = settled(api, fillers[-1])
    assert status == "error", f"{len(fillers)} volumes of {GIB} GiB were made, expected the last one to fail"
    assert len(fillers) > 1, "the backend had no room at all"
    query = f"/messages?resource_uuid={fillers[-1].id}"
    messages = api.block_storage.get(query, microversion="3.5").json()["messages"]
    assert [one["message_level"] for one in messages] == ["ERROR"]
    text = messages[0]["user_message"].lower()
    assert "backend" in text or "space" in text, text
    assert guest.read() == written
    assert guest.write() != written
    assert [settled(api, volume) for volume in fillers[:-1]] == ["available"] * (len(fillers) - 1)
    guest.detach()
