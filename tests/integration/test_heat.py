"""Heat: its configuration. What it does is verified by playbooks/verify.yml."""

from __future__ import annotations

import secrets
from typing import Any

from tests.integration.probes import configuration, wait
from tests.integration.security import check_database_tls, check_identity, check_no_plain_urls, check_queue_tls

testinfra_hosts = ["ansible://heat"]
PATH = "/etc/heat/heat.conf"


def test_security_guide(host: Any) -> None:
    check_identity(host, PATH)
    check_no_plain_urls(host, PATH)
    check_queue_tls(host, PATH)
    check_database_tls(host, PATH)


def test_users_of_stacks_have_a_domain_of_their_own(host: Any) -> None:
    options = configuration(host, PATH)["DEFAULT"]
    assert options["stack_user_domain_name"].lower() != "default"
    assert options["deferred_auth_method"] == "trusts"


def test_credentials_in_the_database_are_encrypted(host: Any) -> None:
    options = configuration(host, PATH)["DEFAULT"]
    assert len(options["auth_encryption_key"]) == 32
    assert options["encrypt_parameters_and_properties"] == "true"


def grown(name: str) -> dict[str, Any]:
    """A group that a signal lets grow: the engine then acts in the owner's name, with the roles handed to it."""
    return {
        "heat_template_version": "2021-04-16",
        "resources": {
            "group": {
                "type": "OS::Heat::AutoScalingGroup",
                "properties": {
                    "min_size": 0,
                    "max_size": 1,
                    "desired_capacity": 0,
                    "resource": {"type": "OS::Neutron::Net", "properties": {"name": name}},
                },
            },
            "policy": {
                "type": "OS::Heat::ScalingPolicy",
                "properties": {
                    "auto_scaling_group_id": {"get_resource": "group"},
                    "adjustment_type": "change_in_capacity",
                    "scaling_adjustment": 1,
                },
            },
        },
    }


def test_a_plain_member_has_a_stack_that_acts_in_their_name(member: Any) -> None:
    name, stacks = f"corbel-test-{secrets.token_hex(3)}", member.orchestration
    body = {"stack_name": name, "template": grown(name), "timeout_mins": 15}
    path = f"/stacks/{name}/{stacks.post('/stacks', json=body).json()['stack']['id']}"

    def status() -> str:
        answer = stacks.get(path)
        return "DELETE_COMPLETE" if answer.status_code == 404 else str(answer.json()["stack"]["stack_status"])

    try:
        wait(lambda: status() != "CREATE_IN_PROGRESS")
        assert status() == "CREATE_COMPLETE", stacks.get(path).json()["stack"]["stack_status_reason"]
        assert list(member.network.networks(name=name)) == []
        assert stacks.post(f"{path}/resources/policy/signal", json={}).status_code < 300
        wait(lambda: len(list(member.network.networks(name=name))) == 1)
        assert [network.project_id for network in member.network.networks(name=name)] == [member.current_project_id]
        # An update that goes on would be cut off by the deletion.
        wait(lambda: not status().endswith("_IN_PROGRESS"))
    finally:
        stacks.delete(path)
        wait(lambda: status() in ("DELETE_COMPLETE", "DELETE_FAILED"))
    assert status() == "DELETE_COMPLETE"
    assert list(member.network.networks(name=name)) == []
