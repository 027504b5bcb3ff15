# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""What the verification does with a stack: make, signal, update, fail, roll back, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.corbel.cloud_api import CloudError
from ansible.module_utils.corbel.verify_cloud import PREFIX, Cloud
from ansible.module_utils.corbel.verify_run import StepError

# Sends a signal: URL, token, body; gives the status of the answer.
Signal = Callable[[str, str, dict[str, str]], int]
VOLUME_GIB = 1
# What the stack makes elsewhere, by the catalogue's name of who keeps it; none of it may be left.
TRACES = (
    ("network", "/networks?name={name}", "networks"),
    ("network", "/routers?name={name}", "routers"),
    ("network", "/ports?name={name}", "ports"),
    ("network", "/floatingips?description={name}", "floatingips"),
    ("compute", "/servers?name={name}", "servers"),
)


def template(cloud: Cloud, *, volume: bool, broken: bool = False) -> dict[str, Any]:
    """Return a template with a server on a network of its own, reachable from outside, that waits for a signal."""
    name, settings = f"{cloud.name}-stack", cloud.settings

    def made(kind: str, **properties: Any) -> dict[str, Any]:
        return {"type": kind, "properties": properties}

    resources = {
        "network": made("OS::Neutron::Net", name=name),
        "subnet": made("OS::Neutron::Subnet", name=name, network=of("network"), cidr=settings.cidr),
        "router": made("OS::Neutron::Router", name=name, external_gateway_info={"network": settings.external_network}),
        "interface": made("OS::Neutron::RouterInterface", router=of("router"), subnet=of("subnet")),
        "port": {**made("OS::Neutron::Port", name=name, network=of("network")), "depends_on": "subnet"},
        "address": {
            **made(
                "OS::Neutron::FloatingIP",
                floating_network=settings.external_network,
                port_id=of("port"),
                value_specs={"description": name},
            ),
            "depends_on": "interface",
        },
        "server": made(
            "OS::Nova::Server",
            name=name,
            image=settings.image,
            flavor=settings.flavor,
            networks=[{"port": of("port")}],
            metadata={"word": {"get_param": "word"}},
            user_data_format="RAW",
        ),
        "handle": {"type": "OS::Heat::WaitConditionHandle"},
        "signal": {
            **made("OS::Heat::WaitCondition", handle=of("handle"), timeout=int(cloud.timeout("active"))),
            "depends_on": "server",
        },
    }
    if volume:
        resources["volume"] = made("OS::Cinder::Volume", name=name, size=VOLUME_GIB)
        resources["attachment"] = made(
            "OS::Cinder::VolumeAttachment", volume_id=of("volume"), instance_uuid=of("server")
        )
    if broken:
        # Wanted after the server has taken its change, so that there is something to roll back.
        failure = made("OS::Heat::TestResource", value="x", fail=True)
        resources["failure"] = {**failure, "depends_on": "server"}
    return {
        "heat_template_version": "2021-04-16",
        "parameters": {"word": {"type": "string"}},
        "resources": resources,
        "outputs": {
            "address": {"value": attribute("address", "floating_ip_address")},
            "endpoint": {"value": attribute("handle", "endpoint")},
            "token": {"value": attribute("handle", "token")},
            "data": {"value": attribute("signal", "data")},
        },
    }


def of(resource: str) -> dict[str, str]:
    """The id of a resource of the template."""
    return {"get_resource": resource}


def attribute(resource: str, name: str) -> dict[str, list[str]]:
    """An attribute of a resource of the template."""
    return {"get_attr": [resource, name]}


class Stack:
    """The stack of one verification."""

    def __init__(self, cloud: Cloud, catalogue: list[dict[str, Any]], signal: Signal) -> None:
        self.cloud, self.api, self.signal = cloud, cloud.api, signal
        types = {service.get("type") for service in catalogue}
        self.volume = bool(types & {"volumev3", "block-storage"})
        self.deployed = "orchestration" in types
        self.path = ""

    def create(self) -> str:
        """Make the stack, send the signal that it waits for, and see it whole."""
        cloud = self.cloud
        body = {
            "stack_name": f"{cloud.name}-stack",
            "template": template(cloud, volume=self.volume),
            "parameters": {"word": "first"},
            "timeout_mins": 60,
        }
        made = self.api.call("orchestration", "POST", "/stacks", body)["stack"]
        self.path = f"/stacks/{body['stack_name']}/{made['id']}"
        handle = self.until(self.handle, "its wait condition had no handle")
        status = self.signal(handle["endpoint"], handle["token"], {"status": "SUCCESS", "data": cloud.name})
        if status != 200:
            raise StepError(f"the signal to {handle['endpoint']} was answered {status}, expected 200")
        found = self.settled("CREATE")
        outputs = read_outputs(found)
        if cloud.name not in str(outputs["data"]):
            raise StepError(f"the wait condition has {outputs['data']!r}, expected the signal's {cloud.name}")
        with_volume = " and a volume" if self.volume else ""
        return f"a server at {outputs['address']} with network, router{with_volume}, and a signal"

    def handle(self, found: Mapping[str, Any]) -> dict[str, str] | None:
        """The wait condition's handle, as soon as it is there."""
        self.expect_no_failure(found, "CREATE")
        outputs = read_outputs(found)
        return outputs if outputs.get("endpoint") and outputs.get("token") else None

    def update(self) -> str:
        """Change a parameter: the server takes it and stays the same."""
        before = self.server()
        self.change("second")
        self.settled("UPDATE")
        after = self.server()
        if (after["id"], after["metadata"].get("word")) != (before["id"], "second"):
            raise StepError(f"server {after['id']} has {after['metadata']}, expected {before['id']} with word second")
        return "the server took the change in place"

    def roll_back(self) -> str:
        """An update that fails is taken back."""
        before = self.server()
        self.change("third", broken=True)
        self.settled("ROLLBACK")
        after = self.server()
        if (after["id"], after["metadata"].get("word")) != (before["id"], "second"):
            raise StepError(f"server {after['id']} has {after['metadata']}, expected {before['id']} with word second")
        return "the update failed as it should, and the server has what it had before"

    def delete(self) -> str:
        """Delete the stack: nothing that it made is left."""
        self.api.call("orchestration", "DELETE", self.path)
        wait_gone(self.cloud, self.path)
        name = f"{self.cloud.name}-stack"
        traces = TRACES + ((("block_storage", "/volumes?name={name}", "volumes"),) if self.volume else ())
        left = [
            f"{key[:-1]} {found['id']}"
            for service, path, key in traces
            for found in self.api.items(service, path.format(name=name), key)
        ]
        if left:
            raise StepError(f"the stack is gone and left {', '.join(left)}")
        return "nothing is left of it"

    def change(self, word: str, *, broken: bool = False) -> None:
        body = {
            "template": template(self.cloud, volume=self.volume, broken=broken),
            "parameters": {"word": word},
            "disable_rollback": False,
        }
        self.api.call("orchestration", "PUT", self.path, body)

    def server(self) -> dict[str, Any]:
        """The stack's server, as Nova has it."""
        path = f"/servers/detail?name={self.cloud.name}-stack"
        return self.cloud.one("compute", path, "servers", "servers of the stack")

    def settled(self, action: str) -> dict[str, Any]:
        """The stack when an action is complete; its failure ends the wait with its reason."""

        def complete(found: dict[str, Any]) -> dict[str, Any] | None:
            self.expect_no_failure(found, action)
            return found if found["stack_status"] == f"{action}_COMPLETE" else None

        return dict(self.until(complete, f"{action} was not complete"))

    def expect_no_failure(self, found: Mapping[str, Any], action: str) -> None:
        status = str(found["stack_status"])
        # A failed update goes on to roll back when that is what is wanted.
        others = ("UPDATE_FAILED",) if action == "ROLLBACK" else ()
        if status.endswith("_FAILED") and status not in others:
            raise StepError(f"the stack is {status}: {found.get('stack_status_reason') or 'no reason given'}")

    def until(self, look: Callable[[dict[str, Any]], Any], complaint: str) -> Any:
        seen = "unknown"

        def ask() -> Any:
            nonlocal seen
            found = dict(self.api.call("orchestration", "GET", self.path)["stack"])
            seen = str(found["stack_status"])
            return look(found)

        return self.cloud.poll.until(ask, self.cloud.timeout("active"), lambda: f"{complaint} (now {seen})")


def read_outputs(stack: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs that have a value."""
    return {item["output_key"]: item.get("output_value") for item in stack.get("outputs") or []}


def wait_gone(cloud: Cloud, path: str) -> None:
    """Wait until a stack is deleted."""
    seen = "unknown"

    def absent() -> bool | None:
        nonlocal seen
        try:
            found = cloud.api.call("orchestration", "GET", path)["stack"]
        except CloudError as error:
            if " 404" in str(error):
                return True
            raise
        seen = str(found["stack_status"])
        if seen == "DELETE_FAILED":
            raise StepError(f"a stack could not be deleted: {found.get('stack_status_reason') or 'no reason given'}")
        return True if seen == "DELETE_COMPLETE" else None

    cloud.poll.until(absent, cloud.timeout("delete"), lambda: f"the stack was not gone (now {seen})")


def clean(cloud: Cloud) -> int:
    """Delete the stacks of this or an interrupted verification before what they made is looked at."""
    found = [entry for entry in cloud.api.items("orchestration", "/stacks", "stacks") if is_ours(entry)]
    for entry in found:
        path = f"/stacks/{entry['stack_name']}/{entry['id']}"
        cloud.api.call("orchestration", "DELETE", path)
        wait_gone(cloud, path)
    return len(found)


def is_ours(entry: Mapping[str, Any]) -> bool:
    """Whether a verification made the stack."""
    return str(entry["stack_name"]).startswith(PREFIX)
