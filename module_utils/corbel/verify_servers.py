# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""What the verification does with servers: make, reach, cut off, resize, migrate."""

from __future__ import annotations

import json
import re
from typing import Any

from ansible.module_utils.corbel.verify_cloud import PREFIX, Cloud, allow, forbid_ssh
from ansible.module_utils.corbel.verify_guest import (
    READ_METADATA,
    Guest,
    Heartbeat,
    console_tail,
    host_keys,
    make_key,
)
from ansible.module_utils.corbel.verify_run import NotApplicableError, StepError

# An open connection counts as cut when its one-second tick was not heard for so long.
SILENCE = 8.0


class Servers:
    """The servers of one verification."""

    def __init__(self, cloud: Cloud, directory: str) -> None:
        self.cloud = cloud
        self.api = cloud.api
        self.settings = cloud.settings
        self.directory = directory
        self.guest = Guest("", cloud.settings.user, directory)

    def create(self) -> str:
        """Ask for the servers, one per compute host in turn."""
        cloud, settings = self.cloud, self.settings
        query = f'/images?name=in:"{settings.image}"&os_hidden=false'
        image = cloud.one("image", query, "images", f"images named {settings.image}")
        flavor = self.flavor(settings.flavor)
        keypair = {"name": cloud.name, "type": "ssh", "public_key": make_key(self.directory)}
        self.api.call("compute", "POST", "/os-keypairs", {"keypair": keypair})
        for index in range(settings.servers):
            host = cloud.computes[index % len(cloud.computes)]
            body = {
                "name": f"{cloud.name}-{index + 1}",
                "imageRef": image["id"],
                "flavorRef": flavor,
                "key_name": cloud.name,
                "host": host,
                "networks": [{"uuid": cloud.network_id}],
                "security_groups": [{"name": cloud.group_id}],
            }
            made = self.api.call("compute", "POST", "/servers", {"server": body})["server"]
            cloud.servers.append({"id": made["id"], "name": body["name"], "host": host})
        for server in cloud.servers:
            self.wait(server, "ACTIVE", "active")
            self.locate(server)
        return ", ".join(f"{server['name']} on {server['host']}" for server in cloud.servers)

    def flavor(self, name: str) -> str:
        flavors = self.api.items("compute", "/flavors?is_public=None", "flavors")
        for flavor in flavors:
            if flavor["name"] == name:
                return str(flavor["id"])
        raise StepError(f"there is no flavor {name}; playbooks/resources.yml makes what first_resources_flavors lists")

    def show(self, server: dict[str, Any]) -> dict[str, Any]:
        return dict(self.api.call("compute", "GET", f"/servers/{server['id']}")["server"])

    def action(self, server: dict[str, Any], name: str, options: Any = None) -> dict[str, Any]:
        return self.api.call("compute", "POST", f"/servers/{server['id']}/action", {name: options})

    def wait(self, server: dict[str, Any], status: str, timeout: str) -> dict[str, Any]:
        """Wait until a server has a status and no task; an error ends the wait with its reason."""
        seen = "unknown"

        def ask() -> dict[str, Any] | None:
            nonlocal seen
            found = self.show(server)
            seen = f"{found['status']}, task {found.get('OS-EXT-STS:task_state') or 'none'}"
            if found["status"] == "ERROR":
                fault = (found.get("fault") or {}).get("message", "no reason given")
                host = found.get("OS-EXT-SRV-ATTR:host") or server["host"]
                raise StepError(f"{server['name']} went into error: {fault}", host)
            if found.get("OS-EXT-STS:task_state"):
                return None
            if found["status"] != status:
                self.expect_no_failure(server, found)
                return None
            return found

        complaint = f"{server['name']} did not become {status}"
        return dict(self.cloud.poll.until(ask, self.cloud.timeout(timeout), lambda: f"{complaint} (now {seen})"))

    def expect_no_failure(self, server: dict[str, Any], found: dict[str, Any]) -> None:
        """Stop waiting when the last thing asked of a server failed: it goes on as if nothing had been asked."""
        path = f"/servers/{server['id']}/os-instance-actions"
        actions = self.api.items("compute", path, "instanceActions")
        if not actions or actions[0].get("message") != "Error":
            return
        action = self.api.call("compute", "GET", f"{path}/{actions[0]['request_id']}")["instanceAction"]
        broken: dict[str, Any] = next(
            (event for event in action.get("events") or [] if event.get("result") == "Error"), {}
        )
        host = broken.get("host") or found.get("OS-EXT-SRV-ATTR:host")
        reason = " ".join(str(broken.get("details") or "no reason given").split())
        raise StepError(f"{action['action']} of {server['name']} failed on {host}: {reason}", host)

    def locate(self, server: dict[str, Any]) -> None:
        """Read where a server runs and its address."""
        found = self.show(server)
        server["host"] = found["OS-EXT-SRV-ATTR:host"]
        port = self.cloud.one("network", f"/ports?device_id={server['id']}", "ports", f"ports of {server['name']}")
        server["port"], server["address"] = port["id"], port["fixed_ips"][0]["ip_address"]

    def console(self, server: dict[str, Any]) -> str:
        return str(self.action(server, "os-getConsoleOutput", {}).get("output") or "")

    def booted(self) -> str:
        """Every console can be read and shows that the guest came up."""
        for server in self.cloud.servers:
            server["console"] = self.wait_console(server)
        return f"{len(self.cloud.servers)} consoles show {self.settings.boot_marker!r}"

    def wait_console(self, server: dict[str, Any]) -> str:
        """Wait until a console shows that the guest came up; gives what it shows."""
        marker = re.compile(self.settings.boot_marker)
        text = ""

        def ask() -> bool | None:
            nonlocal text
            text = self.console(server)
            return True if marker.search(text) else None

        try:
            self.cloud.poll.until(ask, self.cloud.timeout("boot"), lambda: "")
        except StepError as error:
            limit = self.cloud.timeout("boot")
            message = f"{server['name']} did not print {marker.pattern!r} within {limit:.0f} s"
            raise StepError(f"{message}; its console ends with: {console_tail(text)}", server["host"]) from error
        return text

    def associate(self) -> str:
        """Give the first server a floating IP."""
        server = self.cloud.servers[0]
        name = self.settings.external_network
        external = self.cloud.one("network", f"/networks?name={name}", "networks", f"networks named {name}")
        body = {"floating_network_id": external["id"], "port_id": server["port"], "description": PREFIX}
        made = self.api.call("network", "POST", "/floatingips", {"floatingip": body})["floatingip"]
        self.guest.address = made["floating_ip_address"]
        return f"{self.guest.address} to {server['address']} of {server['name']}"

    def connect(self) -> str:
        """Log in over the floating IP with the key that the metadata service hands out."""
        keys = host_keys(self.console(self.cloud.servers[0]))
        self.guest.pin(keys)
        self.until_reached("ssh")
        pinned = "host key pinned from the console" if keys else "host key taken at first contact"
        return f"{self.guest.user}@{self.guest.address}, {pinned}"

    def until_reached(self, timeout: str) -> None:
        last = ""

        def ask() -> bool | None:
            nonlocal last
            status, last = self.guest.run("true", timeout=20)
            return True if status == 0 else None

        where = f"{self.guest.user}@{self.guest.address}"
        self.cloud.poll.until(
            ask, self.cloud.timeout(timeout), lambda: f"SSH to {where} failed ({last or 'no output'})"
        )

    def metadata(self) -> str:
        """The metadata service tells the guest who it is."""
        server = self.cloud.servers[0]
        status, text = self.guest.run(READ_METADATA)
        try:
            found = json.loads(text)["uuid"]
        except (ValueError, KeyError, TypeError) as error:
            raise StepError(f"the guest got no metadata (exit {status}: {text[:200] or 'nothing'})") from error
        if found != server["id"]:
            raise StepError(f"the metadata service told {server['name']} that it is {found}, expected {server['id']}")
        return f"the guest knows that it is {found}"

    def neighbours(self) -> str:
        """The first server reaches the others, with packets as large as the network carries, and their SSH."""
        if len(self.cloud.servers) < 2:
            raise NotApplicableError("cloud_verify_servers is 1")
        size = self.cloud.mtu - 28
        for server in self.cloud.servers[1:]:
            self.until_neighbour(server, f"ping -c 3 -W 5 -s {size} {server['address']}", "answer packets of full size")
            # Whoever opens the connection first is told by an SSH server what it is.
            self.until_neighbour(server, f"sleep 2 | nc -w 8 {server['address']} 22 | grep SSH-", "show its SSH server")
        hosts = sorted({server["host"] for server in self.cloud.servers})
        return f"{len(self.cloud.servers)} servers on {', '.join(hosts)}, packets of {self.cloud.mtu} bytes"

    def until_neighbour(self, server: dict[str, Any], command: str, what: str) -> None:
        last = ""

        def ask() -> bool | None:
            nonlocal last
            status, last = self.guest.run(command)
            return True if status == 0 else None

        first = self.cloud.servers[0]
        complaint = f"{server['name']} on {server['host']} did not {what} to {first['name']} on {first['host']}"
        self.cloud.poll.until(ask, self.cloud.timeout("ssh"), lambda: f"{complaint} ({last[-200:]})")

    def cut(self) -> str:
        """Without the rule SSH stops, for the open connection too; with it again it works again."""
        heart = Heartbeat(self.guest)
        try:
            self.cloud.poll.until(
                lambda: True if heart.beats(5) else None,
                self.cloud.timeout("ssh"),
                lambda: "an open SSH session printed nothing",
            )
            forbid_ssh(self.cloud)

            def quiet() -> bool | None:
                heart.beats(1)
                return True if heart.silence() > SILENCE or heart.process.poll() is not None else None

            limit = self.cloud.timeout("rule")
            self.cloud.poll.until(quiet, limit, lambda: "an open SSH connection went on without the rule")
            self.cloud.poll.until(
                lambda: True if self.guest.run("true", timeout=20)[0] != 0 else None,
                limit,
                lambda: "a new SSH connection was let in without the rule",
            )
        finally:
            heart.close()
            # What follows reaches the server over SSH, whatever came of this.
            forbid_ssh(self.cloud)
            allow(self.cloud, "tcp", 22)
        self.until_reached("rule")
        return "open and new connections were cut, and came back with the rule"

    def resize(self) -> str:
        """Give the last server another flavor."""
        if self.settings.resize_flavor in ("", self.settings.flavor):
            raise NotApplicableError("cloud_verify_resize_flavor names no other flavor")
        server = self.cloud.servers[-1]
        before = server["host"]
        self.action(server, "resize", {"flavorRef": self.flavor(self.settings.resize_flavor)})
        self.wait(server, "VERIFY_RESIZE", "resize")
        self.action(server, "confirmResize")
        self.wait(server, "ACTIVE", "resize")
        self.locate(server)
        if self.show(server)["flavor"]["original_name"] != self.settings.resize_flavor:
            raise StepError(f"{server['name']} does not have flavor {self.settings.resize_flavor}", server["host"])
        self.after_move(server)
        return f"{server['name']} is {self.settings.resize_flavor}, {before} -> {server['host']}, and answers"

    def migrate(self) -> str:
        """Move the first server to another compute host, live or cold."""
        kind = self.settings.migration
        if kind == "none":
            raise NotApplicableError("cloud_verify_migration is none")
        if len(self.cloud.computes) < 2:
            raise NotApplicableError("there is only one compute host")
        server = self.cloud.servers[0]
        before = server["host"]
        if kind == "live":
            self.action(server, "os-migrateLive", {"host": None, "block_migration": "auto"})
            self.wait_moved(server)
        else:
            self.action(server, "migrate", {"host": None})
            self.wait(server, "VERIFY_RESIZE", "migrate")
            self.action(server, "confirmResize")
            self.wait(server, "ACTIVE", "migrate")
        self.locate(server)
        if server["host"] == before:
            raise StepError(f"{server['name']} is still on {before} after a {kind} migration", before)
        self.until_reached("boot")
        return f"{kind}: {server['name']} {before} -> {server['host']}, and answers"

    def wait_moved(self, server: dict[str, Any]) -> None:
        """Wait for a live migration; its record tells at once when it failed."""
        found = self.wait(server, "ACTIVE", "migrate")
        if found["OS-EXT-SRV-ATTR:host"] == server["host"]:
            self.expect_no_failure(server, found)
        records = self.api.items("compute", f"/os-migrations?instance_uuid={server['id']}", "migrations")
        broken = [record for record in records if record["status"] in ("error", "failed")]
        if broken and self.show(server)["OS-EXT-SRV-ATTR:host"] == server["host"]:
            raise StepError(f"the live migration of {server['name']} ended as {broken[0]['status']}", server["host"])

    def after_move(self, server: dict[str, Any]) -> None:
        """Wait until a server that was moved answers again."""
        if server is self.cloud.servers[0]:
            self.until_reached("boot")
        else:
            self.until_neighbour(server, f"ping -c 2 -W 5 {server['address']}", "answer")
