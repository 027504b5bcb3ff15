# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Proves that a volume goes from one project to another, whose own user takes it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from typing import Any

from ansible.module_utils.corbel.cloud_api import Api, CloudError
from ansible.module_utils.corbel.verify_cloud import PREFIX, Cloud
from ansible.module_utils.corbel.verify_run import StepError
from ansible.module_utils.corbel.verify_volumes import SERVICE, Volumes

# Gives the cloud as another account sees it: user, password, domain of the user, project.
Enter = Callable[[str, str, str, str], Api]
OWNER = "os-vol-tenant-attr:tenant_id"
ROLE = "member"


class Transfer:
    """The hand-over of one verification."""

    def __init__(self, volumes: Volumes, enter: Enter) -> None:
        self.volumes, self.enter = volumes, enter
        self.cloud, self.api = volumes.cloud, volumes.api

    def hand_over(self) -> str:
        """A volume is offered, a user of another project accepts it, and it is theirs."""
        project, receiver = self.receiver()
        volume = self.volumes.make("given")
        body = {"transfer": {"volume_id": volume["id"], "name": self.cloud.name}}
        offered = self.api.call(SERVICE, "POST", "/volume-transfers", body)["transfer"]
        accept = {"accept": {"auth_key": offered["auth_key"]}}
        receiver.call(SERVICE, "POST", f"/volume-transfers/{offered['id']}/accept", accept)
        owner = self.volumes.wait(volume, "available").get(OWNER)
        if owner != project:
            raise StepError(f"volume {volume['id']} belongs to project {owner}, expected {project}, which accepted it")
        if any(entry["id"] == volume["id"] for entry in self.api.items(SERVICE, "/volumes/detail", "volumes")):
            raise StepError(f"volume {volume['id']} is among those of the project that gave it away still")
        receiver.call(SERVICE, "DELETE", f"/volumes/{volume['id']}")
        return "offered, accepted by a user of another project with the key, and deleted by them"

    def receiver(self) -> tuple[str, Api]:
        """Make a project with a user who may have volumes; give the project and the cloud as they see it."""
        name, password = self.cloud.name, f"aA1!{secrets.token_urlsafe(24)}"
        role = self.cloud.one("identity", f"/roles?name={ROLE}", "roles", f"roles named {ROLE}")
        project = self.api.call("identity", "POST", "/projects", {"project": {"name": name}})["project"]
        wanted = {"name": name, "password": password, "domain_id": project["domain_id"]}
        user = self.api.call("identity", "POST", "/users", {"user": wanted})["user"]
        self.api.call("identity", "PUT", f"/projects/{project['id']}/users/{user['id']}/roles/{role['id']}")
        return str(project["id"]), self.enter(name, password, str(project["domain_id"]), str(project["id"]))


def ours(cloud: Cloud, service: str, path: str, key: str) -> list[dict[str, Any]]:
    """Return what a verification made of a collection."""
    return [entry for entry in cloud.api.items(service, path, key) if str(entry.get("name")).startswith(PREFIX)]


def clean(cloud: Cloud) -> int:
    """Remove offers, and projects with their users and what they were given."""
    if not cloud.has_volumes:
        return 0
    # A volume that is offered cannot be deleted.
    offers = ours(cloud, SERVICE, "/volume-transfers/detail", "transfers")
    for offer in offers:
        cloud.api.call(SERVICE, "DELETE", f"/volume-transfers/{offer['id']}")
    projects = ours(cloud, "identity", f"/projects?name__startswith={PREFIX}", "projects")
    users = ours(cloud, "identity", f"/users?name__startswith={PREFIX}", "users")
    for project in projects:
        empty(cloud, project)
    for kind, entries in (("users", users), ("projects", projects)):
        for entry in entries:
            cloud.api.call("identity", "DELETE", f"/{kind}/{entry['id']}")
    return len(offers) + len(projects) + len(users)


def empty(cloud: Cloud, project: dict[str, Any]) -> None:
    """Delete the volumes of a project and wait until they are gone: nobody sees them once it is."""

    def absent() -> bool | None:
        left = cloud.api.items(SERVICE, f"/volumes/detail?all_tenants=1&project_id={project['id']}", "volumes")
        for volume in left:
            # One that is being deleted already is refused.
            with contextlib.suppress(CloudError):
                cloud.api.call(SERVICE, "DELETE", f"/volumes/{volume['id']}")
        return None if left else True

    complaint = f"project {project['name']} has volumes still"
    cloud.poll.until(absent, cloud.timeout("volume"), lambda: complaint)
