"""Shared by the tests of bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.bundle.fake_host import FakeHost

API = "api.service"
CONF = "/etc/demo/demo.conf"


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    """A fresh host; api.service reads /etc/demo/demo.conf."""
    return FakeHost(tmp_path, {API: [CONF]})


def demo(conf: str = "a = 1\n", **changes: Any) -> dict[str, Any]:
    """A small bundle."""
    bundle = {
        "name": "demo",
        "groups": ["demo-extra"],
        "users": [{"name": "demo", "home": "/var/lib/demo", "groups": ["demo-extra"]}],
        "directories": [
            {"path": "/etc/demo", "owner": "root", "group": "demo", "mode": "0750"},
            {"path": "/var/lib/demo/deep", "owner": "demo", "group": "demo", "mode": "0750"},
        ],
        "files": [{"path": CONF, "content": conf, "group": "demo", "mode": "0640", "secret": True}],
        "units": [{"name": API, "content": "[Service]\nExecStart=/bin/api\n[Install]\nWantedBy=multi-user.target\n"}],
        "release": "/opt/corbel/releases/1",
    }
    return {**bundle, **changes}
