"""Runs the action plugin secrets_file without a play."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from vault_files import PASSWORD

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., dict[str, Any]]


def load_action() -> Any:
    """Load the action plugin; the module of the same name has documentation only."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("secrets_file_action", ROOT / "action_plugins" / "secrets_file.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Task:
    """As much of a task as an action plugin reads."""

    async_val = 0

    def __init__(self, args: dict[str, Any], check_mode: bool) -> None:
        self.args = args
        self.check_mode = check_mode
        self.diff = False
        self.environment: list[Any] = []
        self.name = ""


class Display:
    """Keeps what would be printed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: self.lines.append(repr((args, kwargs)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the place of the secrets file, in a folder that is not there yet."""
    return tmp_path / "group_vars" / "all" / "secrets.yml"


@pytest.fixture
def run(path: Path) -> Run:
    """Give a function that runs the plugin."""
    action = load_action()

    def ran(secrets: dict[str, Any], check_mode: bool = False, vault: bool = True, **options: Any) -> dict[str, Any]:
        loader = DataLoader()
        loader.set_vault_secrets([("default", PASSWORD)] if vault else [])
        plugin = object.__new__(action.ActionModule)
        plugin._loader = loader
        plugin._task = Task({"path": str(path), "secrets": secrets, **options}, check_mode)
        plugin._display = Display()
        plugin._connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="unused"))
        result: dict[str, Any] = plugin.run(task_vars={})
        assert plugin._display.lines == []
        return result

    return ran
