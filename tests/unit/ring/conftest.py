"""What stands in for Swift."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.ring.stand_in import RingBuilderError, RingData, StandIn


@pytest.fixture
def swift() -> Any:
    """What the module takes Swift's module of builders for."""
    return SimpleNamespace(
        RingBuilder=StandIn, RingData=RingData, exceptions=SimpleNamespace(RingBuilderError=RingBuilderError)
    )
