"""Checks of a host's certificates and keys. A run mends most of it, so findings do not stop one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.corbel.host_tls_facts import Certificate, TlsFacts
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING, Finding

DAY = 86400
MENDED = "site.yml mends it (role certificates; alone: site.yml --tags certificates)"
LEAST_DAYS = 14
LEAST_DAYS_AUTHORITY = 90


def check(facts: TlsFacts, now: float, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Run all checks of this file."""
    for one in facts.certificates:
        yield from of_certificate(one, now, expected)
    if facts.modes:
        yield Finding(
            "HOST-083",
            "; ".join(facts.modes),
            "keys that root and the group of their services read, and nobody else",
            MENDED,
            severity=WARNING,
        )
    for name, ends in sorted(facts.authorities.items()):
        left = (ends - now) / DAY
        if left < LEAST_DAYS_AUTHORITY:
            yield Finding(
                "HOST-084",
                f"the authority of {name}.pem {_ends(ends, left)}",
                f"more than {LEAST_DAYS_AUTHORITY} days: every host and every client must trust the next one before",
                "move certificates_directory of the inventory aside and run site.yml: it makes another authority; give "
                "clients its ca.pem",
                variable="certificates_authority_days",
                severity=ERROR if left < 0 else WARNING,
            )


def of_certificate(one: Certificate, now: float, expected: Mapping[str, Any]) -> Iterator[Finding]:
    """Check one certificate."""
    faults = [fault for fault in (one.key_fault, one.chain_fault) if fault]
    if faults:
        yield Finding(
            "HOST-081",
            f"{'; '.join(faults)} (/etc/corbel/tls)",
            "a certificate of the authority beside it, with its key",
            MENDED,
            severity=WARNING,
        )
    if not one.ends:
        return
    left = (one.ends - now) / DAY
    if left < LEAST_DAYS or one.begins > now:
        said = _ends(one.ends, left) if left < LEAST_DAYS else f"is valid from {_day(one.begins)} on"
        yield Finding(
            "HOST-080",
            f"{one.name}.pem {said}",
            f"a certificate that is valid now and for {LEAST_DAYS} days more",
            MENDED + "; look at the host's clock if it seems new",
            severity=WARNING,
        )
    wanted = {str(address).lower() for address in expected["addresses"].values()}
    missing = sorted(wanted - one.names) if one.names else []
    if missing:
        yield Finding(
            "HOST-082",
            f"{one.name}.pem without {', '.join(missing)}",
            "a certificate with every address of the host",
            MENDED,
            severity=WARNING,
        )


def _ends(ends: float, left: float) -> str:
    return f"ended on {_day(ends)}" if left < 0 else f"ends on {_day(ends)}, in {left:.0f} days"


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"
