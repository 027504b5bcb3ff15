"""How a bundle travels: JSON, compressed, as text in a module's arguments."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Copy data without what Ansible attaches to it, so that it is plain JSON."""
    if isinstance(value, str):
        return str.__str__(value)[:]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def pack(data: Mapping[str, Any]) -> str:
    """Make the text that is sent."""
    return base64.b64encode(zlib.compress(json.dumps(data, sort_keys=True).encode(), 6)).decode()


def unpack(text: str) -> dict[str, Any]:
    """Read it again."""
    data: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(text)))
    return data
