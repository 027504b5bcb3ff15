"""Requests as they leave through openstacksdk, and errors as they come back."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.corbel.cloud_api import CloudError, SdkApi, UnreachableError, connect
from keystoneauth1 import exceptions


class Service:
    """A proxy of openstacksdk that gives prepared answers and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def request(self, path: str, method: str, raise_exc: bool, **arguments: Any) -> Any:
        assert not raise_exc
        self.asked.append((method, path, arguments))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(status: int = 200, payload: Any = None, content: bytes = b"x") -> SimpleNamespace:
    def decoded() -> Any:
        if payload is None:
            raise ValueError
        return payload

    return SimpleNamespace(status_code=status, content=content, json=decoded, reason="Reason", text="text")


def api(**services: Service) -> SdkApi:
    return SdkApi(SimpleNamespace(**services), sleep=lambda seconds: None)


def test_pages_are_followed() -> None:
    image = Service(answer(payload={"images": [1], "next": "/v2/images?marker=1"}), answer(payload={"images": [2]}))
    assert api(image=image).items("image", "/images", "images") == [1, 2]
    assert [path for _, path, _ in image.asked] == ["/images", "/images?marker=1"]


def test_compute_is_asked_with_a_microversion_and_images_are_patched_as_they_want() -> None:
    compute, image = Service(answer(payload={})), Service(answer(payload={}))
    cloud = api(compute=compute, image=image)
    cloud.call("compute", "GET", "/flavors")
    assert compute.asked[0][2]["microversion"]
    cloud.call("image", "PATCH", "/images/1", [])
    assert image.asked[0][2]["headers"]["Content-Type"].endswith("json-patch")


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (answer(409, {"conflict": {"message": "in use"}}), CloudError, "DELETE network /x was answered 409: in use"),
        (answer(503), CloudError, "was answered 503: Reason"),
        (exceptions.ConnectFailure("refused"), UnreachableError, "the network service did not answer: refused"),
        (exceptions.EndpointNotFound("no endpoint"), UnreachableError, "did not answer: no endpoint"),
        (exceptions.SSLError("wrong name"), UnreachableError, "wrong name"),
    ],
)
def test_failures_are_sentences(given: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        api(network=Service(given)).call("network", "DELETE", "/x")


def test_reading_waits_for_a_service_that_restarts_and_writing_does_not() -> None:
    assert api(image=Service(answer(503), answer(504), answer(payload={"a": 1}))).call("image", "GET", "/x") == {"a": 1}
    with pytest.raises(CloudError, match="503"):
        api(image=Service(answer(503))).call("image", "POST", "/x")
    with pytest.raises(CloudError, match="503"):
        api(image=Service(*[answer(503)] * 6)).call("image", "GET", "/x")


def test_an_answer_without_a_body_is_empty() -> None:
    assert api(network=Service(answer(204, content=b""))).call("network", "DELETE", "/x") == {}


def test_a_refused_upload_says_why() -> None:
    with pytest.raises(CloudError, match="refused the upload with 413"):
        api(image=Service(answer(413))).upload("/images/1/file", io.BytesIO(b""))


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (None, UnreachableError, "does not exist; playbooks/client_access.yml writes it"),
        ("clouds: {other: {}}", CloudError, "has no usable cloud corbel"),
        (
            "clouds: {corbel: {auth: {auth_url: 'http://127.0.0.1:1', username: a, password: b, project_name: c}}}",
            UnreachableError,
            "did not answer",
        ),
    ],
)
def test_connect(tmp_path: Path, content: str | None, kind: type[Exception], message: str) -> None:
    path = tmp_path / "clouds.yaml"
    if content:
        path.write_text(content)
    with pytest.raises(kind, match=message):
        connect(str(path), "corbel")
