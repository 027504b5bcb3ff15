"""The step about objects, with an object store in memory."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.corbel import verify_objects
from ansible.module_utils.corbel.cloud_api import CloudError
from ansible.module_utils.corbel.verify_run import StepError

CATALOGUE = [{"type": "object-store"}]


class Store:
    """Containers and objects as the API of a cloud gives them."""

    def __init__(self) -> None:
        self.containers: dict[str, dict[str, str]] = {}
        self.damage = ""

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        assert service == "object_store"
        address, _, query = path.partition("?")
        _, container, name = (*address.split("/"), "", "")[:3]
        if not container:
            prefix = query.rpartition("prefix=")[2]
            return {"items": [{"name": one} for one in self.containers if one.startswith(prefix)]}
        if method == "PUT" and not name:
            self.containers[container] = {}
            return {}
        if container not in self.containers:
            raise CloudError(f"{method} object_store {path} was answered 404: Not Found")
        objects = self.containers[container]
        if method == "PUT":
            objects[name] = self.damage or json.dumps(body)
        elif method == "DELETE" and name:
            del objects[name]
        elif method == "DELETE":
            assert not objects
            del self.containers[container]
        else:
            return json.loads(objects[name]) if name else {"items": [{"name": one} for one in objects]}
        return {}


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def cloud(store: Store) -> Any:
    return SimpleNamespace(api=store, name="corbel-verify-abc", settings=SimpleNamespace(keep=False))


def test_only_a_cloud_with_object_storage_has_the_step(cloud: Any) -> None:
    assert verify_objects.steps(cloud, [{"type": "image"}]) == []
    assert [step.name for step in verify_objects.steps(cloud, CATALOGUE)] == ["objects"]


def test_everything_is_removed(cloud: Any, store: Store) -> None:
    store.containers = {"corbel-verify-old": {"object": "{}"}, "theirs": {"x": "{}"}}
    (step,) = verify_objects.steps(cloud, CATALOGUE)
    assert step.run() == "stored, listed, read and copied, 1 objects of an earlier run removed"
    assert store.containers == {"theirs": {"x": "{}"}}


def test_what_is_kept_stays(cloud: Any, store: Store) -> None:
    cloud.settings.keep = True
    assert verify_objects.objects(cloud) == "stored, listed, read and copied"
    assert sorted(store.containers["corbel-verify-abc"]) == ["copy", "object"]


def test_another_content_fails_and_is_removed(cloud: Any, store: Store) -> None:
    store.damage = '{"other": 1}'
    with pytest.raises(StepError, match=r"was written as .* and read as"):
        verify_objects.objects(cloud)
    assert store.containers == {}
