"""Every preflight check: id, what it looks at, why it matters, what mends it. docs/checks.md is made from it.

A check is written here in the short form (title, reason) or as a Check; what the short form leaves out has its default.
"""

from __future__ import annotations

from ansible.module_utils.corbel import (
    preflight_register_control,
    preflight_register_names,
    preflight_register_services,
)
from ansible.module_utils.corbel.preflight_check import Check

HOSTS: dict[str, tuple[str, str] | Check] = {
    "HOST-001": ("Operating system", "Roles and packages are made and tested for the systems named."),
    "HOST-002": ("Architecture", "The packages of a release are built for one architecture."),
    "HOST-003": ("systemd is the first process", "Every service is a unit."),
    "HOST-004": ("Unified control groups", "Units are limited and sandboxed by cgroup v2."),
    "HOST-005": ("Rights of root", "Nothing can be installed without them."),
    "HOST-006": ("Python of the host", "Modules need Python 3.11."),
    "HOST-007": ("Package python3-apt", "Packages are installed through it."),
    "HOST-008": ("Interrupted package installation", "apt refuses to install anything until it is finished."),
    "HOST-010": ("Memory", "The kernel would kill services at random."),
    "HOST-011": ("Size of the disk", "Databases, images or servers would fill it."),
    "HOST-012": ("Free room", "A full disk stops a database in the middle of a change."),
    "HOST-013": ("Kernel modules", "Switch, overlay or storage would not start."),
    "HOST-014": ("Host name", "Agents and queues register under it; a later change leaves dead ones behind."),
    "HOST-015": ("Machine id", "Addresses from DHCP and the journal depend on it."),
    "HOST-016": ("Name servers", "Packages could not be fetched."),
    "HOST-020": ("Declared addresses are on an interface", "Services would listen nowhere."),
    "HOST-021": ("Provider interfaces", "Putting the interface of the SSH connection into a bridge cuts the host off."),
    "HOST-022": ("Ports are free or our own", "A service could not listen."),
    "HOST-030": ("Clock", "Tokens and certificates of the future are refused; Galera and RabbitMQ misjudge time-outs."),
    "HOST-031": ("Machine id of its own", "Clones take each other's addresses and share an identity in the journal."),
    "HOST-041": ("SSH", "A host that does not answer would be left behind by a change of all others."),
    "HOST-042": ("The host can be read", "Modules cannot run on it."),
}

CHECKS: dict[str, Check] = {
    name: Check(*row)
    for rows in (
        preflight_register_control.CHECKS,
        preflight_register_names.CHECKS,
        preflight_register_services.CHECKS,
        HOSTS,
    )
    for name, row in rows.items()
}
