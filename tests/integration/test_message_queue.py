"""RabbitMQ: TLS only, no guest, one account per service in a virtual host of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.probes import ALONE, TLS, listeners, verifies

testinfra_hosts = ["ansible://message_queue"]


def ask(host: Any, command: str) -> list[dict[str, Any]]:
    return list(json.loads(host.check_output(f"rabbitmqctl --quiet --formatter json {command}")))


def test_guest_is_gone_and_every_account_belongs_to_a_service(host: Any, catalogue: dict[str, Any]) -> None:
    users = {entry["user"] for entry in ask(host, "list_users")}
    services = {entry["name"] for entry in catalogue.values() if entry.get("message_queue")}
    assert "guest" not in users
    assert {"nova", "neutron"} <= users <= services


def test_no_account_administers(host: Any) -> None:
    assert [entry["user"] for entry in ask(host, "list_users") if entry["tags"]] == []


def test_an_account_reaches_its_own_virtual_host_only(host: Any) -> None:
    for vhost in (entry["name"] for entry in ask(host, "list_vhosts")):
        owners = {entry["user"] for entry in ask(host, f"list_permissions --vhost {vhost}")}
        assert owners <= {vhost}, f"{owners} have rights in {vhost}"


def test_amqp_is_spoken_under_tls_only(host: Any, management: str) -> None:
    found = listeners(host)
    assert [listener for listener in found if listener.port == 5672] == []
    assert {listener.address.removeprefix("[::ffff:").rstrip("]") for listener in found if listener.port == 5671} == {
        management
    }


@pytest.mark.parametrize(("authority", "good"), [("queue-ca.pem", True), ("ca.pem", False)])
def test_certificates_of_the_queue_come_from_its_own_authority(host: Any, authority: str, good: bool) -> None:
    verify = f"openssl verify -x509_strict {ALONE} {TLS}/{authority}"
    assert host.run(f"{verify} {TLS}/queue.pem").rc == (0 if good else 2)
    assert host.run(f"{verify} {TLS}/host.pem").rc == (2 if good else 0)


@pytest.mark.parametrize(("authority", "good"), [("queue-ca.pem", True), ("ca.pem", False)])
def test_clients_meet_a_certificate_of_the_queues_authority(
    host: Any, management: str, authority: str, good: bool
) -> None:
    assert verifies(host, f"{management}:5671", authority) == good


def test_the_queues_key_is_for_the_broker_alone(host: Any) -> None:
    key = host.file(f"{TLS}/queue.key")
    assert (key.user, key.group, key.mode) == ("root", "corbel-queue", 0o640)
    assert set(host.check_output("getent group corbel-queue").rsplit(":", 1)[1].split(",")) == {"rabbitmq"}


def test_the_cookie_is_for_the_broker_alone(host: Any) -> None:
    cookie = host.file("/var/lib/rabbitmq/.erlang.cookie")
    assert (cookie.user, cookie.mode) == ("rabbitmq", 0o400)


def test_no_alarm_and_queues_are_quorum_queues(host: Any) -> None:
    host.check_output("rabbitmq-diagnostics --quiet check_local_alarms")
    kinds = {
        queue.get("type", "rabbit_classic_queue")
        for vhost in ("nova", "neutron")
        for queue in ask(host, f"list_queues --vhost {vhost} name type durable")
        if queue.get("durable")
    }
    assert kinds <= {"rabbit_quorum_queue", "rabbit_stream_queue", "quorum", "stream"}
