"""Certificates, keys and trust store of a host. Runs on the host: the standard library and the program openssl."""

from __future__ import annotations

import grp
import os
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import atomic

TRUSTED = Path("/usr/local/share/ca-certificates/corbel.crt")
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
UPDATE_TRUST = ["/usr/sbin/update-ca-certificates"]
# The cloud's authority, the only one that goes into the trust store.
MAIN = "host"


class HostCertificateError(Exception):
    """A step failed; the message says what was found, what was expected and what mends it."""


@dataclass(frozen=True)
class Place:
    """Where the files of one authority are and who may read the key; the trust store differs only in tests.

    The host that is no holder has the authority's certificate only.
    """

    directory: Path
    group: str
    name: str = MAIN
    holder: bool = True
    trusted: Path = TRUSTED
    bundle: Path = BUNDLE
    update_trust: list[str] = field(default_factory=lambda: list(UPDATE_TRUST))

    @property
    def key(self) -> Path:
        return self.directory / f"{self.name}.key"

    @property
    def pending_key(self) -> Path:
        """The key a request was made for; it replaces the other one together with its certificate."""
        return self.directory / f"{self.name}.key.pending"

    @property
    def certificate(self) -> Path:
        return self.directory / f"{self.name}.pem"

    @property
    def authority(self) -> Path:
        return self.directory / ("ca.pem" if self.name == MAIN else f"{self.name}-ca.pem")

    def modes(self) -> dict[Path, int]:
        """Mode each file must have."""
        own = {self.certificate: 0o644, self.key: 0o640} if self.holder else {}
        return {self.authority: 0o644} | own

    def needless(self) -> list[Path]:
        """Files that are there and belong to holders only."""
        files = (self.key, self.pending_key, self.certificate)
        return [] if self.holder else [path for path in files if path.exists()]


def perform(step: str, directory: Path, places: list[dict[str, Any]]) -> dict[str, Any]:
    """Do one step at several places; what each of them answers, by name."""
    done: dict[str, Any] = {}
    for asked in places:
        place = Place(directory, asked["group"], asked["name"], asked["holder"])
        if step == "read":
            done[place.name] = read(place)
        elif step == "request":
            done[place.name] = request(place, asked["common_name"])
        else:
            install(place, asked["certificate"], asked["authority"])
    return done


def read(place: Place) -> dict[str, Any]:
    """What the host has: texts, the public half of its key, whether it trusts the authority, wrong modes and owners."""
    authority = _text(place.authority)
    return {
        "certificate": _text(place.certificate),
        "authority": authority,
        "public_key": _public_key(place.key),
        "trusted": _is_trusted(place, authority),
        "attributes": wrong_attributes(place),
    }


def request(place: Place, common_name: str) -> str:
    """Make a key and a signing request for it."""
    if not place.directory.is_dir():
        raise HostCertificateError(
            f"found no folder {place.directory}, expected the one of the role host_base; run playbooks/hosts.yml"
        )
    key = _openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
    atomic.write(place.pending_key, key, 0o600, (0, _group(place.group)))
    subject = "/CN=" + common_name.replace("\\", "\\\\").replace("/", "\\/")
    return _openssl(["req", "-new", "-sha256", "-key", str(place.pending_key), "-subj", subject])


def install(place: Place, certificate: str, authority: str) -> None:
    """Put certificate, key and authority in place, right modes on them, and the authority into the trust store."""
    group = _owner(place)
    atomic.write(place.authority, authority, 0o644, (0, group))
    for path in place.needless():
        path.unlink()
    if certificate:
        if _openssl(["x509", "-noout", "-pubkey"], certificate) != _public_key(place.pending_key):
            raise HostCertificateError(
                f"found in {place.pending_key} another key than the certificate is for; run again to make a new pair"
            )
        place.pending_key.chmod(0o640)
        place.pending_key.replace(place.key)
        atomic.write(place.certificate, certificate, 0o644, (0, group))
    for path, mode in place.modes().items():
        os.chown(path, 0, group)
        path.chmod(mode)
    if not _is_trusted(place, authority):
        place.trusted.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(place.trusted, authority, 0o644, (0, 0))
        _run(place.update_trust)


def wrong_attributes(place: Place) -> list[str]:
    """Files whose owner, group or mode is not what it must be, or that must not be, as sentences."""
    found = [f"{path}: found, expected on holders of such a certificate only" for path in place.needless()]
    try:
        group = _owner(place)
    except HostCertificateError:
        return found
    for path, mode in place.modes().items():
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        real = (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode))
        if real != (0, group, mode):
            found.append(
                f"{path}: owner {real[0]}, group {real[1]}, mode {real[2]:04o}; expected 0, {group}, {mode:04o}"
            )
    return found


def _is_trusted(place: Place, authority: str) -> bool:
    """Say whether the trust store is as it must be."""
    if place.name != MAIN:
        return True
    return bool(authority) and _text(place.trusted) == authority and authority.strip() in _text(place.bundle)


def _owner(place: Place) -> int:
    """The group of the files; where there is no key, that of the key may be missing."""
    return _group(place.group) if place.holder else 0


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise HostCertificateError(
            f"found no group {name}, expected the one that the role host_base makes; run playbooks/hosts.yml"
        ) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _public_key(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return _openssl(["pkey", "-in", str(path), "-pubout"])
    except HostCertificateError:
        return ""


def _openssl(arguments: list[str], text: str = "") -> str:
    return _run(["openssl", *arguments], text)


def _run(command: list[str], text: str = "") -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise HostCertificateError(
            f"found no program {command[0]}, expected that of the package ca-certificates; run playbooks/hosts.yml"
        ) from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise HostCertificateError(f"{' '.join(command[:2])} failed: {lines[-1]}")
    return done.stdout
