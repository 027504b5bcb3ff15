"""Keeps what modules write on hosts off the machine that runs the tests."""

from pathlib import Path

import pytest
from ansible.module_utils.corbel import exclusive, host_journal


@pytest.fixture(autouse=True)
def host_root(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the root of a host, with the journal and the locks."""
    root = tmp_path_factory.mktemp("host")
    monkeypatch.setattr(host_journal, "ROOT", root)
    monkeypatch.setattr(exclusive, "LOCK", root / "run/corbel/lock")
    # Playbooks that tests start keep their journal there too.
    monkeypatch.setenv("CORBEL_STATE", str(root / "state"))
    return root
