"""Heat: its configuration. What it does is verified by playbooks/verify.yml."""

from __future__ import annotations

from typing import Any

from tests.integration.probes import configuration
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
