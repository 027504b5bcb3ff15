"""The module: what it reads, once more where something listens, and what it says of what it cannot read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import host_drift
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.corbel import drift_sockets
from ansible.module_utils.corbel.accounts import UnreachableError
from ansible.module_utils.corbel.bundle_host import Completed
from ansible.module_utils.corbel.drift_item import Item
from ansible.module_utils.corbel.drift_sockets import Socket

from tests.unit.drift.conftest import Deployed

RULE = {"port": "22", "units": ["ssh.service"]}


def options(**values: Any) -> dict[str, Any]:
    result = ArgumentSpecValidator(host_drift.ARGUMENTS).validate(values)
    assert result.error_messages == []
    return dict(result.validated_parameters)


def test_only_what_was_asked_for_is_read(deployed: Deployed) -> None:
    assert set(host_drift.readers(deployed.host, options())) == {"file", "unit", "package", "release", "listener"}
    more = options(bridges=[{"name": "br-ex", "ports": ["eth3"]}], queue={"accounts": {}})
    assert {"bridge", "queue"} <= set(host_drift.readers(deployed.host, more))


def test_a_host_as_deployed_gives_nothing(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_sockets, "read", lambda root, run: [Socket("tcp", "0.0.0.0", 22, "sshd", "ssh.service")])  # noqa: S104
    wanted = options(listeners=[RULE], directories=["/etc/demo"])
    found = [item for kind, reader in host_drift.readers(deployed.host, wanted).items() for item in reader()]
    assert found == []


def test_what_listens_for_a_moment_is_no_drift(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    tool, service = Socket("tcp", "127.0.0.1", 35673, "beam.smp"), Socket("tcp", "127.0.0.1", 8123, "python3")
    answers: Iterator[list[Socket]] = iter([[tool, service], [service]])
    monkeypatch.setattr(drift_sockets, "read", lambda root, run: next(answers))
    before = deployed.fake.now
    found = host_drift.sockets(deployed.host, options(listeners=[RULE])["listeners"])
    assert [item.name for item in found] == ["tcp 8123"]
    assert deployed.fake.now == before + host_drift.AGAIN_SECONDS


def test_what_cannot_be_read_is_an_item() -> None:
    def fails() -> list[Item]:
        raise UnreachableError("MariaDB at /run/x said: no")

    (item,) = host_drift.read("database", fails)
    assert (item.kind, item.bundle, item.severity) == ("database", "galera", "broken")
    assert item.found == "unreadable: MariaDB at /run/x said: no"
    (item,) = host_drift.read("unit", fails)
    assert (item.bundle, item.mend) == ("", "journalctl --boot --priority=err")


def test_bridges_are_those_that_the_switch_names(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def run(command: Any, timeout: float) -> Any:
        asked.append(command)
        return Completed(0)

    host = host_drift.Host(Path("/"), run)
    with pytest.raises(host_drift.OvsError, match="something else than three JSON tables"):
        host_drift.bridges(host, [])
    assert asked[0][0] == "ovs-vsctl"
