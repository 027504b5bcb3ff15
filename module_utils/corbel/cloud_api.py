# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""REST calls to a running cloud: one connection, one token, errors as one sentence.

Runs on the controlling machine only; authentication, discovery and TLS are openstacksdk's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol

# The oldest version that carries what is read here:
# flavors with extra specifications, why an action on a server failed; a volume that grows while attached.
MICROVERSIONS = {"compute": "2.84", "block_storage": "3.60"}
# A load balancer answers so while a service behind it restarts; reading again is safe.
PASSING = frozenset({502, 503, 504})
READ_TRIES = 6
READ_DELAY = 2.0


class CloudError(Exception):
    """Something the cloud refused, as a sentence."""


class UnreachableError(CloudError):
    """The cloud could not be reached at all."""


class Api(Protocol):
    """What the kinds of resources and the verification need of a cloud."""

    project_id: str

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Send a request, return the decoded answer (empty when there is none)."""

    def items(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        """Return every element of a collection, whatever number of pages it takes."""

    def upload(self, path: str, source: IO[bytes]) -> None:
        """Send the bytes of an image."""


def reason(payload: Any, fallback: str) -> str:
    """Return the message of an error answer: each service wraps it in its own way."""
    if isinstance(payload, dict):
        for value in (payload, *payload.values()):
            if isinstance(value, dict):
                message = value.get("message") or value.get("detail")
                if isinstance(message, str):
                    return message
            elif isinstance(value, str):
                return value
    return fallback


def next_page(answer: dict[str, Any], key: str) -> str | None:
    """Return where the next page of a collection is."""
    link = answer.get("next")
    if isinstance(link, str):
        return link.removeprefix("/v2")
    for entry in answer.get(f"{key}_links") or []:
        if entry.get("rel") == "next":
            return str(entry["href"])
    return None


class SdkApi:
    """The cloud of a `clouds.yaml`, through openstacksdk."""

    def __init__(self, connection: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self.connection = connection
        self.sleep = sleep
        self.project_id = ""

    def _request(self, service: str, method: str, path: str, **arguments: Any) -> Any:
        from keystoneauth1 import exceptions  # type: ignore[import-untyped,unused-ignore]

        arguments.setdefault("headers", {})
        if service in MICROVERSIONS:
            arguments["microversion"] = MICROVERSIONS[service]
        try:
            return getattr(self.connection, service).request(path, method, raise_exc=False, **arguments)
        except (exceptions.ConnectionError, exceptions.EndpointNotFound, exceptions.DiscoveryFailure) as error:
            raise UnreachableError(f"the {service} service did not answer: {error}") from error
        except exceptions.ClientException as error:
            raise CloudError(f"{method} {service} {path} failed: {error}") from error

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        arguments: dict[str, Any] = {} if body is None else {"json": body}
        if method == "PATCH" and service == "image":
            arguments["headers"] = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
        response = self._request(service, method, path, **arguments)
        for _ in range(READ_TRIES - 1 if method == "GET" else 0):
            if response.status_code not in PASSING:
                break
            self.sleep(READ_DELAY)
            response = self._request(service, method, path, **arguments)
        payload: Any = {}
        if response.content:
            try:
                payload = response.json()
            except ValueError:
                payload = {}
        if response.status_code >= 400:
            text = reason(payload, response.reason or "no reason given")
            raise CloudError(f"{method} {service} {path} was answered {response.status_code}: {text}")
        return payload if isinstance(payload, dict) else {"items": payload}

    def items(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        return list(self._pages(service, path, key))

    def _pages(self, service: str, path: str, key: str) -> Iterator[dict[str, Any]]:
        following: str | None = path
        while following:
            answer = self.call(service, "GET", following)
            yield from answer.get(key) or []
            following = next_page(answer, key)

    def upload(self, path: str, source: IO[bytes]) -> None:
        response = self._request(
            "image", "PUT", path, data=source, headers={"Content-Type": "application/octet-stream"}
        )
        if response.status_code >= 400:
            raise CloudError(f"the image service refused the upload with {response.status_code}: {response.text}")


def connect(clouds_file: str, cloud: str) -> SdkApi:
    """Open the named cloud of a `clouds.yaml`; every failure is one sentence."""
    try:
        from keystoneauth1 import exceptions as auth
        from openstack import config, connection, exceptions
    except ImportError as error:
        raise CloudError(
            f"the Python that runs this module lacks openstacksdk ({error}); install requirements.txt and run it "
            "on the controlling machine with ansible_python_interpreter set to ansible_playbook_python"
        ) from error
    if not Path(clouds_file).is_file():
        raise UnreachableError(f"{clouds_file} does not exist; playbooks/client_access.yml writes it")
    try:
        region = config.OpenStackConfig(config_files=[clouds_file], load_envvars=False).get_one(cloud=cloud)
        api = SdkApi(connection.Connection(config=region))
        api.connection.authorize()
        api.project_id = api.connection.current_project_id
    except exceptions.ConfigException as error:
        raise CloudError(f"{clouds_file} has no usable cloud {cloud}: {error}") from error
    except auth.Unauthorized as error:
        raise CloudError(f"the credentials of cloud {cloud} in {clouds_file} were refused: {error}") from error
    except (auth.ClientException, exceptions.SDKException) as error:
        raise UnreachableError(f"cloud {cloud} of {clouds_file} did not answer: {error}") from error
    return api
