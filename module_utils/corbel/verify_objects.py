# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Proves that containers and objects can be made, listed, read, copied and deleted."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.corbel.cloud_api import CloudError
from ansible.module_utils.corbel.verify_cloud import PREFIX, Cloud
from ansible.module_utils.corbel.verify_run import Step, StepError

SERVICE = "object_store"
TYPE = "object-store"
NAMES = ("copy", "object")


def steps(cloud: Cloud, catalogue: list[dict[str, Any]]) -> list[Step]:
    """Return the step of a cloud that has object storage, none of one that has not."""
    if not any(service.get("type") == TYPE for service in catalogue):
        return []
    suspects = ("swift", "swift_storage")
    return [Step("objects", "Objects are stored and read", lambda: objects(cloud), suspects=suspects)]


def objects(cloud: Cloud) -> str:
    """Store an object, read it and a copy of it, and remove everything."""
    api = cloud.api
    removed = sum(clear(cloud, name) for name in containers(cloud))
    content = {"written by": cloud.name}
    try:
        api.call(SERVICE, "PUT", f"/{cloud.name}")
        api.call(SERVICE, "PUT", f"/{cloud.name}/object", content)
        # What was read goes back as another object: a copy made by the client.
        found = api.call(SERVICE, "GET", f"/{cloud.name}/object")
        api.call(SERVICE, "PUT", f"/{cloud.name}/copy", found)
        copied = api.call(SERVICE, "GET", f"/{cloud.name}/copy")
        if found != content or copied != content:
            raise StepError(f"an object was written as {content} and read as {found}, its copy as {copied}")
        listed = sorted(entry["name"] for entry in listing(cloud, cloud.name))
        if listed != list(NAMES):
            raise StepError(f"a container with the objects {', '.join(NAMES)} lists {', '.join(listed) or 'none'}")
    finally:
        if not cloud.settings.keep:
            clear(cloud, cloud.name)
    left = f", {removed} objects of an earlier run removed" if removed else ""
    return f"stored, listed, read and copied{left}"


def containers(cloud: Cloud) -> list[str]:
    """Return the containers of verifications."""
    answer = cloud.api.call(SERVICE, "GET", f"?format=json&prefix={PREFIX}-")
    return [entry["name"] for entry in answer.get("items", [])]


def listing(cloud: Cloud, container: str) -> list[dict[str, Any]]:
    """Return the objects of a container."""
    return list(cloud.api.call(SERVICE, "GET", f"/{container}?format=json").get("items", []))


def clear(cloud: Cloud, container: str) -> int:
    """Remove a container with its objects; return how many there were."""
    try:
        names = [entry["name"] for entry in listing(cloud, container)]
        for name in names:
            cloud.api.call(SERVICE, "DELETE", f"/{container}/{name}")
        cloud.api.call(SERVICE, "DELETE", f"/{container}")
    except CloudError as error:
        if "answered 404" in str(error):
            return 0
        raise
    return len(names)
