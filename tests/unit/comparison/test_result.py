"""What differs, in words; what follows from it for others."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel.comparison_result import Verdict, by_service, spread, summary, words


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"steps": ["change /etc/a"], "changed": True}, ["change /etc/a"]),
        ({"steps": ["note a", "write /etc/a", "note b"], "bookkeeping": ["note a", "note b"]}, ["write /etc/a"]),
        ({"steps": ["note a"], "bookkeeping": ["note a"], "changed": True}, ["note a"]),
        (
            {"steps": [], "pending_units": [{"name": "a.service", "action": "restart", "reason": "changed: /etc/a"}]},
            ["restart a.service: changed: /etc/a"],
        ),
        ({"changes": ["account a: created"]}, ["account a: created"]),
        ({"missing": ["control", "network"]}, ["lay down control, network"]),
        ({"changed": True, "reason": "there is none"}, ["Do: there is none"]),
        ({"changed": True}, ["Do: would change"]),
        ({"failed": True, "msg": "no\n such host"}, ["Do: no such host"]),
        ({"failed": True}, ["Do: failed without a message"]),
    ],
)
def test_results_are_told_in_the_words_of_their_module(result: dict[str, Any], said: list[str]) -> None:
    assert words("Do", result) == said


@pytest.mark.parametrize(
    ("result", "differs"),
    [
        ({"changed": False, "pending_units": []}, False),
        ({"changed": True}, True),
        ({"changed": False, "failed": True, "msg": "x"}, True),
        ({"changed": False, "pending_units": [{"name": "a", "action": "start", "reason": "it does not run"}]}, True),
    ],
)
def test_what_changes_fails_or_is_pending_differs(result: dict[str, Any], differs: bool) -> None:
    verdict = Verdict()
    verdict.judge("Do", "service_bundle", result)
    assert verdict.differs is differs
    assert bool(verdict.calls) is differs


def test_a_verdict_keeps_no_contents() -> None:
    verdict = Verdict()
    verdict.judge("Do", "any", {"changed": True, "stdout": "secret", "diff": "secret", "steps": ["x"]})
    assert "secret" not in str(verdict.as_result())


def test_who_reads_a_file_that_another_changes_takes_part() -> None:
    certificates, database, cache = Verdict(), Verdict(reads={"/etc/tls/host.pem"}), Verdict(reads={"/etc/cache"})
    certificates.judge("Issue", "host_certificate", {"changed": True, "changed_files": ["/etc/tls/host.pem"]})
    spread({"database": database, "cache": cache, "certificates": certificates})
    assert database.steps == ["reads /etc/tls/host.pem, which certificates changes"]
    assert not cache.differs


def test_the_summary_says_service_hosts_and_first_steps() -> None:
    verdicts = {
        f"host{number}": {
            "nova": {"differs": True, "steps": ["change /etc/nova/nova.conf", "restart nova-api.service: x"]},
            "glance": {"differs": False, "steps": []},
        }
        for number in range(6)
    }
    found = by_service(verdicts, ["glance", "nova"])
    assert list(found) == ["nova"]
    assert summary(found, most_steps=1) == [
        "nova: host0, host1, host2, host3 and 2 more",
        "    change /etc/nova/nova.conf",
        "    and 1 more",
    ]
