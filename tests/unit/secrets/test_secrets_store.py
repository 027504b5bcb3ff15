"""Which secrets a cloud needs, and how one is made."""

import base64
import re

import pytest
from ansible.module_utils.corbel import secrets_store as store


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, store.Spec("password", 43)),
        ({}, store.Spec("password", 43)),
        ({"type": "password", "length": 32}, store.Spec("password", 32)),
        ({"type": "hex"}, store.Spec("hex", 64)),
        ({"type": "fernet", "count": 3}, store.Spec("fernet", None, 3)),
        ({"type": "ssh_key"}, store.Spec("ssh_key")),
    ],
)
def test_specification(raw: object, expected: store.Spec) -> None:
    assert store.parse_spec("x", raw) == expected


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("password", ["secret x", "str", "dictionary"]),
        ({"type": "pin"}, ["'pin'", "password, fernet, hex, ssh_key"]),
        ({"lenght": 20}, ["lenght", "type, length, count"]),
        ({"length": 8}, ["length 8", "16 to 128"]),
        ({"length": "40"}, ["'40'", "integer"]),
        ({"length": True}, ["True", "integer"]),
        ({"type": "hex", "length": 33}, ["33", "even"]),
        ({"type": "fernet", "length": 32}, ["length 32", "fixed length"]),
        ({"count": 0}, ["count 0", "1 to 20"]),
    ],
)
def test_specification_refused(raw: object, parts: list[str]) -> None:
    with pytest.raises(store.SecretsError) as error:
        store.parse_spec("x", raw)
    assert all(part in str(error.value) for part in parts)


@pytest.mark.parametrize("raw", [["a"], {"a b": {}}, {1: {}}])
def test_specifications_refused(raw: object) -> None:
    with pytest.raises(store.SecretsError, match="option secrets: found"):
        store.parse_specs(raw)


def test_values_have_their_form() -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{43}", store.generate(store.Spec("password", 43)))
    assert re.fullmatch(r"[0-9a-f]{64}", store.generate(store.Spec("hex", 64)))
    keys = store.generate(store.Spec("fernet", count=3))
    assert len(set(keys)) == 3
    assert all(len(base64.urlsafe_b64decode(key)) == 32 for key in keys)
    pair = store.generate(store.Spec("ssh_key"), comment="corbel x")
    assert pair["private"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert re.fullmatch(r"ssh-ed25519 \S+ corbel x", pair["public"])


def test_two_values_differ() -> None:
    assert store.generate(store.Spec("password", 43)) != store.generate(store.Spec("password", 43))


@pytest.mark.parametrize(
    "spec", [store.Spec("password", 43), store.Spec("hex", 32), store.Spec("fernet", None, 2), store.Spec("ssh_key")]
)
def test_placeholder_has_the_form_of_a_value(spec: store.Spec) -> None:
    value, stand_in = store.generate(spec), store.placeholder(spec)
    assert type(value) is type(stand_in)
    if isinstance(value, (list, dict)):
        assert len(value) == len(stand_in)


def test_wanted_from_the_catalogue() -> None:
    entries = [
        {"name": "glance", "databases": ["glance"], "message_queue": False, "identity": {"type": "image"}},
        {"name": "nova", "databases": ["nova", "nova_api"], "message_queue": True, "identity": {"type": "compute"}},
        {"name": "agent", "databases": [], "message_queue": True, "secrets": {"shared": {"type": "hex"}}},
    ]
    found = store.wanted(entries, {"root": None, "ca": {"length": 40}})
    assert list(found) == [
        "agent_queue",
        "ca",
        "glance_database",
        "glance_identity",
        "nova_database",
        "nova_identity",
        "nova_queue",
        "root",
        "shared",
    ]
    assert found["shared"] == {"type": "hex"}


def test_one_secret_declared_differently_is_refused() -> None:
    entries = [{"name": "a", "secrets": {"s": {"type": "hex"}}}, {"name": "b", "secrets": {"s": {"type": "fernet"}}}]
    with pytest.raises(store.SecretsError, match=r"secret s is declared twice.*entry b"):
        store.wanted(entries, {})


@pytest.mark.parametrize(
    ("existing", "rotate", "expected"),
    [
        ({}, [], ["a", "b"]),
        ({"a": "1", "foreign": "2"}, [], ["b"]),
        ({"a": "1", "b": "2"}, [], []),
        ({"a": "1", "b": "2"}, ["b"], ["b"]),
        ({"a": "", "b": "2"}, ["a"], ["a"]),
    ],
)
def test_missing(existing: dict[str, str], rotate: list[str], expected: list[str]) -> None:
    assert store.missing(existing, {"a": store.Spec(), "b": store.Spec()}, rotate) == expected


def test_missing_refuses_unknown_and_empty() -> None:
    with pytest.raises(store.SecretsError, match="option rotate: found zz"):
        store.missing({}, {"a": store.Spec()}, ["zz"])
    with pytest.raises(store.SecretsError, match="empty value for a"):
        store.missing({"a": None}, {"a": store.Spec()})


def test_document() -> None:
    assert store.check_document(None, "f") == {"corbel_secrets": {}}
    assert store.check_document({"other": 1}, "f") == {"other": 1, "corbel_secrets": {}}


@pytest.mark.parametrize("bad", [[], "text", {"corbel_secrets": ["a"]}])
def test_document_refused(bad: object) -> None:
    with pytest.raises(store.SecretsError, match="f: found other content"):
        store.check_document(bad, "f")
