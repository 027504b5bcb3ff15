"""The cloud's authority: what a certificate must be, and how one is signed. Runs on the controlling machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# A clock that is a little behind must not refuse a certificate made a moment ago.
BACKDATE = timedelta(hours=1)
COMMON_NAME_LENGTH = 64


class CertificateError(Exception):
    """A certificate, key or request is not usable; the message says what mends it."""


@dataclass(frozen=True)
class Authority:
    """The authority's certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Held:
    """What a host holds, and when that was read."""

    certificate: str
    public_key: str
    now: datetime


def general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Addresses and DNS names as a certificate lists them, each once, in the order given."""
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            if not name or not name.isascii() or any(character.isspace() for character in name):
                raise CertificateError(f"found name {name!r}, expected an address or a DNS name in ASCII") from None
            found.append(x509.DNSName(name))
    if not found:
        raise CertificateError("found no name, expected at least the name of the host; set certificates_names")
    return found


def names_of(certificate: x509.Certificate) -> set[str]:
    """The names a certificate holds, as text."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in extension.value}


def load_certificate(text: str, what: str) -> x509.Certificate:
    """The first certificate of a PEM text."""
    try:
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError as error:
        raise CertificateError(f"{what}: found no certificate in PEM form ({error})") from error


def to_pem(certificate: x509.Certificate) -> str:
    """A certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _public_bytes(key: object) -> bytes:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form)  # type: ignore[attr-defined,no-any-return]


def reason_to_issue(held: Held, authority: x509.Certificate, names: Iterable[str], renew_days: int) -> str:
    """Why a host needs another certificate than the one it holds, or an empty string when it is good."""
    if not held.certificate.strip():
        return "there is none"
    try:
        certificate = load_certificate(held.certificate, "host.pem")
        key = serialization.load_pem_public_key(held.public_key.encode())
    except (CertificateError, ValueError):
        return "the certificate or its key is unreadable"
    faults = (
        (_public_bytes(certificate.public_key()) != _public_bytes(key), "it belongs to another key"),
        (not _issued_by(certificate, authority), "another authority issued it"),
        (names_of(certificate) != {str(name.value) for name in general_names(names)}, "the names differ"),
        (certificate.not_valid_before_utc > held.now, "it is not valid yet"),
        (
            certificate.not_valid_after_utc - held.now < timedelta(days=renew_days),
            f"fewer than {renew_days} days are left",
        ),
    )
    return next((reason for fault, reason in faults if fault), "")


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def make_authority(common_name: str, days: int, now: datetime) -> Authority:
    """A new authority that may sign hosts and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:COMMON_NAME_LENGTH])])
    usage = _key_usage(digital_signature=False, sign_certificates=True)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def seal_key(authority: Authority, passphrase: str) -> str:
    """The authority's key as text that only the passphrase opens."""
    return authority.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    ).decode()


def open_authority(certificate: str, key: str, passphrase: str, where: str) -> Authority:
    """The authority from its two files."""
    try:
        opened = serialization.load_pem_private_key(key.encode(), passphrase.encode())
    except (ValueError, TypeError) as error:
        raise CertificateError(
            f"{where}: found a key that corbel_secrets.certificates_ca does not open, expected the one it was made "
            "with; bring back the secrets file or the certificates of a backup"
        ) from error
    loaded = load_certificate(certificate, where)
    if not isinstance(opened, ec.EllipticCurvePrivateKey) or _public_bytes(opened.public_key()) != _public_bytes(
        loaded.public_key()
    ):
        raise CertificateError(f"{where}: found ca.pem and ca.key that do not belong together, expected one pair")
    return Authority(loaded, opened)


def sign(authority: Authority, request: str, names: list[str], days: int, now: datetime) -> x509.Certificate:
    """A certificate for the key of a request. Only the key is taken from it: the names are the caller's."""
    try:
        asked = x509.load_pem_x509_csr(request.encode())
    except ValueError as error:
        raise CertificateError(f"found a signing request that is not in PEM form ({error})") from error
    if not asked.is_signature_valid:
        raise CertificateError("found a signing request that its own key did not sign, expected an intact one")
    key = asked.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CertificateError("found a signing request with another kind of key, expected an elliptic curve")
    end = min(now + timedelta(days=days), authority.certificate.not_valid_after_utc)
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:COMMON_NAME_LENGTH])]))
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True, sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectAlternativeName(general_names(names)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )


def utc_now() -> datetime:
    """The time, to the second, as certificates hold it."""
    return datetime.now(UTC).replace(microsecond=0)


def _key_usage(digital_signature: bool, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        # QEMU and libvirt refuse a critical usage without it, even for elliptic curves.
        key_encipherment=digital_signature,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )
