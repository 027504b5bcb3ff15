"""A comparison asks every host exactly what a run would make of it: the same modules with the same arguments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.comparison.conftest import Runs

# Between them: one host for all, a host for each purpose, quorums, hosts with two purposes. Many hosts take minutes.
INVENTORIES = (
    "all_in_one",
    pytest.param("multinode", marks=pytest.mark.slow),
    pytest.param("hyperconverged", marks=pytest.mark.slow),
)
# What docs/change_scoped_runs.md promises of any host, and the tasks of run_lock.
MOST_TASKS, ON_THE_SETUP_HOST = 5, 2
Cloud = Callable[[str], Runs]


@pytest.mark.parametrize("name", INVENTORIES)
def test_a_comparison_asks_what_a_run_would_do(cloud: Cloud, name: str) -> None:
    applied = cloud(name)("--check", "-e", "corbel_compare=false")
    # Without --check: the comparison itself has to see to it that nothing is changed.
    compared = cloud(name)()
    assert {call[1] for call in applied.calls} >= {
        "service_bundle",
        "database_account",
        "keystone_resources",
        "modprobe",
        "swift_ring",
    }
    assert compared.calls - applied.calls == set()
    assert applied.calls - compared.calls == set()


@pytest.mark.parametrize("name", INVENTORIES)
def test_an_unchanged_cloud_costs_few_tasks(cloud: Cloud, name: str) -> None:
    run = cloud(name)
    run("--tags", "client_access")
    compared = run()
    hosts = {name: count for name, count in compared.tasks.items() if name != "localhost"}
    # The lock of the cloud is taken and given back on one of them, in the name of the controlling machine.
    assert max(hosts.values()) + ON_THE_SETUP_HOST <= MOST_TASKS
    assert len(set(hosts.values())) == 1
    assert "DIFFERS" not in compared.text
    assert "WARNING" not in compared.text
