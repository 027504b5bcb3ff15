"""A stack of the verification against an orchestration service in memory, with its faults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from ansible.module_utils.corbel import verify_stack
from ansible.module_utils.corbel.cloud_api import CloudError
from ansible.module_utils.corbel.verify_cloud import Cloud, Settings
from ansible.module_utils.corbel.verify_run import Poll, StepError
from ansible.module_utils.corbel.verify_stack import Stack

from tests.unit.verify.test_verification import SETTINGS

CATALOGUE = [{"type": "orchestration"}, {"type": "block-storage"}]
ENDPOINT = "https://192.0.2.1:8004/signal"


@dataclass
class FakeHeat:
    """Does at once what it is asked to, but for what the test spoils."""

    project_id: str = "p"
    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    templates: list[dict[str, Any]] = field(default_factory=list)
    servers: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    signalled: str = ""
    fault: str = ""
    keeps_word: bool = False

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        assert service == "orchestration"
        if (method, path) == ("POST", "/stacks"):
            self.templates.append(body["template"])
            self.stacks["1"] = {"id": "1", "stack_name": body["stack_name"], "stack_status": "CREATE_IN_PROGRESS"}
            self.servers = [{"id": "s", "name": body["stack_name"], "metadata": {"word": "first"}}]
            return {"stack": {"id": "1"}}
        found = self.stacks.get(path.rpartition("/")[2])
        if not found:
            raise CloudError(f"{method} orchestration {path} was answered 404: not found")
        if method == "DELETE":
            del self.stacks[found["id"]]
            self.servers.clear()
        if method == "PUT":
            self.templates.append(body["template"])
            failing = "failure" in body["template"]["resources"]
            found["stack_status"] = "ROLLBACK_COMPLETE" if failing else "UPDATE_COMPLETE"
            if not failing and not self.keeps_word:
                self.servers[0]["metadata"] = {"word": body["parameters"]["word"]}
        if found["stack_status"].startswith("CREATE"):
            found["stack_status"] = "CREATE_FAILED" if self.fault else "CREATE_IN_PROGRESS"
            found["stack_status_reason"] = self.fault
            values = {"endpoint": ENDPOINT, "token": "t", "address": "203.0.113.9"}
            if self.signalled and not self.fault:
                found["stack_status"], values["data"] = "CREATE_COMPLETE", json.dumps({"1": self.signalled})
            found["outputs"] = [{"output_key": key, "output_value": value} for key, value in values.items()]
        return {"stack": found}

    def items(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        if key == "stacks":
            return list(self.stacks.values())
        name = dict(parse_qsl(urlsplit(path).query)).get("name")
        if key == "servers":
            return [one for one in self.servers if one["name"] == name]
        return [one for one in self.left if one["kind"] == key]

    def upload(self, path: str, source: Any) -> None:
        raise AssertionError("no image is needed")

    def signal(self, url: str, token: str, body: Mapping[str, str]) -> int:
        assert (url, token, body["status"]) == (ENDPOINT, "t", "SUCCESS")
        self.signalled = body["data"]
        return 200


@pytest.fixture
def heat() -> FakeHeat:
    return FakeHeat()


@pytest.fixture
def cloud(heat: FakeHeat) -> Cloud:
    now = [0.0]
    poll = Poll(clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    return Cloud(api=heat, settings=Settings(**SETTINGS), run_id="x", poll=poll)


@pytest.fixture
def stack(heat: FakeHeat, cloud: Cloud) -> Stack:
    return Stack(cloud, CATALOGUE, heat.signal)


def test_a_good_cloud_passes(heat: FakeHeat, stack: Stack) -> None:
    assert "203.0.113.9" in stack.create()
    assert "in place" in stack.update()
    assert "before" in stack.roll_back()
    assert "nothing" in stack.delete()
    assert [("failure" in one["resources"]) for one in heat.templates] == [False, False, True]
    assert heat.stacks == {}


@pytest.mark.parametrize(("types", "volume"), [(["orchestration"], False), (["orchestration", "volumev3"], True)])
def test_a_volume_is_made_where_there_is_a_service_for_it(
    heat: FakeHeat, cloud: Cloud, types: Any, volume: bool
) -> None:
    stack = Stack(cloud, [{"type": one} for one in types], heat.signal)
    assert stack.deployed
    stack.create()
    assert ("volume" in heat.templates[0]["resources"]) is volume


def test_without_the_service_it_is_not_deployed(heat: FakeHeat, cloud: Cloud) -> None:
    assert not Stack(cloud, [{"type": "compute"}], heat.signal).deployed


def test_a_failure_is_told_with_its_reason(heat: FakeHeat, stack: Stack) -> None:
    heat.fault = "No valid host"
    with pytest.raises(StepError, match="CREATE_FAILED: No valid host"):
        stack.create()


def test_a_refused_signal_is_told(stack: Stack) -> None:
    stack.signal = lambda url, token, body: 403
    with pytest.raises(StepError, match=f"{ENDPOINT} was answered 403"):
        stack.create()


def test_an_update_without_effect_is_told(heat: FakeHeat, stack: Stack) -> None:
    stack.create()
    heat.keeps_word = True
    with pytest.raises(StepError, match="expected s with word second"):
        stack.update()


def test_what_a_deleted_stack_leaves_is_named(heat: FakeHeat, stack: Stack) -> None:
    stack.create()
    heat.left.append({"kind": "routers", "id": "r1"})
    with pytest.raises(StepError, match="left router r1"):
        stack.delete()


def test_stacks_of_an_interrupted_verification_are_removed(heat: FakeHeat, stack: Stack, cloud: Cloud) -> None:
    stack.create()
    heat.stacks["2"] = {"id": "2", "stack_name": "an-operators-own", "stack_status": "CREATE_COMPLETE"}
    assert verify_stack.clean(cloud) == 1
    assert list(heat.stacks) == ["2"]
