"""What the contract tests read of the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import inventory_knowledge

ROOT = Path(__file__).resolve().parents[2]
LEAST_ENTRIES = 10
LEAST_ROLES = 20


def roles() -> list[Path]:
    """Give the folders of all roles."""
    return sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def knowledge() -> inventory_knowledge.Knowledge:
    """Give what the preflight knows, read from the files of the checkout."""
    return inventory_knowledge.read(ROOT)


@pytest.fixture(scope="session")
def entries(knowledge: inventory_knowledge.Knowledge) -> dict[str, dict[str, Any]]:
    """Give the catalogue; a check over no entries would prove nothing."""
    assert len(knowledge.entries) >= LEAST_ENTRIES
    return knowledge.entries


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with argument `role` once for each role, and one with `playbook` once for each playbook."""
    if "role" in metafunc.fixturenames:
        found = roles()
        assert len(found) >= LEAST_ROLES
        metafunc.parametrize("role", found, ids=lambda path: path.name)
    if "playbook" in metafunc.fixturenames:
        books = sorted((ROOT / "playbooks").glob("*.yml"))
        assert len(books) >= 5
        metafunc.parametrize("playbook", books, ids=lambda path: path.name)
