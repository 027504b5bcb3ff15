"""A comparison asks every host exactly what a run would make of it: the same modules with the same arguments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.comparison.conftest import Runs

# Between them: one host for all, a host for each purpose, quorums, hosts with two purposes.
INVENTORIES = ("all_in_one", "multinode", "hyperconverged")
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
        "swift_ring",
    }
    assert compared.calls - applied.calls == set()
    assert applied.calls - compared.calls == set()


@pytest.mark.parametrize("name", INVENTORIES)
def test_an_unchanged_cloud_costs_few_tasks(cloud: Cloud, name: str) -> None:
    run = cloud(name)
    run("--tags", "client_access")
    compared = run()
    assert max(compared.tasks.values()) <= 2
    assert "DIFFERS" not in compared.text
    assert "WARNING" not in compared.text
