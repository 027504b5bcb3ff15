"""The lab's cloud that the campaign works on: hosts, deployments, digests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.resilience import kill
from tests.resilience.compare import compare, faults

ROOT = Path(__file__).resolve().parents[2]
CHANGES = ROOT / "tests/resilience/changes"
# What a run makes by chance and keeps: with other secrets all files that hold one would differ.
KEPT = ("group_vars/all/secrets.yml", "certificates")
# Agents report to their servers some time after they have started; what differs later than that, differs.
SETTLE_SECONDS = 180.0
PAUSE_SECONDS = 10.0


class CampaignError(RuntimeError):
    """The campaign cannot go on; the message says what failed and where its output is."""


@dataclass
class Cloud:
    """A lab of its own, so that the cloud a developer tries things on stays."""

    name: str
    topology: str
    work: Path

    @property
    def inventory(self) -> Path:
        return ROOT / ".lab" / self.name / "inventory"

    def fresh_hosts(self) -> None:
        """New hosts with the secrets and the certificate authority of the old ones."""
        self._keep()
        self._lab("down", "--name", self.name)
        self._lab("up", "--name", self.name, "--topology", self.topology)
        for name in KEPT:
            kept = self.work / "kept" / name
            if kept.is_dir():
                shutil.copytree(kept, self.inventory / name, dirs_exist_ok=True)
            elif kept.exists():
                (self.inventory / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(kept, self.inventory / name)

    def _keep(self) -> None:
        """Keep secrets and authority of the first deployment, which made them."""
        if (self.work / "kept").exists() or not all((self.inventory / name).exists() for name in KEPT):
            return
        draft = self.work / "kept.new"
        shutil.rmtree(draft, ignore_errors=True)
        for name in KEPT:
            source = self.inventory / name
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, draft / name) if source.is_dir() else shutil.copy2(source, draft / name)
        draft.rename(self.work / "kept")

    def deploy(self, log: str, change: str = "", **how: Any) -> kill.Ended:
        """Run site.yml, with the options of a change."""
        extra = ["-e", f"@{CHANGES / change}.yml"] if change else []
        return self._playbook("playbooks/site.yml", log, extra, **how)

    def digest(self, log: str) -> dict[str, Any]:
        """Read all hosts."""
        folder = self.work / "digest"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        ended = self._playbook("tests/resilience/digest.yml", log, ["-e", f"digest_folder={folder}"])
        if ended.code:
            raise CampaignError(f"the hosts could not be read; see {self.log(log)}")
        return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}

    def differences(self, clean: dict[str, Any], log: str, drawn: bool) -> list[str]:
        """What is not as in the clean cloud, once agents had their time to settle."""
        end = time.monotonic() + SETTLE_SECONDS
        while True:
            found = self.digest(log)
            wrong = [str(one) for one in compare(clean, found, drawn)] + faults(found)
            if not wrong or time.monotonic() > end:
                return wrong
            time.sleep(PAUSE_SECONDS)

    def log(self, name: str) -> Path:
        return self.work / "log" / f"{name}.log"

    def _playbook(self, playbook: str, log: str, extra: list[str], **how: Any) -> kill.Ended:
        program = Path(sys.executable).with_name("ansible-playbook")
        command = [str(program), "-i", str(self.inventory), playbook, *extra]
        environment = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "CORBEL_STATE": str(self.work / "state")}
        return kill.run(command, self.log(log), environment, **how)

    def _lab(self, *arguments: str) -> None:
        log = self.log(f"lab-{arguments[0]}")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            done = subprocess.run(
                [sys.executable, "-m", "lab", *arguments],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise CampaignError(f"'lab {' '.join(arguments)}' ended with exit code {done.returncode}; see {log}")
