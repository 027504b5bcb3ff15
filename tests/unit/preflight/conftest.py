"""Loads inventories as a run would, without a run."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import inventory_check
import pytest
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.corbel import inventory_checks, inventory_knowledge
from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.preflight_finding import Finding
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.vars.manager import VariableManager

ROOT = Path(__file__).resolve().parents[3]
init_plugin_loader([])
# The product does not change between tests.
read_once = functools.lru_cache(inventory_knowledge.read)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Cloud]:
    """Give a function that loads an inventory, with `-e` options."""
    monkeypatch.setattr(inventory_knowledge, "read", read_once)

    def loaded(path: Path, *extra: str) -> Cloud:
        loader = DataLoader()
        inventory = InventoryManager(loader=loader, sources=[str(path)])
        variables = VariableManager(loader=loader, inventory=inventory)
        return inventory_check.collect(inventory, variables, loader, extra=extra)

    return loaded


@pytest.fixture
def check(load: Callable[..., Cloud]) -> Callable[..., list[Finding]]:
    """Give a function that loads an inventory and runs every check."""

    def checked(path: Path, *extra: str) -> list[Finding]:
        return inventory_checks.run(load(path, *extra))

    return checked


@pytest.fixture
def multinode(tmp_path: Path) -> Path:
    """Give a copy of an example inventory, to be broken."""
    return Path(shutil.copytree(ROOT / "inventory" / "multinode", tmp_path / "mycloud"))
