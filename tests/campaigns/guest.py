"""A server of the lab with volumes, which campaigns do things to."""

from __future__ import annotations

import secrets
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TYPES = ("thin", "thick")
# Guests are emulated: a start, or a volume that comes back, may take minutes.
SLOW = 900.0


def until(what: str, ask: Callable[[], Any], seconds: float = SLOW) -> Any:
    """Ask until the answer is true, and give it."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(3)
    return answer


class Guest:
    """A server of the lab's image with a volume of each type, reached by a floating address."""

    def __init__(self, api: Any, folder: Path) -> None:
        self.api = api
        self.name = f"corbel-campaign-{secrets.token_hex(3)}"
        self.key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        api.compute.create_keypair(name=self.name, public_key=self.key.with_suffix(".pub").read_text())
        self.server = api.compute.create_server(
            name=self.name,
            image_id=api.image.find_image("guest").id,
            flavor_id=api.compute.find_flavor("lab.nano").id,
            networks=[{"uuid": api.network.find_network("private").id}],
            key_name=self.name,
            security_groups=[{"name": "reachable"}],
        )
        self.volumes = [api.block_storage.create_volume(name=self.name, size=1, volume_type=kind) for kind in TYPES]
        until("the server is active", lambda: api.compute.get_server(self.server.id).status == "ACTIVE")
        port = next(api.network.ports(device_id=self.server.id))
        external = api.network.find_network("external").id
        self.address = api.network.create_ip(floating_network_id=external, port_id=port.id)

    def run(self, command: str) -> tuple[int, str]:
        """Run a command on the server; an unreachable one gives 255."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ConnectTimeout=10", "LogLevel=ERROR"]
        ssh = ["ssh", "-i", str(self.key), *(part for option in options for part in ("-o", option))]
        target = f"root@{self.address.floating_ip_address}"
        try:
            done = subprocess.run([*ssh, target, command], capture_output=True, text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return 255, "no answer"
        return done.returncode, done.stdout + done.stderr

    def on(self, volume: Any, command: str) -> tuple[int, str]:
        """Run a command with $disk, the device of a volume."""
        find = f"disk=/dev/$(basename $(dirname $(grep -l {volume.id[:20]} /sys/block/*/serial))) && test -b $disk"
        return self.run(f"sh -c {shlex.quote(f'{find} && {command}')}")

    def attach(self) -> None:
        for volume in self.volumes:
            self.wait(volume, "available")
            self.api.compute.create_volume_attachment(self.server, volume_id=volume.id)
            self.answers(volume, "echo there")

    def detach(self) -> None:
        for volume in self.volumes:
            self.api.compute.delete_volume_attachment(self.server, volume.id)
            self.wait(volume, "available")

    def wait(self, volume: Any, *wanted: str) -> None:
        until(f"the volume is {wanted[0]}", lambda: self.status(volume) in wanted)

    def status(self, volume: Any) -> str:
        return str(self.api.block_storage.get_volume(volume.id).status)

    def write(self) -> list[str]:
        """Write to each volume, past the guest's memory; give the digests."""
        command = (
            "dd if=/dev/urandom of=/tmp/x bs=1M count=8 2>/dev/null && "
            "dd if=/tmp/x of=$disk bs=1M conv=fsync 2>/dev/null && sha256sum </tmp/x"
        )
        return [self.answers(volume, command) for volume in self.volumes]

    def read(self) -> list[str]:
        """Read from each volume, past the guest's memory; give the digests."""
        drop = "sync; echo 3 >/proc/sys/vm/drop_caches"
        command = f"{drop}; dd if=$disk bs=1M count=8 2>/dev/null | sha256sum"
        return [self.answers(volume, command) for volume in self.volumes]

    def answers(self, volume: Any, command: str) -> str:
        """First word of what a command says, asked until it succeeds."""

        def ask() -> str:
            code, text = self.on(volume, command)
            return text.split()[0] if code == 0 else ""

        return str(until(f"{command} on {volume.volume_type}", ask))

    def remove(self) -> None:
        self.api.network.delete_ip(self.address)
        self.api.compute.delete_server(self.server)
        until("the server is gone", lambda: self.api.compute.find_server(self.server.id) is None)
        self.api.compute.delete_keypair(self.name)
        for volume in self.volumes:
            self.wait(volume, "available", "error")
            self.api.block_storage.delete_volume(volume)
        until("the volumes are gone", lambda: self.name not in [one.name for one in self.api.block_storage.volumes()])
