"""The secrets of a cloud: which ones it needs, how one is made, what a run must add.

Pure functions; nothing here prints or logs a value.
"""

from __future__ import annotations

import base64
import secrets as randomness
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

VARIABLE = "corbel_secrets"
KINDS = ("password", "fernet", "hex", "ssh_key")
OPTIONS = ("type", "length", "count")
# (default, least, most) characters. 43 letters and digits carry 256 bits.
LENGTHS = {"password": (43, 16, 128), "hex": (64, 32, 128)}
MOST_VALUES = 20
PLACEHOLDER = "placeholder-of-check-mode"
HEADER = "# Made and kept by the module secrets_file. Edit with: ansible-vault edit <this file>\n---\n"


class SecretsError(Exception):
    """The secrets file or a specification is not usable; the message says what mends it."""


@dataclass(frozen=True)
class Spec:
    """How one secret is made: kind, length in characters, number of values (None: one value, not a list)."""

    kind: str = "password"
    length: int | None = None
    count: int | None = None


def parse_spec(name: str, raw: Any) -> Spec:
    """Check the specification of one secret and fill in its defaults."""
    if raw is None:
        raw = {}
    if not isinstance(raw, Mapping):
        raise SecretsError(
            f"secret {name}: found a specification of type {type(raw).__name__}, "
            "expected a dictionary such as {type: password}"
        )
    unknown = sorted(str(key) for key in raw if key not in OPTIONS)
    if unknown:
        raise SecretsError(f"secret {name}: found option {', '.join(unknown)}, expected only {', '.join(OPTIONS)}")
    kind = raw.get("type", "password")
    if kind not in KINDS:
        raise SecretsError(f"secret {name}: found type {kind!r}, expected one of {', '.join(KINDS)}")
    length = _length(name, kind, raw.get("length"))
    count = raw.get("count")
    if count is not None and not (_is_integer(count) and 1 <= count <= MOST_VALUES):
        raise SecretsError(f"secret {name}: found count {count!r}, expected an integer from 1 to {MOST_VALUES}")
    return Spec(kind=str(kind), length=length, count=count)


def parse_specs(raw: Any) -> dict[str, Spec]:
    """Check the specifications of all secrets."""
    if not isinstance(raw, Mapping):
        raise SecretsError(
            f"option secrets: found {type(raw).__name__}, expected a dictionary of name to specification"
        )
    bad = sorted(str(name) for name in raw if not (isinstance(name, str) and name.isidentifier()))
    if bad:
        raise SecretsError(f"option secrets: found name {', '.join(bad)}, expected letters, digits and underscores")
    return {str(name): parse_spec(str(name), value) for name, value in raw.items()}


def wanted(entries: Iterable[Mapping[str, Any]], infrastructure: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the specifications of all secrets of a cloud from its catalogue entries and the infrastructure's list."""
    found: dict[str, dict[str, Any]] = {str(name): dict(spec or {}) for name, spec in infrastructure.items()}
    for entry in entries:
        name = entry["name"]
        declared = {"database": "databases", "queue": "message_queue", "identity": "identity"}
        for suffix, key in declared.items():
            if entry.get(key):
                found[f"{name}_{suffix}"] = {"type": "password"}
        for secret, declaration in (entry.get("secrets") or {}).items():
            spec = dict(declaration or {})
            if found.get(secret, spec) != spec:
                raise SecretsError(
                    f"secret {secret} is declared twice, as {found[secret]} and, by catalogue entry {name}, as {spec}; "
                    "give one of them another name"
                )
            found[secret] = spec
    return dict(sorted(found.items()))


def missing(existing: Mapping[str, Any], specs: Mapping[str, Spec], rotate: Iterable[str] = ()) -> list[str]:
    """Give the names of the secrets a run must make: those the file lacks and those to be replaced."""
    again = list(rotate)
    unknown = sorted(set(again) - set(specs))
    if unknown:
        raise SecretsError(
            f"option rotate: found {', '.join(unknown)}, expected names of declared secrets: {', '.join(sorted(specs))}"
        )
    empty = sorted(name for name in specs if name in existing and not existing[name] and name not in again)
    if empty:
        raise SecretsError(
            f"the secrets file has an empty value for {', '.join(empty)}; "
            "remove the line with ansible-vault edit and a new value is made"
        )
    return sorted(name for name in specs if name not in existing or name in again)


def generate(spec: Spec, comment: str = "") -> Any:
    """Make the value or values of one secret."""
    if spec.count is not None:
        return [_one(spec, comment) for _ in range(spec.count)]
    return _one(spec, comment)


def placeholder(spec: Spec) -> Any:
    """Give a value of the right form that is no secret, for a plan made before the first run."""
    values: dict[str, Any] = {
        "password": PLACEHOLDER,
        "hex": "0" * (spec.length or 0),
        "fernet": base64.urlsafe_b64encode(bytes(32)).decode(),
        "ssh_key": {"private": PLACEHOLDER, "public": f"ssh-ed25519 {PLACEHOLDER}"},
    }
    value = values[spec.kind]
    return value if spec.count is None else [value] * spec.count


def check_document(document: Any, path: str) -> dict[str, Any]:
    """Check the shape of a decrypted secrets file; an empty one is a new one."""
    if document is None:
        return {VARIABLE: {}}
    if not isinstance(document, dict) or not isinstance(document.get(VARIABLE, {}), dict):
        raise SecretsError(
            f"{path}: found other content, expected one dictionary {VARIABLE}; mend it with ansible-vault edit {path}"
        )
    return {**document, VARIABLE: dict(document.get(VARIABLE, {}))}


def _one(spec: Spec, comment: str) -> Any:
    if spec.kind == "fernet":
        return base64.urlsafe_b64encode(randomness.token_bytes(32)).decode()
    if spec.kind == "hex":
        return randomness.token_hex((spec.length or 0) // 2)
    if spec.kind == "ssh_key":
        return _ssh_key(comment)
    letters = string.ascii_letters + string.digits
    return "".join(randomness.choice(letters) for _ in range(spec.length or 0))


def _ssh_key(comment: str) -> dict[str, str]:
    # Imported here: only the controlling machine makes keys, and only it must have the library.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    return {"private": private, "public": f"{public} {comment}".strip()}


def _length(name: str, kind: str, raw: Any) -> int | None:
    if kind not in LENGTHS:
        if raw is not None:
            raise SecretsError(f"secret {name}: found length {raw!r}, expected none: type {kind} has a fixed length")
        return None
    default, least, most = LENGTHS[kind]
    length = default if raw is None else raw
    if not _is_integer(length) or not least <= length <= most or (kind == "hex" and length % 2):
        even = "even " if kind == "hex" else ""
        raise SecretsError(f"secret {name}: found length {raw!r}, expected an {even}integer from {least} to {most}")
    return int(length)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
