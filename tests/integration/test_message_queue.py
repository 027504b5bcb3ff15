"""RabbitMQ: TLS only, no guest, one account per service in a virtual host of its own."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.probes import listeners

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
