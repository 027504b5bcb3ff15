"""What is done to one running host."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence

from lab import cgroup, launch, network
from lab.errors import LabError
from lab.inventory import ssh_options
from lab.paths import LabPaths
from lab.plan import Plan
from lab.topology import Host

PATIENCE = 300.0
PAUSE = 0.3
BOOT = "cat /proc/sys/kernel/random/boot_id"
READY = f"{BOOT}; systemctl is-system-running --wait; systemctl --failed --plain --no-legend"


def start(lab: LabPaths, plan: Plan, host: Host) -> bool:
    """Start a host unless it runs, let it go on if it is frozen; gives whether it was started."""
    group = cgroup.group(lab.name, host.name)
    network.plug(lab, plan, host)
    if cgroup.running(group):
        cgroup.freeze(group, False)
        return False
    launcher = launch.write(lab, plan, host)
    group.mkdir(parents=True, exist_ok=True)
    log = lab.log(host.name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        subprocess.Popen(
            [launcher], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd="/"
        )
    return True


def ssh(lab: LabPaths, plan: Plan, host: Host, command: Sequence[str], *options: str) -> list[str]:
    """The command line that opens a host."""
    target = f"root@{plan.address(host)}"
    return ["ssh", "-i", str(lab.key), *ssh_options(lab), "-o", "LogLevel=ERROR", *options, target, *command]


def ask(lab: LabPaths, plan: Plan, host: Host, *command: str) -> str | None:
    """What a command prints on a host; none if it cannot be reached."""
    argv = ssh(lab, plan, host, command, "-o", "BatchMode=yes", "-o", "ConnectTimeout=3")
    result = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return None if result.returncode == 255 else result.stdout.strip()


def wait(lab: LabPaths, plan: Plan, host: Host, not_boot: str | None = None) -> None:
    """Wait until a host's systemd has started everything; `not_boot` is a boot that must be over."""
    started = time.monotonic()
    group = cgroup.group(lab.name, host.name)
    while True:
        answer = ask(
            lab,
            plan,
            host,
            READY,
        )
        lines = (answer or "").splitlines()
        if len(lines) > 1 and lines[0] != not_boot and lines[1] in ("running", "degraded"):
            failed = "".join(f"; failed: {line.split()[0]}" for line in lines[2:])
            print(f"{host.name} ({host.kind}) {plan.address(host)} {lines[1]}{failed}", flush=True)
            return
        seconds = time.monotonic() - started
        if seconds > PATIENCE or (seconds > 5 and not cgroup.running(group)):
            state = "is still starting" if cgroup.running(group) else "has stopped"
            log = lab.log(host.name)
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
            raise LabError(
                f"{host.name} {state} after {seconds:.0f} s; expected it to answer SSH. "
                f"Its console, {log}, ends:\n{tail}"
            )
        time.sleep(PAUSE)


def state(lab: LabPaths, host: Host) -> str:
    """off, running or frozen."""
    group = cgroup.group(lab.name, host.name)
    if not cgroup.running(group):
        return "off"
    return "frozen" if cgroup.frozen(group) else "running"


def power_cut(lab: LabPaths, plan: Plan, host: Host) -> None:
    """Stop a host as if its plug was pulled. What is not on its disk is lost; a container loses only its processes."""
    group = cgroup.group(lab.name, host.name)
    if not cgroup.running(group):
        raise LabError(f"{host.name} is off already; expected a running host.")
    cgroup.kill(group)
    cgroup.remove(group)
    network.unplug(lab, plan, host)


def power_on(lab: LabPaths, plan: Plan, host: Host) -> None:
    """Start a host that is off, and wait for it."""
    start(lab, plan, host)
    wait(lab, plan, host)


def reboot(lab: LabPaths, plan: Plan, host: Host) -> None:
    """Restart a host cleanly and wait for it."""
    boot = ask(lab, plan, host, BOOT)
    if not boot:
        raise LabError(
            f"{host.name} does not answer SSH; expected it to: python3 -m lab power-cut {host.name}, then power-on."
        )
    ask(lab, plan, host, "systemctl reboot")
    wait(lab, plan, host, not_boot=boot)
