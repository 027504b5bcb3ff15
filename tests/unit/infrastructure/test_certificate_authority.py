"""When a certificate is issued, and what it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible.module_utils.corbel import certificate_authority as ca
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = ca.utc_now()
NAMES = ["controller1", "controller1.example.com", "192.0.2.21"]


def public(key: ec.EllipticCurvePrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()


def ask(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, name: str = "anything") -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


AUTHORITY = ca.make_authority("test", 3650, NOW)
KEY = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = ca.sign(AUTHORITY, ask(KEY), NAMES, 397, NOW)
HELD = ca.Held(ca.to_pem(CERTIFICATE), public(KEY), NOW)


@pytest.mark.parametrize(
    ("change", "names", "renew_days", "reason"),
    [
        ({}, NAMES, 30, ""),
        ({}, list(reversed(NAMES)), 30, ""),
        ({"certificate": ""}, NAMES, 30, "there is none"),
        ({"certificate": "nonsense"}, NAMES, 30, "unreadable"),
        ({"public_key": ""}, NAMES, 30, "unreadable"),
        ({"public_key": public(ec.generate_private_key(ec.SECP256R1()))}, NAMES, 30, "another key"),
        ({}, [*NAMES, "alias"], 30, "names differ"),
        ({}, NAMES[:2], 30, "names differ"),
        ({}, NAMES, 400, "fewer than 400 days"),
        ({"now": NOW + timedelta(days=368)}, NAMES, 30, "fewer than 30 days"),
        ({"now": NOW + timedelta(days=366)}, NAMES, 30, ""),
        ({"now": NOW - timedelta(days=1)}, NAMES, 30, "not valid yet"),
    ],
)
def test_reason_to_issue(change: dict[str, object], names: list[str], renew_days: int, reason: str) -> None:
    found = ca.reason_to_issue(replace(HELD, **change), AUTHORITY.certificate, names, renew_days)  # type: ignore[arg-type]
    assert reason in found
    assert bool(found) == bool(reason)


def test_another_authority_of_the_same_name_is_another() -> None:
    other = ca.make_authority("test", 3650, NOW)
    assert ca.reason_to_issue(HELD, other.certificate, NAMES, 30) == "another authority issued it"


def test_certificate_is_for_a_host() -> None:
    extensions = CERTIFICATE.extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usages = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert usages == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert ca.names_of(CERTIFICATE) == set(NAMES)
    assert CERTIFICATE.not_valid_before_utc < NOW
    CERTIFICATE.verify_directly_issued_by(AUTHORITY.certificate)


def test_names_of_the_request_are_not_taken_over() -> None:
    signed = ca.sign(AUTHORITY, ask(KEY, "controller9"), NAMES, 397, NOW)
    assert signed.subject.rfc4514_string() == "CN=controller1"


def test_certificate_ends_with_its_authority() -> None:
    short = ca.make_authority("test", 10, NOW)
    signed = ca.sign(short, ask(KEY), NAMES, 397, NOW)
    assert signed.not_valid_after_utc == short.certificate.not_valid_after_utc


def test_authority_signs_hosts_and_nothing_else() -> None:
    constraints = AUTHORITY.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)
    usage = AUTHORITY.certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_cert_sign
    assert not usage.digital_signature


def test_passphrase_opens_the_authority() -> None:
    sealed = ca.seal_key(AUTHORITY, "right")
    assert "ENCRYPTED" in sealed
    text = ca.to_pem(AUTHORITY.certificate)
    assert ca.open_authority(text, sealed, "right", "here").certificate == AUTHORITY.certificate
    with pytest.raises(ca.CertificateError, match="does not open"):
        ca.open_authority(text, sealed, "wrong", "here")


def test_files_of_two_authorities_do_not_pass_for_one() -> None:
    other = ca.make_authority("test", 10, NOW)
    with pytest.raises(ca.CertificateError, match="do not belong together"):
        ca.open_authority(ca.to_pem(other.certificate), ca.seal_key(AUTHORITY, "x"), "x", "here")


@pytest.mark.parametrize(
    ("request_text", "message"),
    [("nonsense", "not in PEM form"), (ask(rsa.generate_private_key(65537, 2048)), "another kind of key")],
)
def test_refused_requests(request_text: str, message: str) -> None:
    with pytest.raises(ca.CertificateError, match=message):
        ca.sign(AUTHORITY, request_text, NAMES, 397, NOW)


@pytest.mark.parametrize("names", [[], [""], ["has space"], ["späte"]])
def test_refused_names(names: list[str]) -> None:
    with pytest.raises(ca.CertificateError, match="found"):
        ca.general_names(names)
