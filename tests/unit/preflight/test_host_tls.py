"""Certificates of a host: real ones, made here, in a folder in the place of its root."""

from __future__ import annotations

import grp
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import host_tls_checks, host_tls_facts
from ansible.module_utils.corbel.host_tls_facts import Certificate, TlsFacts
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING

from tests.unit.preflight.fake_root import write

NOW = 1_800_000_000.0
DAY = 86400
CERTIFICATE = Certificate("host", NOW - DAY, NOW + 300 * DAY, frozenset({"host1", "192.0.2.21"}))
GOOD = TlsFacts([CERTIFICATE], {"host": NOW + 3000 * DAY})
EXPECTED: dict[str, Any] = {"addresses": {"management": "192.0.2.21"}}


def certificate(**changes: Any) -> TlsFacts:
    return replace(GOOD, certificates=[replace(CERTIFICATE, **changes)])


def test_good_host_has_no_findings() -> None:
    assert list(host_tls_checks.check(GOOD, NOW, EXPECTED)) == []
    assert list(host_tls_checks.check(TlsFacts(), NOW, EXPECTED)) == []


@pytest.mark.parametrize(
    ("facts", "check", "severity", "parts"),
    [
        (
            certificate(ends=NOW + 5 * DAY),
            "HOST-080",
            WARNING,
            ["host.pem ends on", "in 5 days", "--tags certificates"],
        ),
        (certificate(ends=NOW - DAY), "HOST-080", WARNING, ["host.pem ended on 2027-01-14"]),
        (certificate(begins=NOW + DAY), "HOST-080", WARNING, ["is valid from 2027-01-16 on", "clock"]),
        (certificate(key_fault="host.key is missing"), "HOST-081", WARNING, ["host.key is missing", "site.yml"]),
        (certificate(chain_fault="not signed by ca.pem"), "HOST-081", WARNING, ["not signed by ca.pem"]),
        (certificate(names=frozenset({"host1"})), "HOST-082", WARNING, ["without 192.0.2.21"]),
        (replace(GOOD, modes=["/etc/corbel/tls/host.key with mode 0644"]), "HOST-083", WARNING, ["mode 0644"]),
        (replace(GOOD, authorities={"queue": NOW + DAY}), "HOST-084", WARNING, ["authority of queue.pem", "in 1 days"]),
        (replace(GOOD, authorities={"host": NOW - DAY}), "HOST-084", ERROR, ["ended on", "certificates_directory"]),
    ],
)
def test_finding(facts: TlsFacts, check: str, severity: str, parts: list[str]) -> None:
    [finding] = host_tls_checks.check(facts, NOW, EXPECTED)
    assert (finding.check, finding.severity) == (check, severity)
    text = " ".join((finding.found, finding.expected, finding.fix))
    assert [part for part in parts if part not in text] == []


def run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def make(folder: Path, name: str, *options: str) -> None:
    """Make a key and a certificate that signs itself or is signed by the authority named in the options."""
    pair = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "100", "-subj", f"/CN={name}"]
    subprocess.run(["openssl", "req", "-x509", *kind, *pair, *options], check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the root of a host with a certificate of an authority."""
    folder = tmp_path / host_tls_facts.FOLDER
    folder.mkdir(parents=True)
    make(folder, "ca")
    signed = ["-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key")]
    make(
        folder,
        "host",
        *signed,
        "-addext",
        "subjectAltName=DNS:host1,IP:192.0.2.21",
        "-addext",
        "basicConstraints=CA:FALSE",
    )
    (folder / "host.key").chmod(0o640)
    monkeypatch.setitem(host_tls_facts.GROUPS, "host", grp.getgrgid(os.getgid()).gr_name)
    return tmp_path


def test_a_good_certificate(root: Path) -> None:
    facts = host_tls_facts.gather(root, [], run)
    [found] = facts.certificates
    assert (found.key_fault, found.chain_fault) == ("", "")
    assert found.names == {"host1", "192.0.2.21"}
    assert 99 * DAY < found.ends - time.time() < 101 * DAY
    assert abs(facts.authorities["host"] - found.ends) < 60
    assert facts.modes == []
    assert list(facts.digests) == ["host"]
    assert list(host_tls_checks.check(facts, time.time(), EXPECTED)) == []


def test_a_key_of_another_certificate(root: Path) -> None:
    folder = root / host_tls_facts.FOLDER
    make(folder, "other")
    (folder / "other.key").replace(folder / "host.key")
    (folder / "host.key").chmod(0o644)
    facts = host_tls_facts.gather(root, [], run)
    assert facts.certificates[0].key_fault == "host.key is not the key of host.pem"
    assert facts.modes == ["/etc/corbel/tls/host.key with mode 0644"]
    (folder / "host.key").unlink()
    assert host_tls_facts.gather(root, [], run).certificates[0].key_fault == "host.key is missing"


def test_a_certificate_of_another_authority(root: Path) -> None:
    folder = root / host_tls_facts.FOLDER
    make(folder, "other")
    (folder / "other.pem").replace(folder / "ca.pem")
    facts = host_tls_facts.gather(root, [], run)
    assert facts.certificates[0].chain_fault == "host.pem is not signed by ca.pem"


def test_files_that_are_no_certificates(root: Path) -> None:
    folder = root / host_tls_facts.FOLDER
    (folder / "host.pem").write_text("nothing")
    (folder / "ca.pem").write_text("nothing")
    facts = host_tls_facts.gather(root, [], run)
    assert facts.certificates == [Certificate("host", key_fault="host.pem is no certificate")]
    assert facts.authorities == {}


def test_only_a_digest_of_keys_leaves_the_host(tmp_path: Path) -> None:
    write(
        tmp_path, {"etc/keystone/fernet-keys/0": "secret", "etc/keystone/fernet-keys/1": "more", "etc/empty/note": ""}
    )
    folders = ["/etc/keystone/fernet-keys", "/etc/empty", "/etc/none"]
    first = host_tls_facts.key_digests(tmp_path, folders)
    assert list(first) == ["/etc/keystone/fernet-keys"]
    assert "secret" not in str(first)
    write(tmp_path, {"etc/keystone/fernet-keys/1": "other"})
    assert host_tls_facts.key_digests(tmp_path, folders) != first


def test_a_host_before_its_first_run(tmp_path: Path) -> None:
    assert host_tls_facts.gather(tmp_path, [], run) == TlsFacts()
