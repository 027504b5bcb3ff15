"""Files encrypted with a password that these tests know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

PASSWORD = VaultSecret(b"the password of these tests")


def opened(path: Path) -> dict[str, Any]:
    """Decrypt the file."""
    found: dict[str, Any] = yaml.safe_load(VaultLib([("default", PASSWORD)]).decrypt(path.read_bytes()))
    return found


def sealed(text: str) -> bytes:
    """Encrypt a text as the file would be."""
    encrypted: bytes = VaultLib([("default", PASSWORD)]).encrypt(text, PASSWORD)
    return encrypted
