"""How a bundle travels: JSON, compressed, as text in a module's arguments."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any


def pack(data: Mapping[str, Any]) -> str:
    """Make the text that is sent."""
    return base64.b64encode(zlib.compress(json.dumps(data, sort_keys=True).encode(), 6)).decode()


def unpack(text: str) -> dict[str, Any]:
    """Read it again."""
    data: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(text)))
    return data
