"""A host with a bundle that was deployed, and what systemd says of its units beyond their state."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from ansible.module_utils.corbel import bundle_record
from ansible.module_utils.corbel.bundle_host import Completed, Host
from ansible.module_utils.corbel.bundle_record import Record

from tests.unit.bundle.conftest import API, CONF, demo
from tests.unit.bundle.fake_host import SYSTEM, FakeHost


class Deployed:
    """The host; what is planted into it is what a host may become."""

    def __init__(self, root: Path) -> None:
        self.fake = FakeHost(root, {API: [CONF]})
        self.fake.packages["demo-tools"] = lambda: None
        self.fake.apply(demo(packages=["demo-tools"]))
        self.masked: set[str] = set()
        self.failed: set[str] = set()
        self.drop_ins: dict[str, list[str]] = {}
        self.fragments: dict[str, str] = {}
        self.host = Host(root, self.run, self.fake.sleep)

    @property
    def records(self) -> dict[str, Record]:
        return bundle_record.read_all(self.host.tree)

    def run(self, command: Sequence[str], timeout: float) -> Completed:
        """Play the questions of drift; the others are those of bundles."""
        if command[:2] == ["systemctl", "list-units"]:
            rows = [{"unit": name, "load": "loaded", "active": "failed", "sub": "failed"} for name in self.failed]
            return Completed(0, json.dumps(rows))
        if "--property=Id,FragmentPath,DropInPaths" in command:
            names = [word for word in command[2:] if not word.startswith("-")]
            return Completed(0, "\n".join(self._origin(name) for name in names))
        done = self.fake.run(command, timeout)
        return Completed(0, done.out.replace("LoadState=loaded", "LoadState=masked")) if self.masked else done

    def _origin(self, name: str) -> str:
        own = [f"/{path.relative_to(self.fake.root)}" for path in (self.fake.root / SYSTEM / f"{name}.d").glob("*")]
        paths = " ".join(sorted(own) + self.drop_ins.get(name, []))
        return f"Id={name}\nFragmentPath={self.fragments.get(name, f'/{SYSTEM}/{name}')}\nDropInPaths={paths}\n"


@pytest.fixture
def deployed(tmp_path: Path) -> Deployed:
    return Deployed(tmp_path)


@pytest.fixture
def unchanged(deployed: Deployed) -> Callable[[], bool]:
    """Say whether the host is what it was: drift only reads."""
    before = deployed.fake.state()
    return lambda: deployed.fake.state() == before
