"""Keystone against the Security Guide's list."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.probes import configuration

testinfra_hosts = ["ansible://keystone"]
PATH = "/etc/keystone/keystone.conf"


@pytest.fixture
def options(host: Any) -> dict[str, dict[str, str]]:
    return configuration(host, PATH)


def test_identity_05_requests_are_bounded(options: dict[str, dict[str, str]]) -> None:
    assert int(options.get("oslo_middleware", {}).get("max_request_body_size", "114688")) <= 114688


def test_identity_06_there_is_no_admin_token(host: Any, options: dict[str, dict[str, str]]) -> None:
    assert "admin_token" not in options["DEFAULT"]
    assert host.run("grep -rqs AdminTokenAuthMiddleware /etc/keystone").rc != 0


def test_identity_07_errors_tell_no_more_than_they_must(options: dict[str, dict[str, str]]) -> None:
    assert options["DEFAULT"].get("insecure_debug", "false").lower() == "false"
    assert options["DEFAULT"].get("debug", "false").lower() == "false"


def test_identity_08_tokens_are_fernet(options: dict[str, dict[str, str]]) -> None:
    assert options.get("token", {}).get("provider", "fernet") == "fernet"


@pytest.mark.parametrize("folder", ["fernet-keys", "credential-keys"])
def test_keys_are_for_the_service_only(host: Any, folder: str) -> None:
    lines = host.check_output(f"find /etc/keystone/{folder} -type f -printf '%m %u %g\\n'").splitlines()
    assert lines
    for line in lines:
        mode, owner, group = line.split()
        assert (owner in ("root", "keystone"), group) == (True, "keystone")
        assert int(mode, 8) & 0o027 == 0
