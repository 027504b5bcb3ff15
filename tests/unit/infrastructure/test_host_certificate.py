"""The host's side, with the real program openssl in a folder of its own."""

from __future__ import annotations

import grp
import os
from dataclasses import replace
from pathlib import Path

import pytest
from ansible.module_utils.corbel import certificate_authority as ca
from ansible.module_utils.corbel import host_certificate as host

NOW = ca.utc_now()
AUTHORITY = ca.make_authority("test", 3650, NOW)
TEXT = ca.to_pem(AUTHORITY.certificate)
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="files belong to root")


@pytest.fixture
def place(tmp_path: Path) -> host.Place:
    folder = tmp_path / "tls"
    folder.mkdir()
    bundle = tmp_path / "bundle.pem"
    trusted = tmp_path / "trusted" / "corbel.crt"
    update = ["sh", "-c", f"cp {trusted} {bundle}"]
    group = grp.getgrgid(0).gr_name
    return host.Place(folder, group, trusted=trusted, bundle=bundle, update_trust=update)


def issue(place: host.Place) -> str:
    return ca.to_pem(ca.sign(AUTHORITY, host.request(place, "host1"), ["host1"], 397, NOW))


def test_fresh_host_has_nothing(place: host.Place) -> None:
    found = host.read(place)
    assert found == {"certificate": "", "authority": "", "public_key": "", "trusted": False, "attributes": []}


def test_after_an_installation_nothing_is_wrong(place: host.Place) -> None:
    certificate = issue(place)
    host.install(place, certificate, TEXT)
    found = host.read(place)
    assert (found["certificate"], found["authority"], found["trusted"]) == (certificate, TEXT, True)
    assert found["attributes"] == []
    held = ca.Held(found["certificate"], found["public_key"], NOW)
    assert ca.reason_to_issue(held, AUTHORITY.certificate, ["host1"], 30) == ""
    assert sorted(path.name for path in place.directory.iterdir()) == ["ca.pem", "host.key", "host.pem"]


def test_a_request_leaves_the_pair_in_use_alone(place: host.Place) -> None:
    host.install(place, issue(place), TEXT)
    before = host.read(place)
    host.request(place, "host1")
    assert host.read(place) == before


def test_certificate_for_another_key_is_refused(place: host.Place) -> None:
    first = issue(place)
    issue(place)
    with pytest.raises(host.HostCertificateError, match="another key"):
        host.install(place, first, TEXT)
    assert not place.certificate.exists()


def test_wrong_mode_is_found_and_mended(place: host.Place) -> None:
    host.install(place, issue(place), TEXT)
    place.key.chmod(0o644)
    assert "mode 0644; expected" in host.read(place)["attributes"][0]
    host.install(place, "", TEXT)
    assert host.read(place)["attributes"] == []


def test_distrust_is_mended(place: host.Place) -> None:
    host.install(place, issue(place), TEXT)
    place.bundle.write_text("")
    assert host.read(place)["trusted"] is False
    host.install(place, "", TEXT)
    assert host.read(place)["trusted"] is True


def test_unknown_group_is_refused_with_the_playbook_to_run(place: host.Place) -> None:
    strange = host.Place(place.directory, "no-such-group")
    with pytest.raises(host.HostCertificateError, match=r"playbooks/hosts\.yml"):
        host.request(strange, "host1")


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(host.HostCertificateError, match="role host_base"):
        host.request(host.Place(tmp_path / "none", "root"), "host1")


def test_slash_in_a_name_stays_in_the_name(place: host.Place) -> None:
    assert "BEGIN CERTIFICATE REQUEST" in host.request(place, "a/O=b")


def test_an_authority_for_one_purpose_is_known_and_not_trusted(place: host.Place) -> None:
    queue = replace(place, name="queue", holder=False, group="no-such-group")
    assert host.read(queue)["attributes"] == []
    host.install(queue, "", TEXT)
    found = host.read(queue)
    assert (found["authority"], found["trusted"], found["attributes"]) == (TEXT, True, [])
    assert [path.name for path in place.directory.iterdir()] == ["queue-ca.pem"]
    assert not place.trusted.exists()


def test_two_certificates_stand_beside_each_other(place: host.Place) -> None:
    queue = replace(place, name="queue")
    host.install(place, issue(place), TEXT)
    host.install(queue, issue(queue), TEXT)
    names = {"ca.pem", "host.key", "host.pem", "queue-ca.pem", "queue.key", "queue.pem"}
    assert {path.name for path in place.directory.iterdir()} == names
    assert host.read(place)["public_key"] != host.read(queue)["public_key"]


def test_a_host_that_holds_no_longer_loses_key_and_certificate(place: host.Place) -> None:
    holder = replace(place, name="queue")
    host.install(holder, issue(holder), TEXT)
    host.request(holder, "host1")
    former = replace(holder, holder=False)
    assert len(host.read(former)["attributes"]) == 3
    assert "queue.key: found, expected on holders" in host.read(former)["attributes"][0]
    host.install(former, "", TEXT)
    assert host.read(former)["attributes"] == []
    assert [path.name for path in place.directory.iterdir()] == ["queue-ca.pem"]
