"""Cinder: its configuration and what the Security Guide asks of it."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration, wait
from tests.integration.security import check_database_tls, check_identity, check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://cinder"]
PATH = "/etc/cinder/cinder.conf"


def test_security_guide(host: Any) -> None:
    check_identity(host, PATH)
    check_no_plain_urls(host, PATH)
    check_database_tls(host, PATH)
    check_queue_tls(host, PATH)


def test_images_are_fetched_with_tls(host: Any) -> None:
    options = configuration(host, PATH)["DEFAULT"]
    assert options["glance_api_servers"].startswith("https://")
    assert options["glance_ca_certificates_file"] == "/etc/corbel/tls/ca.pem"


def test_tokens_of_users_are_sent_with_the_services_own(host: Any) -> None:
    assert configuration(host, PATH)["service_user"]["send_service_user_token"].lower() == "true"


def test_a_quota_refuses_one_volume_too_many(api: Any, member: Any) -> None:
    project, volumes = member.current_project_id, member.block_storage
    body = {"quota_set": {"volumes": 1}}
    assert api.block_storage.put(f"/os-quota-sets/{project}", json=body).status_code == 200
    made = volumes.create_volume(name="corbel-test-first", size=1)
    try:
        answer = volumes.post("/volumes", json={"volume": {"name": "corbel-test-second", "size": 1}})
        assert answer.status_code == 413
        assert "Maximum number of volumes allowed (1) exceeded" in answer.text
        assert [volume.id for volume in volumes.volumes()] == [made.id]
    finally:
        wait(lambda: volumes.get_volume(made.id).status in ("available", "error"))
        volumes.delete_volume(made)
        wait(lambda: not list(volumes.volumes()))
    # What was deleted counts no longer.
    usage = api.block_storage.get(f"/os-quota-sets/{project}?usage=true").json()["quota_set"]["volumes"]
    assert (usage["in_use"], usage["reserved"], usage["limit"]) == (0, 0, 1)
