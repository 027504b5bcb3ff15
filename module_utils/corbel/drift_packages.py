"""Debian packages of what was deployed: missing, half installed, or kept from being brought up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible.module_utils.corbel.bundle_record import Record
from ansible.module_utils.corbel.drift_item import BROKEN, CHANGED, Item


def check(status: str, records: Mapping[str, Record]) -> list[Item]:
    """Compare the packages of the records with dpkg's status file."""
    return list(_check(selections(status), records))


def selections(status: str) -> dict[str, tuple[str, str]]:
    """Give what was chosen for each package, such as `install` or `hold`, and in which state it is."""
    found: dict[str, tuple[str, str]] = {}
    name = ""
    for line in status.splitlines():
        if line.startswith("Package: "):
            name = line[9:].strip()
        elif line.startswith("Status: "):
            words = line.split()
            # The same package of another architecture does not undo one that is installed.
            if len(words) == 4 and found.get(name, ("", ""))[1] != "installed":
                found[name] = (words[1], words[3])
    return found


def _check(found: Mapping[str, tuple[str, str]], records: Mapping[str, Record]) -> Iterator[Item]:
    seen = set()
    for record in records.values():
        for package in record.packages:
            name = package.partition(":")[0]
            choice, state = found.get(name, ("", "not-installed"))
            if name in seen:
                continue
            seen.add(name)
            if state != "installed":
                yield Item(
                    "package",
                    name,
                    "not installed" if state in ("not-installed", "config-files") else f"{state}: dpkg was interrupted",
                    "installed",
                    mend="" if state in ("not-installed", "config-files") else "dpkg --configure -a",
                    bundle=record.name,
                    severity=BROKEN,
                )
            elif choice == "hold":
                yield Item(
                    "package",
                    name,
                    "held back: it gets no security updates",
                    "free to be brought up to date",
                    mend=f"apt-mark unhold {name}",
                    severity=CHANGED,
                )
