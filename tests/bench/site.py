"""A made-up site on disk and the environment in which Ansible finds it. It stays within its folder."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench import inventory
from tests.bench.simulated import state
from tests.bench.simulated.answers import ADOPT

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "of no use outside the bench\n"


@dataclass(frozen=True)
class Site:
    """Inventory, hosts' states, cache and password of so many simulated hosts."""

    folder: Path
    count: int

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def make(self) -> Site:
        """Write it all, in place of an earlier site."""
        shutil.rmtree(self.folder, ignore_errors=True)
        state.write_names(self.state, inventory.write(self.inventory, self.count))
        inventory.write_release(self.folder / "cache")
        password = self.folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o600)
        return self

    def environment(self, adopt: bool = False, report: Path | None = None) -> dict[str, str]:
        """Give the variables under which ansible-playbook runs."""
        plugins = Path(__file__).with_name("simulated") / "plugins/connection"
        found = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CONNECTION_PLUGINS": str(plugins),
            "ANSIBLE_VAULT_PASSWORD_FILE": str(self.folder / "password"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_PIPELINING": "true",
            "CORBEL_CACHE": str(self.folder / "cache"),
            "CORBEL_STATE": str(self.folder / "runs"),
            "CORBEL_BENCH_STATE": str(self.state),
        }
        found |= {ADOPT: "1"} if adopt else {}
        return found | ({"CORBEL_REPORT": str(report)} if report else {})

    def simulation_seconds(self) -> float:
        """Give the processor time that the simulated hosts themselves took since the last time this was asked."""
        noted = self.state / "seconds"
        if not noted.exists():
            return 0.0
        found = sum(float(line) for line in noted.read_text(encoding="utf-8").splitlines())
        noted.unlink()
        return found


def playbook(site: Site, name: str | Path, *arguments: str) -> list[str]:
    """Give the command that runs a playbook on a site."""
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    return [program, "-i", str(site.inventory), *arguments, str(name)]
