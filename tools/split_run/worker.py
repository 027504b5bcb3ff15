"""One worker: sends it its part, reads what happens there, and says how it ended."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import ansible_runner

from tools.split_run.events import Events
from tools.split_run.plan import shortened
from tools.split_run.project import IDENT

# Bounded: a machine that is gone is noticed within a minute.
SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
PROGRAMS = "corbel/.venv/bin"
DONE, FAILED, LOST = "done", "failed", "lost"


@dataclass
class Outcome:
    """How a part ended, and why if not well."""

    worker: str
    hosts: list[str]
    state: str
    reason: str = ""
    events: Events = field(default_factory=Events)
    usage: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """What is the same for every worker."""

    folder: Path
    playbook: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    ssh: str = SSH
    programs: str = PROGRAMS


def command(job: Job, worker: str) -> list[str]:
    """Give the command that starts ansible-runner on a worker; a relative folder is seen from the home there."""
    remote = f"PATH={shlex.quote(job.programs)}:$PATH; export PATH; exec ansible-runner worker"
    return [*shlex.split(job.ssh), worker, remote]


def run(job: Job, worker: str, hosts: list[str], told: Callable[[str], None]) -> Outcome:
    """Run a part to its end. Whatever happens to the worker, this returns."""
    artifacts = job.folder.parent / f"{Path(job.playbook).stem}-from-{worker.replace('/', '_')}"
    artifacts.mkdir(parents=True, exist_ok=True)
    events = Events(lambda line: told(f"{worker}: {line}"))
    with (artifacts / "ssh.log").open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(command(job, worker), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        try:
            status, why = converse(job, process, hosts, artifacts, events)
        finally:
            process.kill()
            process.wait()
    if status in ("successful", "failed"):
        if status == "successful" and not events.failed:
            return Outcome(worker, hosts, DONE, "", events, usage(artifacts))
        return Outcome(worker, hosts, FAILED, events.verdict(), events, usage(artifacts))
    said = last_line(artifacts / "ssh.log") or why
    reason = (
        f"worker {worker} was lost: {said}; its hosts {shortened(hosts)} may be half done. Mend the worker, or leave "
        "it out, and run again: what was done is found done"
    )
    return Outcome(worker, hosts, LOST, reason, events, usage(artifacts))


def converse(
    job: Job, process: subprocess.Popen[bytes], hosts: list[str], artifacts: Path, events: Events
) -> tuple[str, str]:
    """Send the part and read to the end; give the status that the worker came to, if any, and what is known of why."""
    why, stream = "", cast(IO[bytes], process.stdin)
    try:
        ansible_runner.interface.run(
            streamer="transmit",
            _output=stream,
            private_data_dir=str(job.folder),
            ident=IDENT,
            # Workers are sent the same folder at the same time; nothing may be written to it.
            suppress_env_files=True,
            playbook=job.playbook,
            limit=",".join(hosts),
            cmdline=shlex.join(job.arguments) or None,
            envvars=dict(job.environment),
        )
        stream.close()
    except (OSError, ValueError) as error:
        # A worker that has half of it would wait for the rest, and this machine for the worker.
        process.kill()
        why = f"it could not be sent its work ({error})"

    def noted(status: dict[str, Any], **_: Any) -> None:
        nonlocal why
        why = why or str(status.get("job_explanation") or "")

    processed = ansible_runner.interface.run(
        streamer="process",
        _input=process.stdout,
        private_data_dir=str(artifacts),
        event_handler=events.take,
        status_handler=noted,
        quiet=True,
    )
    return str(processed.status), why or "the connection ended before the run did"


def usage(artifacts: Path) -> dict[str, Any]:
    """Give what the run used on the worker, from the report that it left there."""
    for path in sorted(artifacts.rglob("*.json")):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
            return {name: report[name] for name in ("cpu_seconds", "peak_memory_bytes", "bytes_sent")}
        except (KeyError, TypeError, ValueError):
            continue
    return {}


def last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
