"""Certificates and keys of the cloud that a host has. Runs on hosts: the standard library and the program openssl."""

from __future__ import annotations

import grp
import hashlib
import re
import ssl
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ansible.module_utils.corbel.host_files import names, text
from ansible.module_utils.corbel.host_run import Run

FOLDER = "etc/corbel/tls"
AUTHORITIES = {"host": "ca.pem", "queue": "queue-ca.pem"}
GROUPS = {"host": "corbel-tls", "queue": "corbel-queue"}
OTHERS_MAY = stat.S_IRWXO | stat.S_IWGRP


@dataclass(frozen=True)
class Certificate:
    """A certificate of a host; times in seconds since 1970."""

    name: str
    begins: float = 0.0
    ends: float = 0.0
    names: frozenset[str] = frozenset()
    # Why it and its key do not belong together, or why its authority did not sign it.
    key_fault: str = ""
    chain_fault: str = ""


@dataclass
class TlsFacts:
    """What the checks of certificates look at; empty is not known."""

    certificates: list[Certificate] = field(default_factory=list)
    # Name of each authority to the end of its certificate, and to its digest.
    authorities: dict[str, float] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    # Sentences on files that others may read, or the wrong group.
    modes: list[str] = field(default_factory=list)
    # Folder of keys to one digest of all of them.
    keys: dict[str, str] = field(default_factory=dict)


def gather(root: Path, key_folders: Iterable[str], run: Run) -> TlsFacts:
    """Read everything; a host that has no certificates yet has nothing to say."""
    folder = root / FOLDER
    facts = TlsFacts(keys=key_digests(root, key_folders))
    for name, file in AUTHORITIES.items():
        path = folder / file
        content = text(path)
        if not content:
            continue
        facts.digests[name] = hashlib.sha256(content.strip().encode()).hexdigest()[:16]
        ends = authority_ends(path)
        if ends:
            facts.authorities[name] = ends
        if (folder / f"{name}.pem").exists():
            facts.certificates.append(certificate(folder, name, path, run))
            facts.modes += wrong_modes(root, folder / f"{name}.key", GROUPS[name])
    return facts


def authority_ends(path: Path) -> float:
    """Give the end of an authority's certificate; 0 when it cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=str(path))
    except (ssl.SSLError, OSError):
        return 0.0
    ends = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in context.get_ca_certs() if "notAfter" in one]
    return float(min(ends)) if ends else 0.0


def certificate(folder: Path, name: str, authority: Path, run: Run) -> Certificate:
    """Read a certificate and compare it with its key and its authority."""
    path = folder / f"{name}.pem"
    shown = run(["openssl", "x509", "-in", str(path), "-noout", "-dates", "-ext", "subjectAltName"])
    begins, ends = (re.search(rf"^{word}=(.*)$", shown, re.MULTILINE) for word in ("notBefore", "notAfter"))
    if not begins or not ends:
        return Certificate(name, key_fault=f"{path.name} is no certificate")
    alternative = re.findall(r"(?:DNS|IP Address):([^,\s]+)", shown)
    # -no_check_time: an old certificate is a finding of its own.
    verified = run(["openssl", "verify", "-no_check_time", "-CAfile", str(authority), str(path)])
    return Certificate(
        name,
        float(ssl.cert_time_to_seconds(begins[1])),
        float(ssl.cert_time_to_seconds(ends[1])),
        frozenset(value.lower() for value in alternative),
        key_fault(path, folder / f"{name}.key"),
        "" if verified.strip().endswith(": OK") else f"{path.name} is not signed by {authority.name}",
    )


def key_fault(certificate_path: Path, key: Path) -> str:
    """Say why a key is not that of a certificate."""
    if not key.exists():
        return f"{key.name} is missing"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(str(certificate_path), str(key), password="")
    except (ssl.SSLError, OSError, ValueError):
        return f"{key.name} is not the key of {certificate_path.name}"
    return ""


def wrong_modes(root: Path, key: Path, group: str) -> list[str]:
    """Give a sentence when others may read a key, or its group is not the one that should."""
    try:
        status = key.stat()
    except OSError:
        return []
    mode = stat.S_IMODE(status.st_mode)
    name = "/" + str(key.relative_to(root))
    if mode & OTHERS_MAY:
        return [f"{name} with mode {mode:04o}"]
    try:
        owner = grp.getgrgid(status.st_gid).gr_name
    except KeyError:
        owner = str(status.st_gid)
    return [f"{name} of group {owner}, not {group}"] if owner not in {group, "root"} else []


def key_digests(root: Path, folders: Iterable[str]) -> dict[str, str]:
    """Give one digest of the names and contents of all keys in each folder that has any."""
    found = {}
    for folder in folders:
        place = root / folder.lstrip("/")
        files = [(name, text(place / name)) for name in names(place) if name.isdigit()]
        if files:
            found[folder] = hashlib.sha256(repr(files).encode()).hexdigest()[:16]
    return found
