# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""What the verification does with volumes: make, attach, write, read elsewhere, grow, copy, fill, back up, remove."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable
from typing import Any

from ansible.module_utils.corbel.cloud_api import CloudError
from ansible.module_utils.corbel.verify_cloud import Cloud
from ansible.module_utils.corbel.verify_guest import Guest, host_keys, ssh_command
from ansible.module_utils.corbel.verify_run import NotApplicableError, StepError
from ansible.module_utils.corbel.verify_servers import Servers

SERVICE = "block_storage"
# Written to a volume and compared wherever the volume or a copy of it turns up.
MEBIBYTES = 4
# More than any backend has, and less than Cinder takes for a mistake.
TOO_LARGE_GIB = 900_000
# What Cinder tells an owner when it knows nothing better.
VAGUE = "unknown error"


class Volumes:
    """The volumes of one verification."""

    def __init__(self, cloud: Cloud, servers: Servers) -> None:
        self.cloud = cloud
        self.api = cloud.api
        self.servers = servers
        self.volume: dict[str, Any] = {}
        self.clone: dict[str, Any] = {}
        self.digest = ""

    def services(self) -> str:
        """Every volume service is up."""
        found = self.api.items(SERVICE, "/os-services", "services")
        down = sorted((entry["host"], entry["binary"]) for entry in found if entry["state"] != "up")
        if down:
            raise StepError(f"down: {', '.join(f'{binary} on {host}' for host, binary in down)}", place(down[0][0]))
        backends = sorted(entry["host"] for entry in found if entry["binary"] == "cinder-volume")
        if not backends:
            raise StepError("the volume service knows no backend; expected each of cinder_volume_backends")
        return f"{len(found)} up; backends {', '.join(backends)}"

    def make(self, name: str, size: int = 1, status: str = "available", **options: Any) -> dict[str, Any]:
        """Make a volume and wait for it."""
        body = {"volume": {"name": f"{self.cloud.name}-{name}", "size": size, **options}}
        made = self.api.call(SERVICE, "POST", "/volumes", body)["volume"]
        return self.wait(made, status)

    def show(self, volume: dict[str, Any]) -> dict[str, Any]:
        return dict(self.api.call(SERVICE, "GET", f"/volumes/{volume['id']}")["volume"])

    def wait(self, volume: dict[str, Any], status: str) -> dict[str, Any]:
        """Wait until a volume has a status; an error ends the wait with what the service says of it."""
        seen = "unknown"

        def ask() -> dict[str, Any] | None:
            nonlocal seen
            found = self.show(volume)
            seen = found["status"]
            if seen == status:
                return found
            if seen.startswith("error"):
                raise StepError(f"volume {found['name']} is in {seen}: {self.message(volume)}", place(host_of(found)))
            return None

        complaint = f"volume {volume['name']} did not become {status}"
        return dict(self.cloud.poll.until(ask, self.cloud.timeout("volume"), lambda: f"{complaint} (now {seen})"))

    def message(self, volume: dict[str, Any]) -> str:
        """What the service tells the owner of a volume."""
        found = self.api.items(SERVICE, f"/messages?resource_uuid={volume['id']}", "messages")
        return "; ".join(entry["user_message"] for entry in found) or "no reason given"

    def action(self, volume: dict[str, Any], name: str, options: Any) -> dict[str, Any]:
        return self.api.call(SERVICE, "POST", f"/volumes/{volume['id']}/action", {name: options})

    def create(self) -> str:
        """Make a volume of the default type."""
        self.volume = self.make("volume")
        return f"{self.volume['size']} GiB of type {self.volume.get('volume_type')} on {host_of(self.volume)}"

    def attach(self, volume: dict[str, Any], server: dict[str, Any]) -> None:
        body = {"volumeAttachment": {"volumeId": volume["id"]}}
        self.api.call("compute", "POST", f"/servers/{server['id']}/os-volume_attachments", body)
        self.wait(volume, "in-use")

    def detach(self, volume: dict[str, Any], server: dict[str, Any]) -> None:
        self.api.call("compute", "DELETE", f"/servers/{server['id']}/os-volume_attachments/{volume['id']}")
        self.wait(volume, "available")

    def run(self, guest: Guest, volume: dict[str, Any], command: str, what: str) -> str:
        """Run a command on a guest once the volume is there; $disk is its device."""
        serial = volume["id"][:20]
        find = f"disk=/dev/$(basename $(dirname $(grep -l {serial} /sys/block/*/serial))) && test -b $disk"
        prefix = "" if guest.user == "root" else "sudo -n "
        last = ""

        def ask() -> str | None:
            nonlocal last
            status, last = guest.run(f"{prefix}sh -c {shlex.quote(f'{find} && {command}')}")
            return last if status == 0 else None

        limit = self.cloud.timeout("ssh")
        return str(
            self.cloud.poll.until(ask, limit, lambda: f"the guest could not {what} ({last[-200:] or 'nothing'})")
        )

    def write(self) -> str:
        """Attach the volume to the first server, write to it, detach it."""
        server = self.cloud.servers[0]
        self.attach(self.volume, server)
        size = f"bs=1M count={MEBIBYTES}"
        command = (
            f"dd if=/dev/urandom of=/tmp/corbel {size} 2>/dev/null && dd if=/tmp/corbel of=$disk bs=1M 2>/dev/null && "
            "sync && sha256sum </tmp/corbel"
        )
        self.digest = self.run(self.servers.guest, self.volume, command, "write to the volume").split()[0]
        self.detach(self.volume, server)
        return f"{MEBIBYTES} MiB from {server['name']} on {server['host']}"

    def expect(self, guest: Guest, volume: dict[str, Any]) -> None:
        """Read from an attached volume what was written."""
        command = f"dd if=$disk bs=1M count={MEBIBYTES} 2>/dev/null | sha256sum"
        found = self.run(guest, volume, command, "read from the volume").split()[0]
        if found != self.digest:
            raise StepError(f"volume {volume['name']} has other contents than were written ({found}, {self.digest})")

    def second(self) -> tuple[dict[str, Any], Guest]:
        """The last server and the way to it, through the first."""
        first, server = self.servers.guest, self.cloud.servers[-1]
        if server is self.cloud.servers[0]:
            return server, first
        guest = Guest(server["address"], first.user, first.directory, name="known_hosts_second")
        through = ssh_command(first.address, first.user, first.key, str(first.known_hosts), first.pinned)
        guest.proxy = f"{shlex.join(through)} 'nc %h 22'"
        guest.pin(host_keys(self.servers.console(server)))
        return server, guest

    def elsewhere(self) -> str:
        """Attach the volume to the server on the other compute host, read it back, let it grow while attached."""
        server, guest = self.second()
        self.attach(self.volume, server)
        self.expect(guest, self.volume)
        size = self.volume["size"] + 1
        self.action(self.volume, "os-extend", {"new_size": size})
        sectors = size << 21
        self.wait(self.volume, "in-use")
        self.run(guest, self.volume, f"test $(cat /sys/block/$(basename $disk)/size) -eq {sectors}", "see it grow")
        self.expect(guest, self.volume)
        self.volume = self.show(self.volume)
        self.detach(self.volume, server)
        return f"read back on {server['host']}, {size} GiB seen by the guest without a restart"

    def copied(self, volume: dict[str, Any]) -> None:
        """See that a copy has what was written."""
        server = self.cloud.servers[0]
        self.attach(volume, server)
        self.expect(self.servers.guest, volume)
        self.detach(volume, server)

    def copy(self) -> str:
        """A snapshot, a volume from it, and a clone have the same contents."""
        body = {"snapshot": {"name": f"{self.cloud.name}-snapshot", "volume_id": self.volume["id"]}}
        snapshot = self.api.call(SERVICE, "POST", "/snapshots", body)["snapshot"]
        self.settle("snapshot", lambda: self.api.call(SERVICE, "GET", f"/snapshots/{snapshot['id']}")["snapshot"])
        self.copied(self.make("restored", self.volume["size"], snapshot_id=snapshot["id"]))
        self.clone = self.make("clone", self.volume["size"], source_volid=self.volume["id"])
        self.copied(self.clone)
        return "a volume from a snapshot and a clone have what was written"

    def settle(self, what: str, show: Callable[[], dict[str, Any]], wanted: str = "available") -> dict[str, Any]:
        """Wait until something other than a volume is done."""
        seen = "unknown"

        def ask() -> dict[str, Any] | None:
            nonlocal seen
            found = show()
            seen = found["status"]
            if seen.startswith("error"):
                raise StepError(f"the {what} is in {seen}: {found.get('fail_reason') or self.message(found)}")
            return found if seen == wanted else None

        limit = self.cloud.timeout("volume")
        return dict(self.cloud.poll.until(ask, limit, lambda: f"the {what} did not become {wanted} (now {seen})"))

    def boot(self) -> str:
        """A volume is made from an image, and a server boots from it."""
        settings = self.cloud.settings
        query = f'/images?name=in:"{settings.image}"&os_hidden=false'
        image = self.cloud.one("image", query, "images", f"images named {settings.image}")
        volume = self.make("root", 1, imageRef=image["id"])
        body = {
            "name": f"{self.cloud.name}-from-volume",
            "flavorRef": self.servers.flavor(settings.flavor),
            "networks": [{"uuid": self.cloud.network_id}],
            "block_device_mapping_v2": [
                {"boot_index": 0, "uuid": volume["id"], "source_type": "volume", "destination_type": "volume"}
            ],
        }
        made = self.api.call("compute", "POST", "/servers", {"server": body})["server"]
        server = {"id": made["id"], "name": body["name"], "host": "unknown"}
        self.servers.wait(server, "ACTIVE", "active")
        self.servers.locate(server)
        self.servers.wait_console(server)
        return f"{server['name']} on {server['host']} booted from a volume"

    def retype(self) -> str:
        """The clone gets another type, and moves if that type is on another backend. What has snapshots cannot move."""
        types = [entry["name"] for entry in self.api.items(SERVICE, "/types", "volume_types")]
        others = [name for name in types if name not in (self.clone["volume_type"], "__DEFAULT__")]
        if not others:
            raise NotApplicableError("there is no other type of volume")
        before = host_of(self.clone)
        self.action(self.clone, "os-retype", {"new_type": others[0], "migration_policy": "on-demand"})
        self.wait(self.clone, "available")
        found = self.show(self.clone)
        if found["volume_type"] != others[0]:
            raise StepError(f"the volume still has type {found['volume_type']}: {self.message(found)}", place(before))
        self.copied(found)
        return f"{others[0]}, {before} -> {host_of(found)}, with its contents"

    def full(self) -> str:
        """A volume that no backend has room for fails by itself, with a reason, and harms no other."""
        body = {"volume": {"name": f"{self.cloud.name}-large", "size": TOO_LARGE_GIB}}
        project = self.api.project_id
        quota = self.api.call(SERVICE, "GET", f"/os-quota-sets/{project}")["quota_set"]["gigabytes"]
        room = {"quota_set": {"gigabytes": -1}}
        self.api.call(SERVICE, "PUT", f"/os-quota-sets/{project}", room)
        try:
            large = self.api.call(SERVICE, "POST", "/volumes", body)["volume"]
            try:
                self.settle("large volume", lambda: self.failed(large), "failed")
                reason = self.message(large)
            finally:
                # It counts until it is gone, and a quota below what is counted is refused.
                self.remove(large)
        finally:
            self.api.call(SERVICE, "PUT", f"/os-quota-sets/{project}", {"quota_set": {"gigabytes": quota}})
        if reason == "no reason given":
            raise StepError("a volume that is too large failed without a message for its owner")
        if VAGUE in reason.lower():
            raise StepError(f"a volume that is too large failed with '{reason}', expected that no backend has room")
        self.wait(self.volume, "available")
        if not self.digest:
            return f"refused: {reason}"
        self.copied(self.volume)
        return f"refused: {reason}; another volume has what was written"

    def remove(self, volume: dict[str, Any]) -> None:
        """Delete a volume and wait until it is gone."""

        def absent() -> bool | None:
            with contextlib.suppress(CloudError):
                self.api.call(SERVICE, "DELETE", f"/volumes/{volume['id']}")
            left = self.api.items(SERVICE, "/volumes/detail", "volumes")
            return None if any(entry["id"] == volume["id"] for entry in left) else True

        self.cloud.poll.until(absent, self.cloud.timeout("delete"), lambda: f"volume {volume['id']} was not gone")

    def failed(self, volume: dict[str, Any]) -> dict[str, Any]:
        """A volume of which an error is what is expected."""
        found = self.show(volume)
        return {**found, "status": "failed" if found["status"] == "error" else "waiting"}

    def backup(self) -> str:
        """A backup goes to Object Storage, and comes back with the contents."""
        found = self.api.items(SERVICE, "/os-services?binary=cinder-backup", "services")
        if not found:
            raise NotApplicableError("corbel_services has no cinder_backup")
        body = {"backup": {"name": f"{self.cloud.name}-backup", "volume_id": self.volume["id"]}}
        made = self.api.call(SERVICE, "POST", "/backups", body)["backup"]

        def show() -> dict[str, Any]:
            return dict(self.api.call(SERVICE, "GET", f"/backups/{made['id']}")["backup"])

        kept = self.settle("backup", show)
        restored = self.make("from-backup", self.volume["size"])
        self.api.call(SERVICE, "POST", f"/backups/{made['id']}/restore", {"restore": {"volume_id": restored["id"]}})
        self.settle("backup", show)
        self.copied(self.wait(restored, "available"))
        return f"{kept.get('object_count')} objects in {kept.get('container')}, restored with the contents"


def host_of(volume: dict[str, Any]) -> str:
    """Host and backend of a volume, as an administrator sees them."""
    return str(volume.get("os-vol-host-attr:host") or "no host")


def place(host: str) -> str:
    """Host of the inventory, of a service's host@backend#pool."""
    return host.partition("@")[0]
