"""Keys and certificates of a simulated host. Real ones: the controlling machine reads, signs and judges them."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.bench.simulated.state import Host

NOTHING = {"certificate": "", "authority": "", "public_key": "", "trusted": False, "attributes": []}


def host_certificate(host: Host, arguments: dict[str, Any], _: bool) -> dict[str, Any]:
    """Do one step of the module at every place."""
    step = arguments["step"]
    places: dict[str, Any] = {}
    for place in arguments["places"]:
        name = place["name"]
        kept = host.get(f"certificate {name}", NOTHING)
        if step == "read":
            places[name] = {key: kept[key] for key in NOTHING}
        elif step == "request":
            key = ec.generate_private_key(ec.SECP256R1())
            host.put(f"request {name}", public_half(key))
            places[name] = request(key, place["common_name"])
        else:
            fresh = {"certificate": place["certificate"], "public_key": host.get(f"request {name}", "")}
            kept = {**kept, **(fresh if place["certificate"] else {})}
            host.put(f"certificate {name}", {**kept, "authority": place["authority"], "trusted": True})
    return {"changed": step == "install", "places": places}


def public_half(key: ec.EllipticCurvePrivateKey) -> str:
    """Give the public key as openssl prints it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def request(key: ec.EllipticCurvePrivateKey, common_name: str) -> str:
    """Make a signing request."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()
